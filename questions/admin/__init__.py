"""The admin of the question bank."""

from questions.admin import imports, question, read_only_tables

__all__ = ["imports", "question", "read_only_tables"]
