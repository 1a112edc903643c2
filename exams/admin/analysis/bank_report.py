"""The bank report in the admin, for staff with the permission to view questions."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams.services.analysis.bank_report import SHOWN_SHORTAGES, build_report
from questions.lint.guessing_strategies import TOLERANCE
from questions.models import Blueprint


@require_safe
def bank_report(request: HttpRequest) -> HttpResponse:
    """Show `manage.py bank_report` for the exam in `?exam=`, else for the exam on the front page.

    mlsprep/urls.py wraps this view in `admin_view`.
    """
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    blueprint = Blueprint.objects.current(request.GET.get("exam", settings.FRONT_EXAM))
    report = build_report(blueprint, timezone.localdate()) if blueprint else None
    context = {
        **admin.site.each_context(request),
        "title": _("Bank report"),
        "exam": blueprint.exam if blueprint else None,
        "report": report,
        "max_count": max(report.ratings.values(), default=0) if report else 0,
        "tolerance": TOLERANCE,
        "shown_shortages": SHOWN_SHORTAGES,
    }
    return TemplateResponse(request, "admin/exams/analysis/bank_report.html", context)
