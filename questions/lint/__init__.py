"""Rules that check questions, each a function with a stable name (no Django)."""

# Importing the modules of rules fills RULES.
from questions.lint import commentary, exam_style, options, outdated_facts, stems, syllabus_place, texts  # noqa: F401
from questions.lint.rules import RULES, Context, Finding, Rule, Severity, definition_of, lint

__all__ = ["RULES", "Context", "Finding", "Rule", "Severity", "definition_of", "lint"]
