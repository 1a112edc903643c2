"""The live board of a sitting: where everybody is, and what staff does while a class writes, with a reason."""

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from exams.models import Allowance, Attempt, AttemptEvent, Participant, Sitting
from exams.models.response import complete
from exams.services.attempt import ending, extra_time
from exams.services.attempt.attempt_log import record
from exams.services.classes import joining, participants, sittings
from exams.services.classes.joining import Obstacle
from exams.services.classes.sittings import TermsError, Window
from questions.models import User
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

NOTICE_MINUTES = 5  # at least, between a move of the window and its new times
MAX_LOGGED = 20
SAME_ACT = timedelta(seconds=2)  # between the event of an attempt and the entry of the admin
MANY = 10  # people who join from one network within a minute, so that the board says it


class Stage(StrEnum):
    """Where a participant is, by the newest attempt."""

    NOT_STARTED = "waiting"
    WRITING = "writing"
    HANDED_IN = "finished"
    REMOVED = "removed"  # by staff, wherever she was


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that writes an attempt from this time on. `address` is the network, "" where it is not known.

    `kind` is that of the event. 'other_network': by its session it is the browser before, in another place or copied.
    """

    since: datetime
    address: str
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """One person of the board. `attempt` has `n_answered`, `last_answer_at` and `extra_minutes`.

    A question counts as answered as in the room: with as many options as it takes.
    """

    participant: Participant
    stage: Stage
    attempt: Any
    extra_minutes: int = 0  # on the clock of the attempt, or of the first one: of this exam, and granted by staff
    browsers: tuple[Browser, ...] = ()  # that wrote the attempt, if there was more than one, or more than one network


def people(sitting: Sitting, stage: str = "") -> QuerySet[Any]:
    """Return the participants with the key of their newest attempt and their stage.

    `stage` limits them to one stage. Without it, these are all who were not removed.
    """
    own = Attempt.objects.filter(sitting=sitting, candidate=OuterRef("candidate")).order_by("-number")
    everybody = Participant.objects.filter(sitting=sitting)
    present = everybody.removed() if stage == Stage.REMOVED else everybody.present()
    rows: QuerySet[Any] = present.annotate(
        newest=Subquery(own.values("pk")[:1]), status=Subquery(own.values("status")[:1])
    )
    condition = {
        Stage.NOT_STARTED: Q(newest=None),
        Stage.WRITING: Q(status=Attempt.Status.OPEN),
        Stage.HANDED_IN: Q(newest__isnull=False) & ~Q(status=Attempt.Status.OPEN),
    }
    rows = rows.filter(condition.get(Stage(stage), Q())) if stage in list(Stage) else rows
    return rows.select_related("candidate__user")


def joins(sitting: Sitting) -> QuerySet[Any, Any]:
    """Return the keys of those who have joined, with the time."""
    rows = Participant.objects.present().filter(sitting=sitting, joined_at__isnull=False)
    return rows.order_by().values_list("pk", "joined_at")


def joined_at_once(joins: Iterable[tuple[str, datetime, int]]) -> list[list[int]]:
    """Return the people of each network from which MANY or more joined within a minute, for network, time and key."""
    by_network = defaultdict(list)
    for network, at, person in sorted(joins):
        by_network[network].append((at, person))
    groups = []
    for people in by_network.values():
        windows = zip(people, people[MANY - 1 :], strict=False)
        firsts = [n for n, (first, last) in enumerate(windows) if last[0] - first[0] <= timedelta(minutes=1)]
        found = {n for first in firsts for n in range(first, first + MANY)}
        groups.append([people[n][1] for n in sorted(found)])
    return [group for group in groups if group]


def counts(sitting: Sitting) -> dict[Stage, int]:
    """Return how many people are in each stage: two queries."""
    totals = dict.fromkeys(Stage, 0)
    totals[Stage.REMOVED] = Participant.objects.removed().filter(sitting=sitting).count()
    for status, n in people(sitting).values_list("status").annotate(n=Count("pk")):
        totals[_stage(status)] += n
    return totals


def places(sitting: Sitting, rows: Sequence[Any]) -> list[Place]:
    """Return where these people are, for rows of `people`: two queries, and one for their browsers."""
    keys = [row.newest for row in rows if row.newest]
    granted = Allowance.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    read = Attempt.objects.annotate(
        n_answered=Count("responses", filter=complete("responses__")),
        last_answer_at=Max("responses__saved_at"),
        extra_minutes=Coalesce(Subquery(granted.annotate(sum=Sum("minutes")).values("sum")), 0),
    ).in_bulk(keys)
    browsers = _browsers(keys)
    return [
        Place(
            row,
            Stage.REMOVED if row.removed_at else _stage(row.status),
            read.get(row.newest),
            _extra_minutes(sitting, row, read.get(row.newest)),
            tuple(browsers[row.newest]),
        )
        for row in rows
    ]


def _extra_minutes(sitting: Sitting, person: Participant, attempt: Any) -> int:
    """Return the minutes that staff gave. Those set after the start of an attempt are not on its clock."""
    if attempt is None:
        return person.extra_minutes
    granted: int = attempt.extra_minutes
    end = sitting.end_of(attempt.started_at) + timedelta(minutes=granted + person.extra_minutes)
    return granted + (person.extra_minutes if attempt.deadline >= end else 0)


def _browsers(keys: Iterable[int]) -> defaultdict[int | None, list[Browser]]:
    """Return the browsers of each attempt that was continued in another one, or in another network, in order."""
    kinds = ("started", "taken_over", "other_network")
    rows = AttemptEvent.objects.filter(attempt__in=keys, kind__in=kinds).exclude(attempt__seat="")
    browsers: defaultdict[int | None, list[Browser]] = defaultdict(list)
    for key, at, kind, data in rows.values_list("attempt", "at", "kind", "data"):
        browsers[key].append(Browser(at, data.get("address", ""), kind))
    return defaultdict(list, {key: found for key, found in browsers.items() if len(found) > 1})


def _stage(status: str | None) -> Stage:
    if status is None:
        return Stage.NOT_STARTED
    return Stage.WRITING if status == Attempt.Status.OPEN else Stage.HANDED_IN


def running(sitting: Sitting, chosen: Iterable[int] | None, now: datetime) -> QuerySet[Attempt]:
    """Return the running exams of these participants; None: of all."""
    rows = Attempt.objects.unfinished(now).filter(sitting=sitting)
    if chosen is None:
        return rows
    return rows.filter(candidate__in=Participant.objects.filter(sitting=sitting, pk__in=chosen).values("candidate"))


def minutes_left(sitting: Sitting, now: datetime) -> dict[int, int]:
    """Return by candidate the begun minutes that a running exam has left; a pause takes none."""
    rows = running(sitting, None, now).values_list("candidate", "deadline", "paused_at")
    minute = timedelta(minutes=1)
    return {person: max(0, math.ceil((deadline - (paused_at or now)) / minute)) for person, deadline, paused_at in rows}


def log_of(sitting: Sitting) -> list[tuple[AttemptEvent, str]]:
    """Return the newest acts of staff on single exams, each with the name of the person."""
    events = AttemptEvent.objects.filter(attempt__sitting=sitting, by__isnull=False).exclude(kind="rescheduled")
    names = Participant.objects.filter(sitting=sitting, candidate=OuterRef("attempt__candidate")).values("name")
    rows = events.annotate(name=Subquery(names[:1])).select_related("by").order_by("-at", "-pk")
    return [(event, event.name or _("Deleted")) for event in rows[:MAX_LOGGED]]


def entries_of(sitting: Sitting, events: Iterable[tuple[AttemptEvent, str]]) -> list[LogEntry]:
    """Return the newest entries of the admin about single people, which end with the quoted name.

    What these `events` tell of a removal with its reason is left out.
    """
    kind = ContentType.objects.get_for_model(Sitting)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(sitting.pk), change_message__endswith="'.")
    told = [(f"'{name}'.", event.at) for event, name in events if event.kind in ("removed", "let_in")]
    return [
        entry
        for entry in entries.select_related("user").order_by("-action_time", "-pk")[:MAX_LOGGED]
        if not any(entry.change_message.endswith(name) and abs(entry.action_time - at) < SAME_ACT for name, at in told)
    ]


def end_all(rows: Iterable[Attempt], reason: str, by: User, now: datetime) -> int:
    """End these exams: they are scored with the answers saved so far. Return how many this call has ended."""
    return sum(ending.end(attempt, reason, by, now) for attempt in rows)


def allow_another_attempt(participant: Participant, reason: str, by: User, now: datetime) -> None:
    """Give one more attempt to somebody who has none left. Raise RefusedError.

    Who has erased herself after using her place can join once more.
    """
    with transaction.atomic():
        sitting = sittings.locked(participant.sitting)
        person = Participant.objects.select_for_update(of=("self",)).get(pk=participant.pk)
        if not person.name:
            if not participants.free_used_place(person):
                raise RefusedError(_("This person has deleted her data."))
            record(_attempts_of(person)[0], "another_attempt", now, by=by, reason=reason)
            return
        before = joining.standing(sitting, person, now)
        if before.running:
            raise RefusedError(_("%(name)s is still writing.") % {"name": person})
        if before.attempts_left:
            raise RefusedError(_("%(name)s has an attempt left.") % {"name": person})
        participants.allow_another_attempt(person)
        if obstacle := joining.standing(sitting, person, now).obstacle:
            raise RefusedError(_cannot_start(obstacle))
        record(before.finished[-1], "another_attempt", now, by=by, reason=reason)
    log.info("another attempt allowed to participant %s", participant.uuid)


def remove(participant: Participant, reason: str, by: User, now: datetime) -> None:
    """Take somebody out of the exam: she writes nothing more, and leaves her place and her name to others.

    Her attempts stay, but count in no result of the class. Raise RefusedError.
    """
    with transaction.atomic():
        # The update waits for a start of this person, and then sees its attempt.
        if not participants.remove(participant, reason, now):
            raise RefusedError(_("%(name)s has been removed already.") % {"name": participant})
        own = _attempts_of(participant)
        end_all([attempt for attempt in own if not ending.close_if_overdue(attempt, now)], reason, by, now)
        for attempt in own[:1]:
            record(attempt, "removed", now, by=by, reason=reason)
    log.info("participant %s removed from sitting %s", participant.uuid, participant.sitting_id)


def let_in(participant: Participant, reason: str, by: User, now: datetime) -> None:
    """Undo a removal; an attempt that it has ended stays so. Raise RefusedError."""
    with transaction.atomic():
        if not participants.let_in(participant):
            text = _("Somebody else is here as %(name)s by now. Remove that person first.")
            raise RefusedError(text % {"name": participant})
        for attempt in _attempts_of(participant)[:1]:
            record(attempt, "let_in", now, by=by, reason=reason)
    log.info("participant %s let in again to sitting %s", participant.uuid, participant.sitting_id)


def _attempts_of(participant: Participant) -> list[Attempt]:
    """Return the attempts of somebody who may not have joined, the newest first."""
    if participant.candidate_id is None:
        return []
    rows = Attempt.objects.filter(sitting=participant.sitting_id, candidate=participant.candidate_id)
    return list(rows.order_by("-number"))


def _cannot_start(obstacle: Obstacle) -> str:
    return f"{joining.refusal(obstacle)} {_('Move the window first, then allow another attempt.')}"


def move_window(sitting: Sitting, window: Window, by: User, now: datetime) -> int:
    """Move the window of a sitting and the deadlines of those who write. Return how many deadlines were moved.

    Times that change must be NOTICE_MINUTES ahead. Raise RefusedError, or TermsError with the field.
    """
    with transaction.atomic():
        before, row = sittings.locked(sitting), sittings.locked(sitting)
        if row.released_at or Attempt.objects.filter(sitting=row).disclosed(now).exists():
            raise RefusedError(_("The answers are open, so nobody can start any more. Create another exam instead."))
        faults = dict(_window_faults(row, window, now))
        if faults:
            raise TermsError(faults)
        sittings.move_window(row, window)
        moved = extra_time.follow_window(before, row, by, now)
    sitting.refresh_from_db()
    log.info("window of sitting %s moved, with %d deadlines", sitting.uuid, moved)
    return moved


def _window_faults(row: Sitting, window: Window, now: datetime) -> Iterable[tuple[str, str]]:
    if window.opens_at != row.opens_at and sittings.has_started(row):
        yield "opens_at", _("People have started, so the opening stays.")
    for name in ("last_start_at", "closes_at"):
        at = getattr(window, name)
        if at and at != getattr(row, name) and at < now + timedelta(minutes=NOTICE_MINUTES):
            text = _("Choose a time at least %(n)d minutes from now, so that nobody loses time without notice.")
            yield name, text % {"n": NOTICE_MINUTES}
