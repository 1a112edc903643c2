"""The paper of the exam room: one question with its navigator and its clock."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from exams import disclosure
from exams.models import Attempt, Response
from exams.services.attempt import annotations
from exams.services.people import candidates
from exams.views.attempt import tools
from exams.views.attempt.sheet import sheet
from questions.models import Option


@dataclass(frozen=True, slots=True)
class Clock:
    """What a page needs to show the time: epoch milliseconds for the script, digits for pages without one."""

    now: datetime
    deadline: datetime

    @property
    def now_ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    @property
    def deadline_ms(self) -> int:
        return round(self.deadline.timestamp() * 1000)

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.deadline - self.now).total_seconds()))

    @property
    def left(self) -> str:
        hours, rest = divmod(self.seconds_left, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def is_htmx(request: HttpRequest) -> bool:
    """Did htmx ask? Then it wants the part of the page that changes."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.history_restore_request)


def paper(
    request: HttpRequest,
    attempt: Attempt,
    position: int,
    now: datetime,
    *,
    status: int = 200,
    note: str = "",
) -> HttpResponse:
    """The question with navigator and moves; to htmx only the room form, with the address it belongs to."""
    responses = list(Response.objects.filter(attempt=attempt).order_by("position"))
    if not 1 <= position <= len(responses):
        raise Http404
    current = responses[position - 1]
    options = Option.objects.filter(revision_id=current.revision_id).select_related("revision")
    cells = disclosure.cells(responses, position)
    note_on, pad = annotations.notes(attempt)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "card": disclosure.card(attempt, current, options),
        "sheet": sheet(cells),
        "answered": sum(cell.state == "answered" for cell in cells),
        "total": len(cells),
        "last": position == len(cells),
        "clock": Clock(now, attempt.deadline),
        "note": note,
        "jotted": note_on,
        "jotted_was": tools.digest(note_on.text),
        "marks": json.dumps(note_on.highlights),
        "pad": pad,
        "pad_was": tools.digest(pad.text),
        "longest": annotations.LONGEST,
        "guest_code": candidates.guest_code(attempt.candidate) if attempt.candidate.user_id is None else "",
        "seconds": current.seconds,
        "preferences": attempt.candidate.preferences,
    }
    partial = is_htmx(request)
    response = render(
        request, "exams/attempt/room.html#paper" if partial else "exams/attempt/room.html", context, status=status
    )
    if partial:
        response["HX-Push-Url"] = reverse("question", args=[attempt.uuid, position])
        response["HX-Retarget"], response["HX-Reswap"] = "#room", "outerHTML"
    return response
