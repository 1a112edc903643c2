"""The sitting in the stock Django admin: one module a stage."""

from exams.admin import attempts, bank_report, blueprints, bulk_approval, disputes, users

__all__ = ["attempts", "bank_report", "blueprints", "bulk_approval", "disputes", "users"]
