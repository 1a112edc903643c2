"""The admin of exams: attempts, blueprints, disputes, approvals, users, roles and reports."""

from exams.admin import (
    attempts,
    bank_report,
    blueprints,
    bulk_approval,
    candidates,
    disputes,
    roles,
    rosters,
    score_reports,
    sittings,
    users,
)

__all__ = [
    "attempts",
    "bank_report",
    "blueprints",
    "bulk_approval",
    "candidates",
    "disputes",
    "roles",
    "rosters",
    "score_reports",
    "sittings",
    "users",
]
