"""The bank report in the admin, for staff with the permission to view questions: a job makes it, the page shows it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRefresh

from exams.admin.analysis.analyzed_exam import AnalyzedExam
from exams.services.analysis import stored_reports
from exams.services.analysis.bank_report import SHOWN_SHORTAGES
from questions.admin.staff_page import staff_page
from questions.lint.guessing_strategies import POSITION, TOLERANCE
from questions.models import Blueprint
from questions.services import job_state

VIEW = "questions.view_question"
STRATEGIES = {
    "longest": gettext_lazy("the longest option"),
    "shortest": gettext_lazy("the shortest option"),
    "stem overlap": gettext_lazy("the option with the most words of the stem"),
    "like the others": gettext_lazy("the option that is most like the others"),
    "odd one out": gettext_lazy("the option that is least like the others"),
    "hedges": gettext_lazy("the option with cautious words, such as usually or may"),
    "no absolutes": gettext_lazy("an option without absolute words, such as always or never"),
    "numbers": gettext_lazy("the option with the most numbers"),
    "capitals": gettext_lazy("the option with the most capitals"),
}


@staff_page(VIEW, "admin/exams/analysis/bank_report.html", post=VIEW)
def page(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Show the last report of the exam in `?exam=`, else of the default one; on POST, make a new one."""
    rows, code, now = Blueprint.objects, request.GET.get("exam"), timezone.now()
    blueprint = rows.current(code) if code else rows.default()
    context: dict[str, Any] = {"title": _("Bank report"), "exam": blueprint.exam if blueprint else None}
    if blueprint is None:
        return context
    address = f"{reverse('admin:bank_report')}?{urlencode({'exam': blueprint.code})}"
    if request.method == "POST":
        stored_reports.request(blueprint, now)
        return redirect(address)
    job, stored = stored_reports.newest_job(blueprint), stored_reports.find(blueprint)
    context |= {
        "address": address,
        "chosen": _chosen(blueprint),
        "job": job,
        "is_busy": job is not None and job.state in job_state.OPEN,
        "is_late": job_state.is_late(job, now),
        "stored": stored,
        "is_current": stored is not None and stored_reports.is_current(stored, blueprint, now),
    }
    if getattr(request, "htmx", False):
        if not context["is_busy"]:
            return HttpResponseClientRefresh()
        return render(request, "admin/exams/analysis/_bank_report_job.html", context)
    report = stored.data if stored else None
    return context | {
        "report": report,
        "max_count": max((n for _bar, n in report["ratings"]), default=0) if report else 0,
        "strategies": _strategies(report) if report else [],
        "tolerance": TOLERANCE,
        "shown_shortages": SHOWN_SHORTAGES,
    }


def _strategies(report: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Return the strategies with their names, without the places in files: candidates see options in other orders."""
    rows = [row for row in report["lint"]["strategies"] if not row["name"].startswith(POSITION)]
    return [(STRATEGIES.get(row["name"], row["name"]), row) for row in rows]


def _chosen(blueprint: Blueprint) -> AnalyzedExam:
    """Return the exam of the report. All can be chosen: those that use the exam domains of another one, too."""
    exams = sorted(Blueprint.objects.newest(), key=lambda row: not row.exam.default)
    return AnalyzedExam(
        blueprint.code, blueprint.exam.short_title, tuple((row.code, row.exam.short_title) for row in exams)
    )
