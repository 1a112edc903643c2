"""The bank in the stock Django admin: one module a stage."""

from questions.admin import bank, question, revision, syllabus

__all__ = ["bank", "question", "revision", "syllabus"]
