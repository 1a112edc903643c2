"""What the buttons of the room do: each POST saves what is ticked, then moves, flags, clears or leads to the end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exams import access
from exams.models import Attempt
from exams.services.attempt import answering, attempts
from exams.services.attempt.answering import Outcome, Saved, Ticks
from exams.views.attempt import room, tools
from exams.views.attempt.room import is_htmx
from exams.views.attempt.tools import Tools

MAX_BIT = 30
MAX_SECONDS = 2**31 - 1
STAY, NEXT, PREVIOUS, SUMMARY, REPORT = "stay", "next", "previous", "summary", "report"


class SeeOther(HttpResponseRedirect):
    """After a POST: the browser gets the next page with GET, and a reload posts nothing again."""

    status_code = 303


class BadPost(ValueError):
    """The posted fields are not those of a room form; the message is for the candidate."""


@dataclass(frozen=True, slots=True)
class Act:
    """One click: what is ticked, what else changes in the row, and where to go (None: to the finish page)."""

    ticks: Ticks
    flagged: bool | None
    struck: int | None  # all bits that are struck out after this click
    goal: str | int | None
    tools: Tools


def _number(value: str, limit: int, message: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= limit):
        raise BadPost(message)
    return int(value)


def parse(request: HttpRequest, position: int) -> Act:
    """The act in this POST. Raises BadPost for options that cannot exist, repeated options and broken fields."""
    post = request.POST
    unknown = _("One of the options sent does not belong to this question. Nothing was changed.")
    bits = [_number(bit, MAX_BIT, unknown) for bit in post.getlist("option")]
    if len(bits) != len(set(bits)):
        raise BadPost(_("An option was sent twice. Nothing was changed."))
    broken = _("The form was incomplete. Nothing was changed. Load the page again.")
    version = _number(post.get("version", ""), MAX_SECONDS, broken)
    seconds = _number(post.get("seconds") or "0", MAX_SECONDS, broken)
    mask = 0 if "clear" in post else sum(1 << bit for bit in bits)
    flag = post.get("flag")
    if flag not in (None, "on", "off"):
        raise BadPost(broken)
    return Act(
        ticks=Ticks(mask, version, seconds),
        flagged=None if flag is None else flag == "on",
        struck=_number(post["strike"], 2 ** (MAX_BIT + 1) - 1, unknown) if "strike" in post else None,
        goal=_goal(request, broken),
        tools=_tools(request, position),
    )


def _tools(request: HttpRequest, position: int) -> Tools:
    try:
        return tools.parse(request.POST, position)
    except ValueError as error:
        raise BadPost(str(error)) from error


def _goal(request: HttpRequest, broken: str) -> str | int | None:
    post = request.POST
    if "finish" in post:
        return None
    if "go" in post:
        return _number(post["go"], 10_000, broken)
    goal = post.get("move", STAY)
    if goal not in (STAY, NEXT, PREVIOUS, SUMMARY, REPORT):
        raise BadPost(broken)
    return goal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    """One address for one question: GET shows it, POST acts on it."""
    now = timezone.now()
    if request.method == "POST":
        return act(request, uuid, position, now)
    attempt = access.own_attempt(request, uuid, now, notes_on=position)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    return room.paper(request, attempt, position, now)


def act(request: HttpRequest, uuid: UUID, position: int, now: datetime) -> HttpResponseBase:
    """Saves, then goes where the button leads. Everything that is refused is said, with the state that is stored."""
    sitter = access.sitter_or_404(request)
    try:
        wanted = parse(request, position)
    except BadPost as error:
        return _stored(request, uuid, position, now, status=400, note=str(error))
    saved = answering.save(
        uuid,
        sitter,
        position,
        wanted.ticks,
        now,
        leaving=wanted.goal != STAY,
        flagged=wanted.flagged,
        struck=wanted.struck,
    )
    if saved.outcome == Outcome.MISSING:
        raise access.missing(request)
    if saved.outcome == Outcome.CLOSED:
        return _closed(request, uuid, now)
    if saved.outcome == Outcome.REFUSED:
        return _stored(request, uuid, position, now, status=400, note=_refusal(wanted, saved))
    if saved.outcome == Outcome.OUTDATED:
        note = _("Your answer was changed in another window. This page now shows the newer one.")
        return _stored(request, uuid, position, now, status=409, note=note)
    written = tools.apply(wanted.tools, uuid, sitter, now)
    if _is_script_save(request, wanted):
        version = saved.version
        if version is None:
            version = answering.version_of(uuid, sitter, position)
        return render(
            request,
            "exams/attempt/_saved.html",
            {"version": version, "written": written, "now_ms": round(now.timestamp() * 1000)},
        )
    return _go(request, uuid, position, wanted.goal, now)


def _is_script_save(request: HttpRequest, wanted: Act) -> bool:
    """A save by script alone: no page is wanted, only word that it is stored."""
    return is_htmx(request) and wanted.goal == STAY


def _refusal(wanted: Act, saved: Saved) -> str:
    choose = saved.choose or 1
    if wanted.ticks.mask.bit_count() > choose:
        return ngettext(
            "This question takes %(count)d answer. Untick one to choose another.",
            "This question takes %(count)d answers. Untick one to choose another.",
            choose,
        ) % {"count": choose}
    return _("One of the options sent does not belong to this question. Nothing was changed.")


def _stored(
    request: HttpRequest, uuid: UUID, position: int, now: datetime, *, status: int, note: str
) -> HttpResponseBase:
    """The question as it is stored, with a sentence that says why the post did not go through."""
    attempt = access.own_attempt(request, uuid, now, notes_on=position)
    if attempt.status != Attempt.Status.OPEN:
        return _closed(request, uuid, now)
    return room.paper(request, attempt, position, now, status=status, note=note)


def _closed(request: HttpRequest, uuid: UUID, now: datetime) -> HttpResponse:
    """409: the exam is over and nothing was stored; the page says so and leads to the result."""
    attempt = access.own_attempt(request, uuid, now)
    response = render(request, "exams/attempt/closed.html", {"attempt": attempt}, status=409)
    if is_htmx(request):
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


def _go(request: HttpRequest, uuid: UUID, position: int, goal: str | int | None, now: datetime) -> HttpResponseBase:
    target = {NEXT: position + 1, PREVIOUS: max(1, position - 1)}.get(str(goal), position)
    target = goal if isinstance(goal, int) else target
    attempt = access.own_attempt(request, uuid, now, notes_on=target if is_htmx(request) else None)
    total = attempt.form.n_scored + attempt.form.n_unscored
    if attempt.status != Attempt.Status.OPEN:
        return _closed(request, uuid, now)
    if now >= attempt.deadline and goal is None:
        attempts.finish(attempt, now)
        return elsewhere(request, reverse("attempt", args=[uuid]))
    if now >= attempt.deadline or goal is None:
        return elsewhere(request, reverse("finish", args=[uuid]))
    if goal == REPORT:
        return elsewhere(request, reverse("question_report", args=[uuid, position]))
    if goal == SUMMARY or (goal == NEXT and target > total):
        return elsewhere(request, reverse("summary", args=[uuid]))
    if not 1 <= target <= total:
        return _stored(request, uuid, position, now, status=400, note=_("This exam has no question with that number."))
    if target != attempt.position:
        answering.go_to(uuid, access.sitter_or_404(request), target, now)
    if is_htmx(request):
        return room.paper(request, attempt, target, now)
    return elsewhere(request, reverse("question", args=[uuid, target]))


def elsewhere(request: HttpRequest, address: str) -> HttpResponse:
    """To another page: a redirect, which htmx has to be told of in a header."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return SeeOther(address)
