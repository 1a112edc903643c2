"""The paper of an open attempt: all its questions as the room shows them, with the stored state, for the room's script.

A fragment has neither a key nor a rationale, unless practice has revealed the solution: `disclosure` decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access, disclosure, sessions
from exams.browser_choices import reader_zone
from exams.models import Attempt, Mode, Response
from exams.services.attempt import annotations, scoring_rules
from exams.services.attempt.annotations import SCRATCHPAD
from exams.services.practice import practice, repetition, study_marks
from exams.services.results.review import OptionText, QuestionText, RevisionText
from exams.views.attempt import refusals, room
from exams.views.attempt.clock import Clock
from exams.views.attempt.events import PROTOCOL
from exams.views.attempt.practice_room import comes_back
from exams.views.pages import safe_page
from questions.models import Option, Revision
from questions.models.collection import language_of, with_language


@safe_page
def paper(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return all questions, the scratchpad, and where the attempt is. Times are epoch milliseconds.

    409 with a sentence if the attempt is over, or another browser writes this exam of a class; 423 if it stands still.
    """
    now = timezone.now()
    try:
        attempt = access.own_attempt(request, uuid, now)
    except access.SeatTakenError:
        return JsonResponse({"seat": "taken", "message": _("This exam is running in another browser.")}, status=409)
    except access.StandingError as error:
        return refusals.stands(error.reason)
    if attempt.status != Attempt.Status.OPEN:
        return JsonResponse(times(attempt, now) | {"message": _("This exam is over.")}, status=409)
    sessions.record_reading(request, attempt, now)
    notes = annotations.read(attempt, None)
    scratchpad = notes.at(SCRATCHPAD)
    return JsonResponse(
        {
            "protocol": PROTOCOL,
            **times(attempt, now),
            "position": attempt.position,
            "questions": questions(request, attempt, now, notes),
            "scratchpad": {"text": scratchpad.text, "version": scratchpad.version},
        }
    )


def times(attempt: Attempt, now: datetime) -> dict[str, Any]:
    """Return the time, the deadline and the status of an attempt."""
    clock = Clock.at(now, attempt)
    return {"now": clock.now_ms, "deadline": clock.deadline_ms, "status": attempt.status}


def questions(
    request: HttpRequest,
    attempt: Attempt,
    now: datetime,
    notes: annotations.AttemptNotes,
    positions: Collection[int] | None = None,
) -> list[dict[str, Any]]:
    """Return questions of an attempt as HTML with their stored state, all if `positions` is None: three queries.

    Of practice, more, but as many for one question as for all.
    """
    rows = Response.objects.filter(attempt=attempt).order_by("position")
    rows = rows if positions is None else rows.filter(position__in=positions)
    is_practice = attempt.mode == Mode.PRACTICE
    responses = list(rows.select_related("revision__question__topic") if is_practice else rows.only(*room.SHEET_FIELDS))
    hidden = practice.hidden_questions(access.sitter_or_404(request)) if is_practice else frozenset()
    options: Any = _practiced_options(responses) if is_practice else _asked_options(responses)
    template, rule = get_template("exams/attempt/_question.html"), scoring_rules.of_attempt(attempt)
    revealed = {response.revision.question_id for response in responses if response.revealed_at}
    cards = repetition.current_cards(attempt.candidate_id, revealed, reader_zone(request.COOKIES)) if revealed else []
    due = {card.question_id: card.due for card in cards}
    starred = study_marks.starred(attempt.candidate_id, revealed) if revealed else set()
    shown = []
    for response in responses:
        asked = options[response.revision_id]
        card = disclosure.card(attempt, response, asked, open_questions=hidden, rule=rule)
        question = response.revision.question_id if is_practice else None
        note = notes.at(response.position)
        html = template.render(
            {
                "card": card,
                "is_practice": is_practice,
                "is_hidden": question in hidden,
                "starred": question in starred,
                "comes_back": comes_back(due.get(question or 0), now) if card.solution else "",
            }
        )
        state = {
            "position": response.position,
            "html": html.strip(),
            "choose": response.choose,
            "version": response.version,
            "ticked": bits(response.ticked),
            "flagged": response.flagged,
            "struck": bits(response.struck),
            "seconds": response.seconds,
            "note": {"text": note.text, "version": note.version},
            "marks": note.highlights,
            "shown": response.first_shown is not None,
        }
        if card.solution:
            state |= {"revealed": True, "verdict": card.result}
        shown.append(state)
    return shown


def bits(mask: int) -> list[int]:
    """Return the bits of a mask."""
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _asked_options(responses: Iterable[Response]) -> dict[int, list[OptionText]]:
    """Return by revision the options of questions that have no solution yet: it is not even read. Two queries."""
    keys = [response.revision_id for response in responses]
    unnamed = QuestionText(0, "", None)
    stems = Revision.objects.filter(pk__in=keys).values_list("pk", "stem_html", language_of("question__collection"))
    revisions = {key: RevisionText(0, 0, stem, "", [], unnamed, language) for key, stem, language in stems}
    options = defaultdict(list)
    for key, bit, text in Option.objects.filter(revision__in=keys).values_list("revision_id", "bit", "text_html"):
        options[key].append(OptionText(bit, text, "", revisions[key], None))
    return options


def _practiced_options(responses: Sequence[Response]) -> dict[int, list[Option]]:
    """Return by revision the options of practice, with what a solution needs: one query."""
    revisions = {response.revision_id: response.revision for response in responses}
    options = defaultdict(list)
    for option in with_language(Option.objects.filter(revision__in=revisions), "revision__question"):
        option.revision = revisions[option.revision_id]
        options[option.revision_id].append(option)
    return options
