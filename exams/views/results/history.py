"""The history: the exams of this candidate with their trend, and practice apart from them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from exams import access
from exams.chosen_exam import exam_scope, find_chosen, offered_exams
from exams.models import Attempt
from exams.services.attempt import ending
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.results.corrections import Correction, corrections_by_attempt
from exams.services.results.history import candidate_exams, specifications
from exams.services.results.shown_scores import ShownScores, shown_scores
from exams.views.pages import safe_page
from exams.views.progress.trend_chart import trend_to
from questions.content.blueprint import BlueprintSpec
from questions.content.typed_numbers import whole_number

ROWS = 20  # of exams, and of practice, on a page
MAX_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """An attempt with the specification of its exam, which all attempts of one blueprint share."""

    attempt: Attempt
    exam: BlueprintSpec
    corrections: list[Correction]
    shown: ShownScores

    @property
    def shows_score(self) -> bool:
        return self.shown.shows_score(self.attempt)

    @property
    def shows_report(self) -> bool:
        return self.shown.shows_report(self.attempt)

    @property
    def waits(self) -> bool:
        return self.shown.waits(self.attempt)


@safe_page
def history(request: HttpRequest) -> HttpResponse:
    """List a page of the candidate's exams and practice, newest first: of the chosen exam, or of all."""
    now = timezone.now()
    candidate = access.candidate(request)
    scope = exam_scope(request)
    page = whole_number(request.GET.get("page", ""), 1, MAX_PAGE) or 1
    place = slice((page - 1) * ROWS, page * ROWS + 1)  # one more tells whether there is another page
    taken = list(candidate_exams(candidate, scope.other_codes)[place]) if candidate else []
    ids = access.candidate_ids(request)
    hidden = hidden_from(ids) if candidate else frozenset()
    practices = practice.candidate_practices(candidate, place, hidden, scope.other_codes) if candidate else []
    has_earlier = max(len(taken), len(practices)) > ROWS
    taken, practices = taken[:ROWS], practices[:ROWS]
    shown = shown_scores(ids, hidden)
    for attempt in (*taken, *practices):
        ending.close_if_overdue(attempt, now)
    corrections = corrections_by_attempt([attempt for attempt in taken if shown.shows_report(attempt)])
    specs = specifications([*taken, *practices], offered_exams(request))
    rows, practice_rows = (
        [HistoryRow(row, specs[row.form.blueprint_id], corrections.get(row.pk, []), shown) for row in found]
        for found in (taken, practices)
    )
    newest = next((attempt for attempt in taken if shown.shows_report(attempt)), None)
    context = {
        "section": "history",
        "scope": scope,
        "blueprint": find_chosen(request),
        "rows": rows,
        "practice_rows": practice_rows,
        "page": page,
        "has_earlier": has_earlier,
        "previous_page": page - 1,
        "next_page": page + 1,
        "trend": trend_to(candidate, newest, shown) if candidate and newest and page == 1 else None,
        "is_signed_out": candidate is None and not request.user.is_authenticated,
        "guest_code": candidates.shown_guest_code(candidate) if rows or practice_rows else "",
    }
    return render(request, "exams/results/history.html", context)
