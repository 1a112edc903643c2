"""The buttons of the room: each POST saves the ticks, then moves, flags, clears, or leads to the finish page."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access, disclosure, theme
from exams.models import Attempt, Mode, Response
from exams.services.attempt import answering, ending, seats
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, SaveResult, Sitter
from exams.services.practice import practice, repetition
from exams.views.attempt import room, tools
from exams.views.attempt.sheet import ALL, AnswerSheet, address, chosen_filter
from exams.views.attempt.tools import SavedNote, ToolEdits
from exams.views.pages import form_page, is_htmx, see_other
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number

MAX_MASK = 2 ** (MAX_BIT + 1) - 1
MAX_INTEGER = 2**31 - 1  # of versions and seconds in the database
MAX_POSITION = 10_000
STAY, NEXT, PREVIOUS, SUMMARY, REPORT = "stay", "next", "previous", "summary", "report"
CHECK, REVEAL = "check", "reveal"  # study mode: ask how sure the candidate is, then show the solution


class InvalidPostError(ValueError):
    """The posted fields are not those of a room form. The message is for the candidate."""


@dataclass(frozen=True, slots=True)
class RoomPost:
    """One click: the answer, other changes of the response, and the target (None: the finish page)."""

    answer: PostedAnswer | None  # None: the page showed the solution instead of the options
    version: int  # of the answer on the page
    flagged: bool | None
    struck: int | None  # all bits that are struck out after this click
    confidence: int | None  # study mode: reveal the solution
    target: str | int | None
    tool_edits: ToolEdits


def _number(value: str, maximum: int, message: str) -> int:
    number = whole_number(value, None, maximum)
    if number is None:
        raise InvalidPostError(message)
    return number


def parse(request: HttpRequest, position: int) -> RoomPost:
    """Read the POST. Raise InvalidPostError for impossible options, repeated options and malformed fields."""
    post = request.POST
    unknown = _("One of the options does not belong to this question. Nothing was changed.")
    bits = [_number(bit, MAX_BIT, unknown) for bit in post.getlist("option")]
    if len(bits) != len(set(bits)):
        raise InvalidPostError(_("An option was selected twice. Nothing was changed."))
    malformed = _("The form was incomplete. Nothing was changed. Reload the page.")
    version = _number(post.get("version", ""), MAX_INTEGER, malformed)
    seconds = _number(post.get("seconds") or "0", MAX_INTEGER, malformed)
    mask = 0 if "clear" in post else sum(1 << bit for bit in bits)
    if "use" in post:  # an answer that was refused because another window had saved one
        mask = _number(post["use"], MAX_MASK, unknown)
    flag = post.get("flag")
    if flag not in (None, "on", "off"):
        raise InvalidPostError(malformed)
    confidence = _number(post["sure"], Response.Confidence.SURE, malformed) if "sure" in post else None
    if confidence == 0:
        raise InvalidPostError(malformed)
    return RoomPost(
        answer=None if "unchanged" in post else PostedAnswer(mask, version, seconds),
        version=version,
        flagged=None if flag is None else flag == "on",
        struck=_number(post["strike"], MAX_MASK, unknown) if "strike" in post else None,
        confidence=confidence,
        target=REVEAL if confidence else _target(request, malformed),
        tool_edits=tools.parse(post, position),
    )


def _target(request: HttpRequest, malformed: str) -> str | int | None:
    post = request.POST
    if "finish" in post:
        return None
    if "go" in post:
        return _number(post["go"], MAX_POSITION, malformed)
    target = post.get("move", STAY)
    if target not in (STAY, NEXT, PREVIOUS, SUMMARY, REPORT, CHECK):
        raise InvalidPostError(malformed)
    return target


@form_page
def question(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    """Show one question on GET, save it on POST."""
    now = timezone.now()
    if request.method == "POST":
        return answer(request, uuid, position, now)
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    return room.question_page(request, attempt, position, now, checking=request.GET.get("check") == "yes")


def answer(request: HttpRequest, uuid: UUID, position: int, now: datetime) -> HttpResponseBase:
    """Save, then go to the target of the button. A refusal shows the stored state with the reason."""
    if not 1 <= position <= MAX_POSITION:
        raise Http404
    sitter = access.sitter_or_404(request)
    try:
        post = parse(request, position)
    except InvalidPostError as error:
        return _stored_question(request, uuid, position, now, status=400, notice=str(error))
    result, saved_notes = _write(uuid, sitter, position, post, now)
    if result and result.outcome in (SaveOutcome.ELSEWHERE, SaveOutcome.MISSING):
        _raise_seat_taken(uuid, sitter, position, post, now, result)
    response: HttpResponseBase
    if post.answer and result and not result.ok:
        response = _refused(request, uuid, position, now, post.answer.mask, result)
    elif post.tool_edits.fault:
        response = _stored_question(request, uuid, position, now, status=400, notice=post.tool_edits.fault)
    elif is_htmx(request) and post.target == STAY:  # saved by script: no page is needed
        version = result.stored.version if result and result.stored else post.version
        context = {"version": version, "saved_notes": saved_notes, "now_ms": round(now.timestamp() * 1000)}
        response = render(request, "exams/attempt/_save_status.html", context)
    else:
        response = _go(request, uuid, position, post.target, now)
    if post.tool_edits.preferences and "theme" in post.tool_edits.preferences:
        theme.remember(response, str(post.tool_edits.preferences["theme"]))
    return response


def _write(
    uuid: UUID, sitter: Sitter, position: int, post: RoomPost, now: datetime
) -> tuple[SaveResult | None, list[SavedNote]]:
    """Store what was posted. Return the result of the answer, None without one, and the notes that were stored."""
    result = None
    if post.answer:
        result = answering.save(
            uuid,
            sitter,
            position,
            post.answer,
            now,
            leaving=post.target != STAY,
            flagged=post.flagged,
            struck=post.struck,
        )
        sure = post.confidence if result.ok else None
        if sure and practice.reveal(uuid, sitter, position, post.answer.mask, sure, now):
            repetition.update_cards(sitter.candidate_id)
    return result, tools.save(post.tool_edits, uuid, sitter, now)  # nor do the notes depend on it


def _raise_seat_taken(
    uuid: UUID, sitter: Sitter, position: int, post: RoomPost, now: datetime, result: SaveResult
) -> None:
    """Raise SeatTakenError if another browser writes, after storing the last request of the one before it."""

    def write(seated: Sitter) -> bool:
        written, _notes = _write(uuid, seated, position, post, now)
        return written is not None and written.ok

    is_current = seats.take_last_request(uuid, sitter, position, now, write)
    if is_current is not None or result.outcome == SaveOutcome.ELSEWHERE:
        raise access.SeatTakenError(uuid, is_current)


def _refused(
    request: HttpRequest, uuid: UUID, position: int, now: datetime, mask: int, result: SaveResult
) -> HttpResponseBase:
    """Show the stored state with the reason why an answer was not saved."""
    if result.outcome == SaveOutcome.MISSING:
        raise access.attempt_not_found(request)
    if result.outcome in (SaveOutcome.CLOSED, SaveOutcome.LATE):
        return _closed(request, uuid, now)
    if result.outcome == SaveOutcome.REFUSED:
        return _stored_question(request, uuid, position, now, status=400, notice=_refusal(mask, result), unsaved=mask)
    if result.outcome == SaveOutcome.REVEALED:
        notice = _("You have checked this question in another window. The answer from there counts.")
        return _stored_question(request, uuid, position, now, status=409, notice=notice)
    notice = _("This question was answered in another window.")
    return _stored_question(request, uuid, position, now, status=409, notice=notice, refused=mask)


def _refusal(mask: int, result: SaveResult) -> str:
    choose = result.stored.choose if result.stored else 1
    if mask.bit_count() > choose:
        return ngettext(
            "Choose %(count)d option. You selected %(ticked)d.",
            "Choose %(count)d options. You selected %(ticked)d.",
            choose,
        ) % {"count": choose, "ticked": mask.bit_count()}
    return _("One of the options does not belong to this question. Nothing was changed.")


def _stored_question(
    request: HttpRequest,
    uuid: UUID,
    position: int,
    now: datetime,
    *,
    status: int,
    notice: str,
    refused: int | None = None,
    unsaved: int | None = None,
) -> HttpResponseBase:
    """Show the question as stored, or with the `unsaved` ticks, and the reason why the POST was refused."""
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return _closed(request, uuid, now)
    return room.question_page(
        request, attempt, position, now, status=status, notice=notice, refused=refused, unsaved=unsaved
    )


def _closed(request: HttpRequest, uuid: UUID, now: datetime) -> HttpResponse:
    """Return 409: the exam is over and nothing was stored. The page links to the result."""
    attempt = access.own_attempt(request, uuid, now)
    unsent = whole_number(request.POST.get("unsent", ""), None, MAX_POSITION)  # the answers kept in the browser
    context = {"attempt": attempt, "late": unsent}
    response = render(request, "exams/attempt/answer_closed.html", context, status=409)
    if is_htmx(request):
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


def _go(request: HttpRequest, uuid: UUID, position: int, target: str | int | None, now: datetime) -> HttpResponseBase:
    show = chosen_filter(request)
    next_position = _next_position(uuid, position, target, show)
    attempt = access.own_attempt(request, uuid, now)
    total = attempt.form.n_scored + attempt.form.n_unscored
    if attempt.status != Attempt.Status.OPEN:
        return _closed(request, uuid, now)
    if position > total:
        raise Http404
    is_all_shown = target is None and attempt.mode == Mode.PRACTICE and practice.shows_all_solutions(attempt)
    if is_all_shown or (now >= attempt.deadline and target is None):
        ending.finish(attempt, now)
        return see_other(request, "attempt", uuid)
    leaves_questions = target in (None, SUMMARY, REPORT) or (target == NEXT and next_position > total)
    if leaves_questions and position != attempt.position:
        # The question to return to, also if it was opened by its URL, which writes nothing.
        answering.set_position(uuid, access.sitter_or_404(request), position, now)
    if now >= attempt.deadline or target is None:
        return see_other(request, "finish", uuid)
    if target == REPORT:
        return see_other(request, "question_report", uuid, position)
    if leaves_questions:
        return see_other(request, address("summary", attempt, show=show))
    if not 1 <= next_position <= total:
        notice = _("This exam has no question with that number.")
        return _stored_question(request, uuid, position, now, status=400, notice=notice)
    if next_position != attempt.position:
        answering.set_position(uuid, access.sitter_or_404(request), next_position, now)
    checking = target == CHECK
    if is_htmx(request):
        shown_at = _shown_at(request, now)
        if shown_at and (rest := room.rest_of_page(request, attempt, next_position, shown_at, now)):
            return rest
        return room.question_page(request, attempt, next_position, now, checking=checking)
    return see_other(request, address("question", attempt, next_position, show=show, checking=checking))


def _shown_at(request: HttpRequest, now: datetime) -> datetime | None:
    """Return what the clock of the server showed for a page that shows the next question already, else None."""
    milliseconds = whole_number(request.POST.get("shown", ""), None, round(now.timestamp() * 1000))
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _next_position(uuid: UUID, position: int, target: str | int | None, show: str) -> int:
    """Return the question that a button leads to, beyond the last one for the summary."""
    if isinstance(target, int):
        return target
    if target not in (NEXT, PREVIOUS):
        return position
    if show == ALL:
        return position + 1 if target == NEXT else max(1, position - 1)
    sheet = AnswerSheet(disclosure.cells(Response.objects.filter(attempt__uuid=uuid).order_by("position")), show)
    return sheet.previous_position(position) if target == PREVIOUS else sheet.next_position(position) or MAX_POSITION
