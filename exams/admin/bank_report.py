"""The bank report in the admin, for staff who may look at questions; it changes nothing."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams.services.analysis.bank_report import build_report
from questions.lint.strategies import TOLERANCE
from questions.models import Blueprint


@require_safe
def bank_report(request: HttpRequest) -> HttpResponse:
    """One page with all of `manage.py bank_report`, for the exam in `?exam=` or the one of the start page.

    The address is in mlsprep/urls.py, behind the admin's door.
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
        "most": max(report.ratings.values(), default=0) if report else 0,
        "tolerance": TOLERANCE,
    }
    return TemplateResponse(request, "admin/exams/bank_report.html", context)
