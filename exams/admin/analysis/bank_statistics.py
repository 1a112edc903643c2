"""The statistics of the whole bank in the admin: precision, ratings, exposure, flagged questions, and a CSV file."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams.admin.analysis.analysis_run import run_progress
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
from exams.services.analysis.bank_statistics import bank_statistics, count_exams, question_rows
from questions.admin.staff_page import current_user, staff_page
from questions.formats.csv_tables import table_for_programs

FLAGGED_PER_PAGE = 50


@staff_page(VIEW, "admin/exams/analysis/bank_statistics.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show what the answers of all candidates say, and what is missing."""
    statistics = bank_statistics(current_user(request).pk)
    flagged = Paginator(statistics.flagged, FLAGGED_PER_PAGE).get_page(request.GET.get("page"))
    rated, real_exams = statistics.rated, count_exams()
    return {
        **run_progress(request, timezone.now()),
        "title": _("Statistics"),
        "statistics": statistics,
        "run": statistics.run,
        "real_exams": real_exams,
        "missing": missing(statistics, real_exams),
        "stages": stage_lines(statistics),
        "flagged": flagged,
        "flagged_lines": flagged_lines(flagged),
        "precision": precision(statistics.run),
        "fixed_forms": fixed_forms(statistics.run, named=request.user.has_perm("exams.view_sitting")),
        "ratings": bands_of_rating(rated),
        "chart": RatingChart(rated) if rated else None,
        "exposures": bands_of_exposure(statistics),
        "most_exposed": most_exposed(statistics),
    }


@staff_page(VIEW)
def table(request: HttpRequest) -> HttpResponse:
    """Download the statistics of all questions as a CSV file."""
    name = f"mlsprep-statistics-{timezone.localdate().isoformat()}.csv"
    content = table_for_programs(csv_rows(question_rows(current_user(request).pk)))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
