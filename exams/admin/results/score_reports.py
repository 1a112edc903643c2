"""Score reports in the admin: names, exams and dates, also as CSV. Each leads to the page of its attempt."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.attempt.list_filters import CauseFilter, FormExamFilter, ModeFilter, ReportedExamFilter
from exams.admin.people.candidate_search import CandidateSearch
from exams.models import Form, ScoreReport
from exams.services.people import candidates
from questions.admin.read_only_admin import ReadOnlyAdmin
from questions.admin.staff_page import download
from questions.content.typed_numbers import whole_number
from questions.content.worth import in_points
from questions.formats.csv_tables import MEDIA_TYPE, table_for_people

_COLUMNS = (
    "name", "username", "email", "exam", "started", "finished", "score", "pass_mark", "result", "correct", "questions",
    "report", "made", "cause", "current", "earned", "possible",
)  # fmt: skip


@admin.register(ScoreReport)
class ScoreReportAdmin(ReadOnlyAdmin, CandidateSearch):
    list_title = gettext_lazy("Score reports")
    list_display = ("name", "exam", "date", "score", "result", "correct", "cause", "is_current")
    list_filter = (ReportedExamFilter, CauseFilter)
    to_candidate = ("attempt", "candidate")
    uuids = ("attempt__candidate__uuid",)
    list_select_related = ("attempt__candidate__user",)
    ordering = ("-made_at", "-pk")
    actions = ("as_csv",)

    @admin.display(description=gettext_lazy("name"), ordering="attempt__candidate__user__username")
    def name(self, report: ScoreReport) -> str:
        return candidates.name(report.attempt.candidate)

    @admin.display(description=gettext_lazy("exam"), ordering="attempt__blueprint_code")
    def exam(self, report: ScoreReport) -> str:
        return report.attempt.blueprint_code

    @admin.display(description=gettext_lazy("date"), ordering="attempt__started_at")
    def date(self, report: ScoreReport) -> str:
        return date_format(timezone.localtime(report.attempt.started_at))

    @admin.display(description=gettext_lazy("score"), ordering="scaled")
    def score(self, report: ScoreReport) -> str:
        return report.shown_score

    @admin.display(description=gettext_lazy("result"), ordering="passed")
    def result(self, report: ScoreReport) -> str:
        return _("passed") if report.passed else _("not passed")

    @admin.display(description=gettext_lazy("right"))
    def correct(self, report: ScoreReport) -> str:
        return _("%(raw)d of %(n)d") % {"raw": report.raw, "n": report.n}

    @admin.display(description=gettext_lazy("current"), boolean=True)
    def is_current(self, report: ScoreReport) -> bool:
        """Return whether no later report has replaced this one."""
        return report.attempt.report_id == report.pk

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        report = get_object_or_404(ScoreReport, pk=whole_number(object_id, 0))
        if not self.has_view_permission(request, report):
            return super().change_view(request, object_id, *args, **kwargs)
        return HttpResponseRedirect(reverse("admin:exams_attempt_change", args=[report.attempt_id]))

    @admin.action(description=gettext_lazy("Download as CSV"), permissions=["view"])
    def as_csv(self, request: HttpRequest, queryset: QuerySet[ScoreReport]) -> HttpResponse:
        """Return a table for spreadsheets."""
        rows = _rows(queryset.select_related("attempt__candidate__user"))
        return download("score-reports.csv", table_for_people((_COLUMNS, *rows)), MEDIA_TYPE)


def _rows(reports: QuerySet[ScoreReport]) -> Iterator[Sequence[str]]:
    for report in reports.iterator(chunk_size=500):
        attempt, user = report.attempt, report.attempt.candidate.user
        values = (
            candidates.name(attempt.candidate),
            user.username if user else "",
            user.email if user else "",
            attempt.blueprint_code,
            *(
                time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""
                for time in (attempt.started_at, attempt.submitted_at)
            ),
            report.scaled,
            report.pass_mark,
            "passed" if report.passed else "not passed",
            report.raw,
            report.n,
            report.number,
            report.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            report.cause,
            "yes" if attempt.report_id == report.pk else "no",
            *("" if points is None else in_points(points) for points in (report.earned, report.possible)),
        )
        yield [str(value) for value in values]


@admin.register(Form)
class FormAdmin(ReadOnlyAdmin):
    list_display = ("seed", "blueprint", "mode", "n_scored", "n_unscored", "bank_version")
    list_filter = (ModeFilter, FormExamFilter)
