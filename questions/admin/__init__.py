"""The bank in the stock Django admin: one module a stage."""

from questions.admin import bank, imports, question, revision, syllabus

__all__ = ["bank", "imports", "question", "revision", "syllabus"]
