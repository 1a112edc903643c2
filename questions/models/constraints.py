"""What one row can guarantee: each rule with its name, its condition, and the sentence that people read."""

from typing import Any

from django.db.models import CheckConstraint, Q, UniqueConstraint


def check(name: str, condition: Q, sentence: Any) -> CheckConstraint:
    """Return the rule that each row meets this condition."""
    return CheckConstraint(condition=condition, name=name, violation_error_message=sentence)


def unique(name: str, fields: list[str], sentence: Any, *, among: Q | None = None) -> UniqueConstraint:
    """Return the rule that no two rows, or no two of those `among` a condition, have the same values."""
    return UniqueConstraint(fields=fields, condition=among, name=name, violation_error_message=sentence)
