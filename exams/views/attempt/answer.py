"""The room without JavaScript: a form whose buttons save the question, then move, flag, clear, or lead to the end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access, disclosure, sessions, theme
from exams.browser_choices import reader_zone
from exams.models import Attempt, Mode, Response
from exams.services.attempt import answering
from exams.services.attempt.answering import PostedAnswer, ResponseChange, SaveOutcome
from exams.services.attempt.sync import Event, EventResult
from exams.services.practice import checks, practice
from exams.views.attempt import refusals, room, tools
from exams.views.attempt.events import MAX_INTEGER, MAX_MASK, MAX_POSITION
from exams.views.attempt.practice_room import practice_question
from exams.views.attempt.room import Notice
from exams.views.attempt.sheet import ALL, AnswerSheet, address, chosen_filter
from exams.views.pages import form_page, see_other
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number

STAY, NEXT, PREVIOUS, SUMMARY, REPORT, CHECK = "stay", "next", "previous", "summary", "report", "check"
NOT_ASKED = "not-asked"


class InvalidPostError(ValueError):
    """The posted fields are not those of a room form. The message is for the candidate."""


@dataclass(frozen=True, slots=True)
class RoomPost:
    """One click: the change of the response first, then those of notes and preferences; and where the button leads.

    A target of None is the finish page. `fault` says what of the notes could not be read and is left out.
    """

    events: tuple[Event, ...]
    mask: int
    target: str | int | None
    fault: str


@form_page
def question(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    """Show one question on GET, save it on POST."""
    now = timezone.now()
    if not 1 <= position <= MAX_POSITION:
        raise Http404
    if request.method == "POST":
        return answer(request, uuid, position, now)
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    sessions.record_reading(request, attempt, now)
    return _show(request, attempt, position, now)


def _show(
    request: HttpRequest, attempt: Attempt, position: int, now: datetime, notice: Notice | None = None
) -> HttpResponseBase:
    show = practice_question if attempt.mode == Mode.PRACTICE else room.exam_question
    return show(request, attempt, position, now, notice)


def answer(request: HttpRequest, uuid: UUID, position: int, now: datetime) -> HttpResponseBase:
    """Save, then go to the target of the button. A refusal shows the stored state with the reason."""
    sitter = access.sitter_or_404(request)
    try:
        post = parse(request, position, now)
    except InvalidPostError as error:
        return _refused(request, uuid, position, now, Notice(str(error), 400))
    stored = checks.store(uuid, sitter, post.events, now, zone=reader_zone(request.COOKIES))
    request.save_outcomes = [result.outcome.value for result in stored.results]  # type: ignore[attr-defined]  # counted
    if stored.outcome in (SaveOutcome.ELSEWHERE, SaveOutcome.MISSING):
        is_current = checks.store_last_request(uuid, sitter, post.events, now, sessions.short_address(request))
        if is_current is None and stored.outcome == SaveOutcome.MISSING:
            raise access.attempt_not_found(request)
        raise access.SeatTakenError(uuid, is_current)
    sessions.record_presence(request)  # also where another field of the form is refused
    if not stored.results[0].ok:
        response = _refused(request, uuid, position, now, _notice(post.mask, stored.results[0]))
    elif post.fault:
        response = _refused(request, uuid, position, now, Notice(post.fault, 400))
    else:
        assert stored.deadline
        response = _go(request, uuid, position, post.target, now, is_late=now >= stored.deadline)
    if "tools" in request.POST:
        theme.remember(response, request.POST.get("theme", ""))
    return response


def parse(request: HttpRequest, position: int, now: datetime) -> RoomPost:
    """Read the POST. Raise InvalidPostError for impossible options, repeated options and malformed fields."""
    post = request.POST
    unknown = _("One of the options does not belong to this question. Nothing was changed.")
    malformed = _("The form was incomplete. Nothing was changed. Reload the page.")
    bits = [_number(bit, MAX_BIT, unknown) for bit in post.getlist("option")]
    if len(bits) != len(set(bits)):
        raise InvalidPostError(_("An option was selected twice. Nothing was changed."))
    version = _number(post.get("version", ""), MAX_INTEGER, malformed)
    seconds = _number(post.get("seconds") or "0", MAX_INTEGER, malformed)
    mask = 0 if "clear" in post else sum(1 << bit for bit in bits)
    if "use" in post:  # an answer that was refused because another window had saved one
        mask = _number(post["use"], MAX_MASK, unknown)
    flag = post.get("flag")
    sure = _sure(post["sure"], malformed) if "sure" in post else None
    star = post.get("star")
    if flag not in (None, "on", "off") or star not in (None, "on", "off"):
        raise InvalidPostError(malformed)
    has_answer = "unchanged" not in post  # else the page showed the solution instead of the options
    change = ResponseChange(
        position,
        now,
        PostedAnswer(mask, version, seconds) if has_answer else None,
        flagged=None if flag is None else flag == "on",
        struck=_number(post["strike"], MAX_MASK, unknown) if "strike" in post else None,
        entered=not has_answer,
    )
    target = STAY if sure is not None else _target(request, malformed)
    leaves = isinstance(target, int) or target in (NEXT, PREVIOUS)
    edits, fault = tools.parse(post, position)
    event = Event(change, visits=not leaves, sure=sure, star=None if star is None else star == "on")
    return RoomPost((event, *edits), mask, target, fault)


def _sure(value: str, malformed: str) -> int:
    """Return how sure the candidate is, 0 if the settings say not to ask."""
    sure = 0 if value == NOT_ASKED else _number(value, Response.Confidence.SURE, malformed)
    if not sure and value != NOT_ASKED:
        raise InvalidPostError(malformed)
    return sure


def _number(value: str, maximum: int, message: str) -> int:
    number = whole_number(value, None, maximum)
    if number is None:
        raise InvalidPostError(message)
    return number


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


def _notice(mask: int, result: EventResult) -> Notice:
    """Return why an answer was not saved. Raise Http404 if there is no such question."""
    if result.outcome == SaveOutcome.REFUSED and result.answer is None:
        raise Http404
    text = refusals.sentence(result, mask.bit_count())
    if result.outcome == SaveOutcome.REFUSED:
        return Notice(text, 400, unsaved=mask)
    return Notice(text, 409, refused=mask if result.outcome == SaveOutcome.OUTDATED else None)


def _refused(request: HttpRequest, uuid: UUID, position: int, now: datetime, notice: Notice) -> HttpResponseBase:
    """Show the question as stored with the reason why the POST was refused, or that the exam is over."""
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return render(request, "exams/attempt/answer_closed.html", {"attempt": attempt}, status=409)
    return _show(request, attempt, position, now, notice)


def _go(
    request: HttpRequest, uuid: UUID, position: int, target: str | int | None, now: datetime, *, is_late: bool
) -> HttpResponseBase:
    """Lead to the target of a button; in the grace period to the end."""
    show = chosen_filter(request)
    if target is None:
        return _finish(request, uuid, now, is_late=is_late)
    if is_late:
        return see_other("finish", uuid)
    if target == REPORT:
        return see_other("question_report", uuid, position)
    if target in (STAY, CHECK):
        return see_other(address("question", uuid, position, show=show, checking=target == CHECK))
    if target == SUMMARY:
        return see_other(address("summary", uuid, show=show))
    sitter, following = access.sitter_or_404(request), _following(uuid, position, target, show)
    if answering.set_position(uuid, sitter, following, now):
        return see_other(address("question", uuid, following, show=show))
    if isinstance(target, int):
        notice = Notice(_("There is no question with that number."), 400)
        return _refused(request, uuid, position, now, notice)
    answering.set_position(uuid, sitter, position, now)  # the question to return to
    return see_other(address("summary", uuid, show=show))


def _finish(request: HttpRequest, uuid: UUID, now: datetime, *, is_late: bool) -> HttpResponseBase:
    """Ask before the end, unless nothing can change any more."""
    attempt = access.own_attempt(request, uuid, now, may_stand=True)
    if is_late or (attempt.mode == Mode.PRACTICE and practice.shows_all_solutions(attempt)):
        practice.finish(attempt, now, zone=reader_zone(request.COOKIES))
        return see_other("attempt", uuid)
    return see_other("finish", uuid)


def _following(uuid: UUID, position: int, target: str | int, show: str) -> int:
    """Return the question that a button leads to, one that does not exist after the last one."""
    if isinstance(target, int):
        return target
    if show == ALL:
        return position + 1 if target == NEXT else max(1, position - 1)
    sheet = AnswerSheet(disclosure.cells(Response.objects.filter(attempt__uuid=uuid).order_by("position")), show)
    return sheet.previous_position(position) if target == PREVIOUS else sheet.next_position(position) or MAX_POSITION
