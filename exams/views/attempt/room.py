"""The exam room: the page of one question with the answer sheet and the clock."""

import json
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from exams import disclosure
from exams.models import Attempt, Response
from exams.services.attempt import annotations
from exams.services.people import candidates
from exams.views.attempt import tools
from exams.views.attempt.clock import Clock
from exams.views.attempt.sheet import AnswerSheet, address, chosen_filter
from exams.views.redirects import is_htmx
from questions.models import Option


def question_page(
    request: HttpRequest,
    attempt: Attempt,
    position: int,
    now: datetime,
    *,
    status: int = 200,
    notice: str = "",
    refused: int | None = None,
) -> HttpResponse:
    """Render one question. htmx gets the room form only, with the URL it belongs to.

    `refused` is the mask of an answer that was not stored; the page offers to use it instead of the stored one.
    """
    rows = Response.objects.filter(attempt=attempt).order_by("position")
    responses = list(annotations.with_note_marks(rows))
    if not 1 <= position <= len(responses):
        raise Http404
    response = responses[position - 1]
    options = Option.objects.filter(revision_id=response.revision_id).select_related("revision")
    show = chosen_filter(request)
    sheet = AnswerSheet(disclosure.cells(responses, position), show)
    card = disclosure.card(attempt, response, options)
    note, scratchpad = annotations.notes(attempt)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "card": card,
        "sheet": sheet,
        "total": sheet.total,
        "is_last": position == sheet.total,
        "clock": Clock.at(now, attempt),
        "notice": notice,
        "refused": refused,
        "refused_letters": ", ".join(option.letter for option in card.options if (refused or 0) >> option.bit & 1),
        "stored_letters": ", ".join(option.letter for option in card.options if option.ticked),
        "note": note,
        "note_digest": tools.digest(note.text),
        "highlights": json.dumps(note.highlights),
        "scratchpad": scratchpad,
        "scratchpad_digest": tools.digest(scratchpad.text),
        "max_note_chars": annotations.MAX_NOTE_CHARS,
        "guest_code": candidates.guest_code(attempt.candidate) if attempt.candidate.user_id is None else "",
        "seconds": response.seconds,
        "preferences": attempt.candidate.preferences,
    }
    fragment = is_htmx(request)
    template = "exams/attempt/room.html#paper" if fragment else "exams/attempt/room.html"
    page = render(request, template, context, status=status)
    if fragment:
        page["HX-Push-Url"] = address("question", attempt, position, show=show)
        page["HX-Retarget"], page["HX-Reswap"] = "#room", "outerHTML"
    return page
