"""The live board of a class in the admin: who is where, and the acts of staff, each with a reason for the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams import rate_limits
from exams.admin.attempt.attempts import event_details, event_label
from exams.admin.attempt.extra_time import ExtraTimeForm, ReasonForm, blank_form, continued, grant, paused
from exams.admin.classes.sitting_form import MoveForm, values_of
from exams.admin.classes.sittings import CHANGE, VIEW, own_sitting
from exams.models import Participant, Sitting
from exams.models.sitting import MAX_JOINS, telling_nobody
from exams.services.attempt import pauses
from exams.services.classes import board, participants, sittings
from exams.services.classes.board import Stage
from exams.services.classes.sittings import TermsError
from questions.admin.staff_page import current_user, log, staff_action, staff_form, staff_page
from questions.content.typed_numbers import whole_number
from questions.models import User
from questions.services.errors import RefusedError

PEOPLE_ON_A_PAGE = 100
REFRESH_SECONDS = 10

_STAGES = {
    Stage.NOT_STARTED: gettext_lazy("Not started"),
    Stage.WRITING: gettext_lazy("Writing"),
    Stage.HANDED_IN: gettext_lazy("Handed in"),
    Stage.REMOVED: gettext_lazy("Removed"),
}


type Outcome = Iterator[tuple[int, str]]  # levels and texts of messages


class EndForm(ReasonForm):
    """The reason, and whether nobody else is to join."""

    close_joining = forms.BooleanField(
        required=False,
        label=gettext_lazy("Close the joining as well"),
        help_text=gettext_lazy("Joining stays open otherwise: others can still join and start."),
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What staff does to people in this stage who are chosen on the board; "" are all who were not removed."""

    title: Any
    stage: Stage | Literal[""]
    form: type[ReasonForm]
    do: Callable[[HttpRequest, Sitting, list[int], dict[str, Any]], Outcome]
    note: Any = ""  # what to know before


