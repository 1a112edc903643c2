"""The review of a finished attempt: one question beside the answer sheet, or all of them on one page."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access, disclosure
from exams.disclosure import Card
from exams.models import Attempt, Mode
from exams.services.attempt import annotations, disclosures, scoring_rules
from exams.services.attempt.annotations import MAX_NOTE_CHARS, SCRATCHPAD, AttemptNotes
from exams.services.attempt.answering import SaveOutcome
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.scoring_rules import ScoringRule
from exams.services.classes import participants
from exams.services.practice import study_marks
from exams.services.practice.selection import count_unanswered
from exams.services.results import question_reports
from exams.services.results import review as reviews
from exams.services.results.review_filters import MISSED, ReviewFilters, ReviewItem, review_items
from exams.services.results.reviewed import note_opened, opened_before
from exams.services.results.shown_scores import shown_scores
from exams.views.attempt import tools
from exams.views.pages import SeeOther, form_page, safe_page
from exams.views.results.review_parts import reviewed_questions
from exams.views.results.review_sheet import ReviewSheet, cell_links, query


@dataclass(frozen=True, slots=True)
class Review:
    """A finished attempt under the filters of the query. `hidden` questions are in an exam that is still open."""

    attempt: Attempt
    sheet: ReviewSheet
    notes: AttemptNotes
    open_questions: frozenset[int]
    hidden: int
    shows_score: bool
    rule: ScoringRule

    def note_shown(self, *positions: int) -> None:
        """Note that these questions were opened, those of them that were missed."""
        missed = [item.position for item in self.sheet.items if MISSED in item.states]
        note_opened(self.attempt, positions, missed, timezone.now())

    def cards(self, items: list[ReviewItem]) -> list[Card]:
        """Return the cards of these questions: four queries."""
        responses = [item.response for item in items]
        options = reviews.options_by_revision(responses)
        reports = question_reports.reports_by_revision(self.attempt, options)
        return [
            disclosure.card(
                self.attempt,
                response,
                options[response.revision_id],
                reports.get(response.revision_id, ()),
                self.open_questions,
                self.notes.at(response.position),
                rule=self.rule,
            )
            for response in responses
        ]

    def context(self, items: list[ReviewItem], current: int = 0) -> dict[str, Any]:
        """Return what both pages show; `items` are those on the answer sheet."""
        address = reverse("review", args=[self.attempt.uuid])
        kept = query(self.sheet.filters)
        cells = disclosure.result_cells([item.response for item in items], self.notes.noted, current, rule=self.rule)
        above = "../" if current else ""  # the links of the sheet are relative: they are many
        return {
            "attempt": self.attempt,
            "exam": self.attempt.form.blueprint.exam,
            "section": "history",
            "sheet": self.sheet,
            "rule": self.rule,
            "cells": cell_links(cells, above, kept),
            "filter_label": self.sheet.label,
            "address": address,
            "query": kept,
            "hidden": self.hidden,
            "shows_score": self.shows_score,
            "class_name": participants.name_of(self.attempt),
            "scratchpad": self.notes.at(SCRATCHPAD).text,
            "total": self.attempt.form.n_questions,
        }


def open_review(request: HttpRequest, uuid: UUID, position: int | None = None) -> Review | None:
    """Return the review of the sitter's attempt, None while it is open or its class holds back the answers.

    It has the notes on the question at the position, without a position those on all.
    """
    attempt = access.own_attempt(request, uuid, timezone.now(), with_report=True)
    if attempt.status == Attempt.Status.OPEN or not attempt.is_disclosed:
        return None
    if not disclosures.note_disclosure(attempt, "review", timezone.now()):
        return None
    owners = access.candidate_ids(request)
    open_questions = hidden_from(owners)
    responses = reviews.responses(attempt, questions=bool(open_questions))
    disclosed = [row for row in responses if disclosure.is_disclosed(attempt, row, open_questions)]
    hidden = sum(disclosure.is_disclosed(attempt, row) for row in responses) - len(disclosed)
    notes = annotations.read(attempt, None if position is None else (position, SCRATCHPAD))
    exam = attempt.form.blueprint.exam
    filters = ReviewFilters.read(dict(request.GET.lists()), [domain.number for domain in exam.exam_domains])
    sheet = ReviewSheet(review_items(attempt, disclosed, notes.noted), filters, exam)
    shows_score = shown_scores(owners, open_questions).shows_report(attempt)
    rule = scoring_rules.of_attempt(attempt)
    return Review(attempt, sheet, notes, open_questions, hidden, shows_score, rule)


@safe_page
def review(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Show all questions that match the filters on one page, also for print."""
    opened = open_review(request, uuid)
    if opened is None:
        return redirect("attempt", uuid=uuid)
    sheet = opened.sheet
    opened.note_shown(*sheet.positions)
    cards = opened.cards(sheet.matching)
    context = opened.context(sheet.matching) | {
        "questions": reviewed_questions(opened.attempt, cards),
        "has_shares": any(card.has_shares for card in cards),
        "filters": sheet.links(),
        "to_practice": _unanswered_to_practice(request, opened.attempt),
    }
    return render(request, "exams/results/review.html", context)


