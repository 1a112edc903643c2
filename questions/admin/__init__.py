"""The admin of the question bank."""

from questions.admin import read_only_tables
from questions.admin.imports import imports
from questions.admin.question_list import questions

__all__ = ["imports", "questions", "read_only_tables"]
