"""Choices that a browser remembers in a cookie of its own, so that they need no candidate: the theme, the exam."""

from django.conf import settings
from django.http import HttpResponseBase


def remember(response: HttpResponseBase, name: str, value: str) -> None:
    """Store a choice in this browser; an empty value removes it."""
    if not value:
        response.delete_cookie(name, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
        return
    response.set_cookie(
        name,
        value,
        max_age=settings.SESSION_COOKIE_AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
