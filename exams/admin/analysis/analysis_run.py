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
from questions.services import job_state

VIEW, START = "questions.view_analysisrun", "questions.add_analysisrun"


@staff_page(VIEW, post=START)
def page(request: HttpRequest) -> HttpResponse:
    """Start a run on POST. Without it, return the progress for the page of statistics, which reloads at the end."""
    if request.method == "POST":
        analysis_runs.request(AnalysisRun.Cause.REQUEST, timezone.now(), by=current_user(request))
        messages.success(request, _("The analysis is requested. This page shows its progress."))
    if request.method == "POST" or not getattr(request, "htmx", False):
        return redirect("admin:bank_statistics")
    progress = run_progress(request, timezone.now())
    if progress["job"] is None:
        return HttpResponseClientRefresh()
    return render(request, "admin/exams/analysis/_analysis_progress.html", progress)


def run_progress(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Return what the pages show of the job that waits or runs: one query."""
    job = job_state.find_open(analysis_runs.KIND)
    return {
        "job": job,
        "is_late": job is not None and job_state.is_late(job, now),
        "may_start": request.user.has_perm(START),
    }
