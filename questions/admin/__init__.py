"""The admin of the question bank."""

from questions.admin import imports, question, tables

__all__ = ["imports", "question", "tables"]