@form_page
def review_question(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    """Show one question on GET. Save its star or its note on POST.

    `find` goes to the first one that matches if this does not, and `find=unread` to the first one not opened yet.
    """
    opened = open_review(request, uuid, position)
    if opened is None:
        return redirect("attempt", uuid=uuid)
    sheet = opened.sheet
    kept = query(sheet.filters)
    total = opened.attempt.form.n_questions
    if not 1 <= position <= total:
        raise Http404
    if request.method != "POST" and "find" in request.GET:
        first = position if position in sheet.positions else next(iter(sheet.positions), position)
        if request.GET["find"] == "unread":
            opened_already = opened_before(opened.attempt)
            first = next((other for other in sheet.positions if other not in opened_already), first)
        return redirect(reverse("review_question", args=[uuid, first]) + kept)
    item = next((item for item in sheet.items if item.position == position), None)
    if item is None:
        messages.info(request, _("Question %(n)d is not in this review.") % {"n": position})
        return SeeOther(reverse("review", args=[uuid]) + kept)
    fault = ""
    if request.method == "POST":
        _set_star(request, opened.attempt, item)
        fault = _save_note(request, opened.attempt, position)
        if not fault:
            return SeeOther(reverse("review_question", args=[uuid, position]) + kept)
    opened.note_shown(position)
    (question,) = reviewed_questions(opened.attempt, opened.cards([item]))
    on_sheet = {position, *sheet.positions}
    shown = [other for other in sheet.items if other.position in on_sheet]
    context = opened.context(shown, position) | {
        "question": question,
        "card": question.card,
        "filters": sheet.links(("find", "yes")),
        "place": sheet.positions.index(position) + 1 if position in sheet.positions else None,
        "previous": sheet.previous_position(position),
        "next": sheet.next_position(position),
        "note": opened.notes.at(position),
        "note_text": request.POST.get("note", question.card.note),
        "note_digest": tools.digest(question.card.note),
        "note_fault": fault,
        "max_note_chars": MAX_NOTE_CHARS,
    }
    return render(request, "exams/results/review_question.html", context, status=400 if fault else 200)


def _unanswered_to_practice(request: HttpRequest, attempt: Attempt) -> int:
    """Return how many questions were left when time was up and can be practiced now."""
    if attempt.mode != Mode.EXAM or attempt.closed_by != Attempt.ClosedBy.TIME:
        return 0
    return count_unanswered(attempt, access.candidate_ids(request))


def _set_star(request: HttpRequest, attempt: Attempt, item: ReviewItem) -> None:
    question = item.response.revision.question
    if request.POST.get("star") == "on":
        study_marks.add_star(attempt.candidate, question, timezone.now())
    elif request.POST.get("star") == "off":
        study_marks.remove_star(attempt.candidate, question)


def _save_note(request: HttpRequest, attempt: Attempt, position: int) -> str:
    """Save the note on a question if it has changed. Return why it was not saved, "" otherwise."""
    edits, fault = tools.note_edits(request.POST, [("note", position)])
    for edit in edits:
        outcome = annotations.save_after_end(attempt, edit).outcome
        if outcome == SaveOutcome.OUTDATED:
            messages.info(request, _("Another page had changed this note. It has both texts now."))
        else:
            messages.success(request, _("Your note is saved."))
    return fault
