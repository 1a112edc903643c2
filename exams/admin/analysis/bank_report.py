"""The bank report in the admin, for staff with the permission to view questions."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from exams.services.analysis.bank_report import SHOWN_SHORTAGES, build_report
from questions.admin.staff_page import staff_page
from questions.lint.guessing_strategies import TOLERANCE
from questions.models import Blueprint


@staff_page("questions.view_question", "admin/exams/analysis/bank_report.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show `manage.py bank_report` for the exam in `?exam=`, else for the exam on the front page."""
    blueprint = Blueprint.objects.current(request.GET.get("exam", settings.FRONT_EXAM))
    report = build_report(blueprint, timezone.localdate()) if blueprint else None
    return {
        "title": _("Bank report"),
        "exam": blueprint.exam if blueprint else None,
        "report": report,
        "max_count": max(report.ratings.values(), default=0) if report else 0,
        "tolerance": TOLERANCE,
        "shown_shortages": SHOWN_SHORTAGES,
    }
