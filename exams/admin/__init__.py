"""The admin of exams: attempts, blueprints, disputes, approvals, users, roles and reports."""

from exams.admin.approval import bulk_approval
from exams.admin.attempt import attempts
from exams.admin.blueprints import blueprints
from exams.admin.classes import rosters, sittings
from exams.admin.people import candidates, roles, users
from exams.admin.results import rulings, score_reports

__all__ = [
    "attempts",
    "blueprints",
    "bulk_approval",
    "candidates",
    "roles",
    "rosters",
    "rulings",
    "score_reports",
    "sittings",
    "users",
]
