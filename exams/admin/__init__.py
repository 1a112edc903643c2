"""The sitting in the stock Django admin: one module a stage."""

from exams.admin import attempts, users

__all__ = ["attempts", "users"]
