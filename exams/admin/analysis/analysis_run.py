"""Item analysis in the admin: start it now, and see how far it is."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from exams.services.analysis import analysis_runs
from questions.models import AnalysisRun

VIEW, START = "questions.view_analysisrun", "questions.add_analysisrun"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def analysis(request: HttpRequest) -> HttpResponse:
    """Start a run on POST. Without it, return the progress for the page of statistics, which reloads at the end."""
    if request.method == "POST":
        if not request.user.has_perm(START):
            raise PermissionDenied
        analysis_runs.request(AnalysisRun.Cause.REQUEST, timezone.now(), by=request.user)
        messages.success(request, _("The analysis is requested. This page shows its progress."))
        return redirect("bank_statistics")
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    if not getattr(request, "htmx", False):
        return redirect("bank_statistics")
    progress = run_progress(request, timezone.now())
    if progress["running"] is None:
        return HttpResponseClientRefresh()
    return TemplateResponse(request, "admin/exams/analysis/_analysis_progress.html", progress)


def run_progress(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Return what the pages show of the run that waits or is worked on: one query."""
    newest = analysis_runs.latest()
    running = newest if newest and newest.finished_at is None else None
    last_sign = running and (running.seen_at or running.requested_at)
    return {
        "running": running,
        "is_silent": bool(last_sign and now - last_sign > analysis_runs.MAX_SILENCE),
        "may_start": request.user.has_perm(START),
    }
