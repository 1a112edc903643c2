"""Receivers of sign-in and password signals."""
