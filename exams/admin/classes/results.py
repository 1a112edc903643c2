"""The results of a class in the admin: the table, its files, the questions, and the paper of one person."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.analysis import figures_table
from exams.admin.attempt.attempts import answered_questions, event_details, event_label
from exams.admin.classes.sittings import VIEW, own_sitting
from exams.admin.sorted_heads import Head, sorted_heads
from exams.models import Attempt, ScoreReport, Sitting
from exams.services.attempt import pass_points
from exams.services.classes import question_results, results, results_files
from exams.services.classes.results import Bin, Result
from exams.services.results import grades
from exams.services.results.report import duration
from questions.admin.staff_page import download, staff_page
from questions.content.worth import in_short
from questions.formats.csv_tables import MEDIA_TYPE

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_ON_A_PAGE = 100
_ATTEMPTS = {
    results.ALL: gettext_lazy("All attempts"),
    results.BEST: gettext_lazy("Best of each person"),
    results.LAST: gettext_lazy("Last of each person"),
}
_PLOT_HEIGHT = 160  # of the highest bar, in pixels


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin of the chart: x and width in percent, y and height in pixels."""

    bin: Bin
    x: float
    width: float
    y: int
    height: int


@staff_page(VIEW, "admin/exams/classes/results.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show a page of the table, sorted by `?sort=`, and the distribution of all scores."""
    sitting = own_sitting(request, pk)
    every, order, which = results.results(sitting), request.GET.get("sort", "name"), _which(request)
    rows = results.counting(every, which)
    scores = [row.score for row in rows if row.score is not None]
    page = Paginator(results.in_order(rows, order), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    before = results.scores_before_rulings(sitting)
    return {
        "title": _("Results"),
        "sitting": sitting,
        "shows_domains": bool(results.shown_domains(sitting)),
        "heads": _heads(sitting, order),
        "sort_query": "" if which == results.ALL else f"&attempts={which}",
        "which": which,
        "attempts": [(name, label, name == which) for name, label in _ATTEMPTS.items()],
        "has_repeats": any(row.attempt and row.attempt.number > 1 for row in every),
        "page": page,
        "rows": [_row(row, sitting) | {"before": row.attempt and before.get(row.attempt.pk)} for row in page],
        "chart": _bars(results.distribution(rows, sitting)),
        "plot_height": _PLOT_HEIGHT,
        "exam": sitting.blueprint.exam,
        "pass_points": pass_points.before_start(sitting.blueprint, sitting.form),
        "pass_mark": sitting.blueprint.exam.scale.passing,
        "pass_x": _share_of_scale(sitting, sitting.blueprint.exam.scale.passing),
        "n_scores": len(scores),
        "n_removed": results.n_removed(sitting),
        "n_passed": sum(bool(row.passed) for row in rows),
        "mean": round(sum(scores) / len(scores)) if scores else None,
    }


@staff_page(VIEW)
def results_csv(request: HttpRequest, pk: int) -> HttpResponse:
    sitting = own_sitting(request, pk)
    data = results_files.csv_for_people(sitting, _which(request))
    return download(f"results-{sitting.code}.csv", data, MEDIA_TYPE)


@staff_page(VIEW)
def results_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    sitting = own_sitting(request, pk)
    return download(f"results-{sitting.code}.xlsx", results_files.xlsx(sitting, _which(request)), _XLSX)


@staff_page(VIEW, "admin/exams/classes/result_questions.html")
def result_questions(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the share right of each question, and who chose what."""
    sitting = own_sitting(request, pk)
    questions = question_results.by_question(sitting)
    return {
        "title": _("Question by question"),
        "sitting": sitting,
        "table": figures_table.figures_table(figures_table.of_class(questions), request.GET.get("sort", "")),
        "syllabus": sitting.blueprint.exam.syllabus_code,
        "questions": questions,
        "alpha": question_results.alpha(sitting),
    }


@staff_page(VIEW)
def questions_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the statistics of the questions of a class."""
    sitting = own_sitting(request, pk)
    rows = figures_table.of_class(question_results.by_question(sitting))
    return download(f"questions-{sitting.code}.csv", figures_table.csv_file(rows), MEDIA_TYPE)


@staff_page(VIEW, "admin/exams/classes/result_paper.html")
def result_paper(request: HttpRequest, pk: int, attempt: int) -> dict[str, Any]:
    """Show the paper of one person as she sees it, with what she selected and the time on each question."""
    sitting = own_sitting(request, pk)
    rows = Attempt.objects.select_related("form__blueprint", "report")
    row = get_object_or_404(rows, sitting=sitting, pk=attempt)
    person = get_object_or_404(sitting.participants.select_related("candidate__user"), candidate=row.candidate_id)
    return {
        "title": f"{person} ({person.account})" if person.account else str(person),
        "sitting": sitting,
        "attempt": row,
        "person": person,
        "name": person.name or _("the candidate"),
        "result": _row(Result(str(person), person.account, row), sitting),
        "questions": answered_questions(row),
        "events": [(event, event_label(event), event_details(event)) for event in row.events.select_related("by")],
    }


def _which(request: HttpRequest) -> str:
    """Return which attempts count in the table and its figures."""
    which = request.GET.get("attempts", "")
    return which if which in _ATTEMPTS else results.ALL


def _heads(sitting: Sitting, order: str) -> list[Head]:
    columns = [("name", _("Name"), False), ("score", _("Score"), True)]
    columns += [("grade", _("Grade"), False)] if sitting.grades else []
    columns += [("passed", _("Passed"), False)]
    columns += [("points", _("Points"), True)] if sitting.blueprint.exam.is_percent else []
    columns += [("right", _("Right"), True)]
    columns += [(f"d{domain.number}", domain.title, True) for domain in results.shown_domains(sitting)]
    columns += [("time", _("Time"), True), ("attempt", _("Attempt"), True)]
    return sorted_heads(columns, order)


def _row(row: Result, sitting: Sitting) -> dict[str, Any]:
    report = row.report
    return {
        "result": row,
        "points": _points(report) if report else "",
        "grade": grades.grade_of(row.score, grades.of_sitting(sitting)),
        "right": _("%(raw)d of %(n)d") % {"raw": report.raw, "n": report.n} if report else "",
        "percents": [row.percents.get(domain.number) for domain in results.shown_domains(sitting)],
        "time": duration(int(row.time.total_seconds())) if row.time else "",
    }


def _points(report: ScoreReport) -> str:
    if report.earned is None or report.possible is None:
        return ""
    values = {"earned": in_short(report.earned), "possible": in_short(report.possible)}
    return _("%(earned)s of %(possible)s") % values


def _bars(bins: list[Bin]) -> list[Bar]:
    if not bins:
        return []
    highest, low, span = max(bin.n for bin in bins), bins[0].low, bins[-1].high - bins[0].low
    bars = []
    for index, bin in enumerate(bins):
        end = bins[index + 1].low if index + 1 < len(bins) else bin.high
        height = round(_PLOT_HEIGHT * bin.n / highest)
        x, width = 100 * (bin.low - low) / span, 100 * (end - bin.low) / span
        bars.append(Bar(bin, round(x, 2), round(width, 2), _PLOT_HEIGHT - height, height))
    return bars


def _share_of_scale(sitting: Sitting, score: int) -> float:
    scale = sitting.blueprint.exam.scale
    return round(100 * (score - scale.min) / (scale.max - scale.min), 2)
