"""The page of one question in an exam, with the answer sheet, the tools and the clock; and the frame of practice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from exams import disclosure
from exams.disclosure import Card, Cell
from exams.models import Attempt, Mode, Response
from exams.services.attempt import annotations, scoring_rules
from exams.services.attempt.annotations import SCRATCHPAD
from exams.services.people import candidates
from exams.views.attempt import tools
from exams.views.attempt.clock import Clock
from exams.views.attempt.sheet import AnswerSheet, chosen_filter
from questions.models import Option
from questions.models.collection import with_language

# What a page of an exam shows of a response, in the order of the model, as `from_db` takes it.
SHEET_FIELDS = (
    "position", "revision_id", "worth", "partial", "choose", "order", "ticked", "version", "struck", "flagged",
    "seconds", "first_shown", "revealed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """Why a POST was refused.

    `refused` is the mask of an answer that was not stored; the page offers to use it instead of the stored one.
    `unsaved` is the mask of one that cannot be stored; it stays ticked, so that the candidate corrects it.
    """

    text: str
    status: int
    refused: int | None = None
    unsaved: int | None = None


def exam_question(
    request: HttpRequest, attempt: Attempt, position: int, now: datetime, notice: Notice | None = None
) -> HttpResponse:
    """Show a question of an open exam. Of the others, only their state is read."""
    rows = Response.objects.filter(attempt=attempt).order_by("position").values_list(*SHEET_FIELDS, named=True)
    responses: list[Any] = list(rows)
    response = Response.from_db(None, SHEET_FIELDS, at(responses, position))
    asked = Option.objects.filter(revision=response.revision_id).select_related("revision")
    options = with_language(asked, "revision__question")
    notes = annotations.read(attempt, (position, SCRATCHPAD))
    cells = disclosure.cells(responses, position, noted=notes.noted)
    card = disclosure.card(attempt, response, options, rule=scoring_rules.of_attempt(attempt))
    return page(request, attempt, card, cells, notes, now, notice)


def at[Row](responses: Sequence[Row], position: int) -> Row:
    """Return the response at this position. Raise Http404 without one."""
    if not 1 <= position <= len(responses):
        raise Http404
    return responses[position - 1]


def page(
    request: HttpRequest,
    attempt: Attempt,
    card: Card,
    cells: Sequence[Cell],
    notes: annotations.AttemptNotes,
    now: datetime,
    notice: Notice | None,
    **practice: Any,
) -> HttpResponse:
    """Render a question with everything around it. `practice` is what an exam does not have."""
    sheet = AnswerSheet(cells, chosen_filter(request))
    note, scratchpad = notes.at(card.position), notes.at(SCRATCHPAD)
    refused, unsaved = (notice.refused, notice.unsaved) if notice else (None, None)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "is_practice": attempt.mode == Mode.PRACTICE,
        "clock": Clock.at(now, attempt),
        "total": sheet.total,
        "sheet": sheet,
        "card": card if unsaved is None else card.with_ticks(unsaved),
        "is_last": card.position == sheet.total,
        "notice": notice and notice.text,
        "refused": refused,
        "unsaved": unsaved,
        "refused_letters": _letters(card, refused or 0),
        "stored_letters": _letters(card, card.ticked),
        "seconds": card.seconds,
        "note": note,
        "note_digest": tools.digest(note.text),
        "scratchpad": scratchpad,
        "scratchpad_digest": tools.digest(scratchpad.text),
        "max_note_chars": annotations.MAX_NOTE_CHARS,
        "guest_code": candidates.shown_guest_code(attempt.candidate),
        "preferences": attempt.candidate.preferences,
    }
    return render(request, "exams/attempt/room.html", context | practice, status=notice.status if notice else 200)


def _letters(card: Card, mask: int) -> str:
    return ", ".join(option.letter for option in card.options if mask >> option.bit & 1)