@staff_page(VIEW, "admin/exams/classes/board.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show a page of people. A script replaces it every few seconds; without one there is a link."""
    sitting = own_sitting(request, pk)
    stage, counts = request.GET.get("stage", ""), board.counts(sitting)
    n_joined = sum(counts.values()) - counts[Stage.REMOVED]
    groups = _joined_at_once(sitting)
    person = whole_number(request.GET.get("joined_with"), 0)
    selected = next((group for group in groups if person in group), [])
    rows = board.people(sitting, stage)
    people = participants.in_order(rows.filter(pk__in=selected) if selected else rows)
    page = Paginator(people, len(selected) or PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "title": _("Board"),
        "sitting": sitting,
        "now": timezone.now(),
        "seconds": REFRESH_SECONDS,
        "page": page,
        "places": board.places(sitting, list(page)),
        "n_questions": sitting.blueprint.exam.questions,
        "stage": stage,
        "stages": [("", _("All"), n_joined), *((key, _STAGES[key], n) for key, n in counts.items())],
        "labels": {key.value: label for key, label in _STAGES.items()},
        "acts": ACTS,
        "log": _log(sitting),
        "may_change": request.user.has_perm(CHANGE),
        "n_joined": n_joined,
        "groups": [(group[0], len(group)) for group in groups],
        "selected": selected,
    }


def _log(sitting: Sitting) -> list[tuple[datetime, User | None, str, str]]:
    """Return time, member of staff, name and text of the newest acts on single people, also from the class page."""
    events = board.log_of(sitting)
    lines = [
        (event.at, event.by, name, ", ".join(filter(None, (event_label(event), event_details(event)))))
        for event, name in events
    ]
    lines += [(entry.action_time, entry.user, "", entry.change_message) for entry in board.entries_of(sitting, events)]
    return sorted(lines, key=lambda line: line[0], reverse=True)[: board.MAX_LOGGED]


def _joined_at_once(sitting: Sitting) -> list[list[int]]:
    """Return the groups of people who joined by the code from one network within a minute, in the last day."""
    joins = {f"participant:{pk}": (at, pk) for pk, at in board.joins(sitting)}
    return board.joined_at_once((network, *joins[name]) for name, network in rate_limits.counted_for(joins).items())


@staff_form(CHANGE, "admin/exams/classes/board_act.html")
def carry_out(request: HttpRequest, pk: int, name: str) -> dict[str, Any] | HttpResponse:
    """Ask for the reason, then do it to the people chosen on the board."""
    sitting, act = own_sitting(request, pk), ACTS[name]
    fields = request.POST if request.method == "POST" else request.GET
    chosen = board.people(sitting, act.stage)
    if fields.get("who") != "all":
        keys = [whole_number(key, 0) for key in fields.getlist("person")[:MAX_JOINS]]
        chosen = chosen.filter(pk__in=keys)
    people = participants.in_order(chosen)
    form = act.form(request.POST) if request.method == "POST" else blank_form(act.form)
    if sitting.joining_closed_at:
        form.fields.pop("close_joining", None)
    if form.is_bound and people and form.is_valid():
        for level, text in act.do(request, sitting, [person.pk for person in people], form.cleaned_data):
            messages.add_message(request, level, text)
        return redirect("admin:exams_sitting_board", pk)
    left = board.minutes_left(sitting, timezone.now()) if act.stage == Stage.WRITING else {}
    listed = [(person, left.get(person.candidate_id or 0)) for person in people]
    return {"title": act.title, "sitting": sitting, "form": form, "people": people, "listed": listed, "act": act}


@staff_action(CHANGE)
def joining(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the joining, open it again, or let networks join again that have used up their joins or wrong codes."""
    sitting = own_sitting(request, pk)
    if request.POST.get("joining") == "again":
        rate_limits.join_again(sitting.pk)
        log(request, sitting, _("Full networks let in again."))
        messages.success(
            request,
            _("Every network can join again. For an hour, wrong codes from a network keep nobody from this exam."),
        )
    elif request.POST.get("joining") == "closed":
        messages.success(request, _close_joining(request, sitting))
    else:
        sittings.open_joining(sitting, timezone.now())
        log(request, sitting, _("Joining opened."))
        messages.success(request, _("People can join again."))
    return redirect("admin:exams_sitting_board", pk)


def _close_joining(request: HttpRequest, sitting: Sitting) -> str:
    sittings.close_joining(sitting, timezone.now())
    log(request, sitting, _("Joining closed."))
    return _("Joining is closed: who has joined goes on, nobody else can join.")


@staff_form(CHANGE, "admin/exams/classes/board_window.html")
def window(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Move the window, with the deadlines of those who write."""
    sitting = own_sitting(request, pk)
    data = request.POST if request.method == "POST" else None
    form = MoveForm(data, sitting=sitting, initial=values_of(sitting))
    if form.is_bound and form.is_valid() and _move(request, sitting, form):
        return redirect("admin:exams_sitting_board", pk)
    now = timezone.now()
    n_writing = board.running(sitting, None, now).count()
    return {
        "title": _("Move the window"),
        "sitting": sitting,
        "form": form,
        "n_writing": n_writing,
        "scores_are_shown": not n_writing and bool(telling_nobody([sitting], now)),
    }


def _move(request: HttpRequest, sitting: Sitting, form: MoveForm) -> bool:
    try:
        n = board.move_window(sitting, form.window(), current_user(request), timezone.now())
    except TermsError as refused:
        form.add_faults(refused)
        return False
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return False
    log(request, sitting, _("Window moved: %(reason)s") % {"reason": form.cleaned_data["reason"]})
    writing = board.running(sitting, None, timezone.now()).count()
    texts = [_("The window was moved.")]
    if writing:
        text = ngettext(
            "Of %(writing)d person writing, %(n)d has another end now.",
            "Of %(writing)d people writing, %(n)d have another end now.",
            writing,
        )
        kept = "" if n == writing else _("The others have all their minutes within the window.")
        texts += [text % {"writing": writing, "n": n}, kept]
    messages.success(request, " ".join(filter(None, texts)))
    return True


def _give_time(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    return grant(request, board.running(sitting, chosen, timezone.now()), values)


def _end(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    now = timezone.now()
    n = board.end_all(board.running(sitting, chosen, now), values["reason"], current_user(request), now)
    text = ngettext("%(n)d exam was ended.", "%(n)d exams were ended.", n)
    yield messages.SUCCESS if n else messages.WARNING, text % {"n": n}
    if values.get("close_joining"):
        yield messages.SUCCESS, _close_joining(request, sitting)


def _pause(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    now = timezone.now()
    n = pauses.pause_all(board.running(sitting, chosen, now), values["reason"], request.user, now)
    yield messages.SUCCESS if n else messages.WARNING, paused(n)


def _go_on(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    now = timezone.now()
    n = pauses.continue_all(board.running(sitting, chosen, now), request.user, now)
    yield messages.SUCCESS if n else messages.WARNING, continued(n)


def _allow_another(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    for person in Participant.objects.filter(sitting=sitting, pk__in=chosen).select_related("sitting"):
        try:
            board.allow_another_attempt(person, values["reason"], current_user(request), timezone.now())
            yield messages.SUCCESS, _("%(name)s has one more attempt.") % {"name": person}
        except RefusedError as refused:
            yield messages.ERROR, str(refused)


def _remove(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    done = _each(request, sitting, chosen, values["reason"], _remove_one, _("Removed from this exam: '%(name)s'."))
    yield from done
    if (
        sitting.roster_id is None
        and not sitting.joining_closed_at
        and any(level == messages.SUCCESS for level, _text in done)
    ):
        yield messages.WARNING, _("Anybody with the code can join again. You can close the joining below.")


def _remove_one(person: Participant, reason: str, by: User, now: datetime) -> None:
    board.remove(person, reason, by, now)
    rate_limits.give_back(f"participant:{person.pk}")  # the network has one join more


def _let_in(request: HttpRequest, sitting: Sitting, chosen: list[int], values: dict[str, Any]) -> Outcome:
    yield from _each(request, sitting, chosen, values["reason"], board.let_in, _("Let in again: '%(name)s'."))


def _each(
    request: HttpRequest, sitting: Sitting, chosen: list[int], reason: str, act: Callable[..., None], entry: str
) -> list[tuple[int, str]]:
    """Do it to each person, with an entry in the log of the sitting. Return the messages."""
    outcome = []
    for person in Participant.objects.filter(sitting=sitting, pk__in=chosen):
        try:
            act(person, reason, current_user(request), timezone.now())
        except RefusedError as refused:
            outcome.append((messages.ERROR, str(refused)))
            continue
        text = entry % {"name": person}
        log(request, sitting, text)
        outcome.append((messages.SUCCESS, text))
    return outcome


ACTS = {
    "time": Act(gettext_lazy("Give extra time"), Stage.WRITING, ExtraTimeForm, _give_time),
    "end": Act(
        gettext_lazy("End the exam"),
        Stage.WRITING,
        EndForm,
        _end,
        gettext_lazy("It is scored with the answers saved so far. This cannot be undone."),
    ),
    "pause": Act(gettext_lazy("Pause"), Stage.WRITING, ReasonForm, _pause),
    "go-on": Act(gettext_lazy("Let paused exams go on"), Stage.WRITING, ReasonForm, _go_on),
    "attempt": Act(gettext_lazy("Allow another attempt"), Stage.HANDED_IN, ReasonForm, _allow_another),
    "remove": Act(gettext_lazy("Remove from this exam"), "", ReasonForm, _remove),
    "let-in": Act(gettext_lazy("Let in again"), Stage.REMOVED, ReasonForm, _let_in),
}
