"""The statistics of an exam's bank: precision, ratings, exposure, flagged questions, a CSV file; start an analysis."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from exams.admin.analysis import figures_table
from exams.admin.analysis.analyzed_exam import analyzed_exam
from exams.admin.analysis.bank_statistics_tables import (
    bands_of_exposure,
    bands_of_rating,
    csv_rows,
    fixed_forms,
    flagged_lines,
    missing,
    most_exposed,
    precision,
    stage_lines,
)
from exams.admin.analysis.question_statistics import VIEW
from exams.admin.analysis.rating_chart import RatingChart
from exams.models import Sitting
from exams.services.analysis import analysis_runs
from exams.services.analysis.bank_statistics import bank_statistics, count_exams, question_rows
from exams.services.classes import sittings
from questions.admin.staff_page import current_user, download, staff_page
from questions.formats.csv_tables import MEDIA_TYPE, table_for_programs
from questions.models import AnalysisRun, Blueprint
from questions.services import job_state
from questions.services.drawn_questions import of_syllabus

START = "questions.add_analysisrun"
FLAGGED_PER_PAGE = 50
MAX_CLASSES = 10


@staff_page(VIEW, "admin/exams/analysis/bank_statistics.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show what the answers of all candidates say, and what is missing."""
    chosen = analyzed_exam(request)
    statistics = bank_statistics(current_user(request).pk, chosen.code)
    flagged = Paginator(statistics.flagged, FLAGGED_PER_PAGE).get_page(request.GET.get("page"))
    rated, real_exams = statistics.rated, count_exams(chosen.code)
    rows = figures_table.of_exam(statistics.rows)
    return {
        **_progress(chosen.code, timezone.now()),
        "chosen": chosen,
        "title": _("Statistics"),
        "may_start": request.user.has_perm(START),
        "statistics": statistics,
        "run": statistics.run,
        "real_exams": real_exams,
        "table": figures_table.with_stems(figures_table.figures_table(rows, request.GET.get("sort", ""))),
        "sort_query": f"&exam={quote(chosen.code)}",
        "classes": _classes(request, chosen.code),
        "missing": missing(statistics, real_exams),
        "stages": stage_lines(statistics),
        "flagged": flagged,
        "flagged_lines": flagged_lines(flagged),
        "precision": precision(statistics.run),
        "fixed_forms": fixed_forms(statistics.run, current_user(request)),
        "ratings": bands_of_rating(rated),
        "chart": RatingChart(rated) if rated else None,
        "exposures": bands_of_exposure(statistics),
        "most_exposed": most_exposed(statistics),
    }


def _classes(request: HttpRequest, syllabus: str) -> list[Sitting]:
    """Return the newest classes with this exam, whose statistics hold at any size, if this user may see them."""
    if not request.user.has_perm("exams.view_sitting"):
        return []
    of_exam = Blueprint.objects.with_syllabus(syllabus).order_by().values("pk")
    taken = sittings.visible_to(current_user(request)).filter(blueprint__in=of_exam, attempts__isnull=False)
    return list(taken.distinct().order_by("-opens_at")[:MAX_CLASSES])


@staff_page(VIEW, post=START)
def analysis_run(request: HttpRequest) -> HttpResponse:
    """Start a run on POST. Without it, return the progress for the page of statistics, which reloads at the end."""
    chosen = analyzed_exam(request)
    if request.method == "POST":
        analysis_runs.request(chosen.code, AnalysisRun.Cause.REQUEST, timezone.now(), by=current_user(request))
        messages.success(request, _("The analysis is requested. This page shows its progress."))
    if request.method == "POST" or not getattr(request, "htmx", False):
        return redirect(reverse("admin:bank_statistics", query={"exam": chosen.code}))
    progress = _progress(chosen.code, timezone.now()) | {"chosen": chosen}
    if progress["job"] is None:
        return HttpResponseClientRefresh()
    return render(request, "admin/exams/analysis/_analysis_progress.html", progress)


def _progress(exam: str, now: datetime) -> dict[str, Any]:
    """Return what the pages show of the job of this exam that waits or runs: one query."""
    job = job_state.find_open(analysis_runs.KIND, exam)
    return {"job": job, "is_late": job_state.is_late(job, now)}


@staff_page(VIEW)
def table(request: HttpRequest) -> HttpResponse:
    """Download the statistics of all questions of the exam as a CSV file."""
    chosen = analyzed_exam(request)
    name = f"mlsprep-statistics-{chosen.code.lower()}-{timezone.localdate().isoformat()}.csv"
    rows = question_rows(current_user(request).pk, of_syllabus(chosen.code))
    return download(name, table_for_programs(csv_rows(rows)), MEDIA_TYPE)
