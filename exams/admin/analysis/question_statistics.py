"""The statistics of a question in the admin: figures, charts, and what to do about its flags."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from exams.admin.analysis.flag_advice import DISPUTE, EDIT, RATE, RETIRE, advice
from exams.admin.analysis.question_charts import CurveChart, ThirdsChart
from exams.admin.analysis.question_figures import figures, lead
from exams.admin.analysis.question_tables import curve_lines, option_lines, revision_lines
from exams.admin.results.disputes import dispute_url, may_view_disputes
from exams.services.analysis.question_statistics import (
    RevisionRow,
    RevisionStatistics,
    published_revisions,
    revision_statistics,
)
from questions.admin.question_list.bulk_actions import BULK_ACTIONS
from questions.admin.staff_page import staff_page
from questions.content.schema import ASKABLE_STATUSES
from questions.content.typed_numbers import whole_number
from questions.models import Question
from questions.models.question import rating_known
from questions.services import approval
from questions.services.authorship import APPROVE

VIEW = "questions.view_itemstatistics"


@staff_page(VIEW, "admin/exams/analysis/question_statistics.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the statistics of the current revision, or of the one in `?revision=`."""
    rows = Question.objects.annotate(is_rating_known=rating_known(request.user.pk))
    question: Any = get_object_or_404(rows, pk=pk)
    revisions = published_revisions(question)
    shown = _chosen(request, question, revisions)
    context = {
        "title": _("Statistics of %s") % question.code,
        "question": question,
        "in_review": approval.is_in_review(question),
        "revisions": revision_lines(revisions),
        "shown": shown,
        "actions": _actions(request, question, shown),
        "retire_value": f"{question.pk}-{question.lock_version}",
    }
    if shown:
        rating = question.rating if question.is_rating_known else None
        context |= _figures(revision_statistics(shown.pk), rating)
    return context


def _figures(statistics: RevisionStatistics, rating: int | None) -> dict[str, Any]:
    """Return what the page shows of one revision."""
    row, points = statistics.row, statistics.curve
    return {
        "statistics": statistics,
        "lead": lead(statistics),
        "advice": advice(statistics),
        "figures": figures(statistics, rating),
        "thirds": ThirdsChart(statistics.options) if statistics.has_figures else None,
        "options": option_lines(statistics),
        "curve": CurveChart(points, row.b) if points and row and row.b is not None else None,
        "curve_rows": curve_lines(statistics),
    }


def _chosen(request: HttpRequest, question: Question, revisions: list[RevisionRow]) -> RevisionRow | None:
    """Return the revision of the query, else the one in use, else the newest. Raise Http404 for an unknown one."""
    if "revision" in request.GET:
        number = whole_number(request.GET["revision"], None)
        found = next((row for row in revisions if row.number == number), None)
        if found is None:
            raise Http404
        return found
    in_use = (row for row in revisions if row.pk == question.current_id)
    return next(in_use, revisions[0] if revisions else None)


def _actions(request: HttpRequest, question: Question, shown: RevisionRow | None) -> dict[str, str]:
    """Return the addresses of the actions that this user may start."""
    edit, user = reverse("admin:questions_question_change", args=[question.pk]), request.user
    actions = {}
    if shown and may_view_disputes(request):
        actions[DISPUTE] = dispute_url(shown.pk)
    if user.has_perm("questions.change_question"):
        actions |= {EDIT: edit, RATE: f"{edit}#id_rating"}
    may_retire = user.has_perm(APPROVE) or question.status not in ASKABLE_STATUSES
    if may_retire and user.has_perm(BULK_ACTIONS["retire"].permission) and question.status != Question.Status.RETIRED:
        actions[RETIRE] = reverse("admin:questions_question_bulk", args=["retire"])
    return actions
