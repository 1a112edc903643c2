"""The sitting in the stock Django admin: one module a stage."""

from exams.admin import attempts

__all__ = ["attempts"]
