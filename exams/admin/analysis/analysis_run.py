"""Item analysis in the admin: start it now, and see how far it is."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from exams.services.analysis import analysis_runs
from questions.admin.staff_page import current_user, staff_page
from questions.models import AnalysisRun

VIEW, START = "questions.view_analysisrun", "questions.add_analysisrun"


@staff_page(VIEW, post=START)
def analysis(request: HttpRequest) -> HttpResponse:
    """Start a run on POST. Without it, return the progress for the page of statistics, which reloads at the end."""
    if request.method == "POST":
        analysis_runs.request(AnalysisRun.Cause.REQUEST, timezone.now(), by=current_user(request))
        messages.success(request, _("The analysis is requested. This page shows its progress."))
    if request.method == "POST" or not getattr(request, "htmx", False):
        return redirect("admin:bank_statistics")
    progress = run_progress(request, timezone.now())
    if progress["running"] is None:
        return HttpResponseClientRefresh()
    return render(request, "admin/exams/analysis/_analysis_progress.html", progress)


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
