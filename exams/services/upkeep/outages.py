"""Note when the installation was last alive, record outages, and give minutes back: the only writer of Outage."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exams import lost_time
from exams.lost_time import Span
from exams.models import Allowance, Attempt, Heartbeat, Outage, Response, Sitting
from exams.models.heartbeat import SITE
from exams.services.attempt import extra_time
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

ASK, GIVE_BACK, CLOSE = "ask", "give-back", "close"
Cause, Decision = Outage.Cause, Outage.Decision


@dataclass(frozen=True, slots=True)
class Loss:
    """A running exam, and the minutes that it gets if those of the outage are given back now."""

    attempt: Attempt
    minutes: int
    is_held: bool


def beat(now: datetime, policy: str, *, leaped: bool = False) -> list[Outage]:
    """Say that a process reaches the database, and record the outage that this ends. Return what was recorded.

    The row is locked, so that of all processes that come back one records it. `leaped`: the clock was set forward by
    more than a minute since this process last read it.
    """
    with transaction.atomic():
        Heartbeat.objects.get_or_create(name=SITE, defaults={"beat_at": now})
        row = Heartbeat.objects.select_for_update().get(name=SITE)
        recorded = list(_record(row.beat_at, now, leaped=leaped))
        Heartbeat.objects.filter(pk=row.pk).update(beat_at=now)
    if now < row.beat_at - lost_time.MIN_OUTAGE:
        _forget_leaps(now)
    for outage in recorded:
        log.warning("%s: %s, until %s", outage, outage.get_cause_display(), outage.ended_at)
        if policy == CLOSE and outage.cause == Cause.SILENCE:
            close(outage, None, now)
        elif policy == GIVE_BACK:
            give_back(outage, None, "", now)
    return recorded


def _record(last: datetime, now: datetime, *, leaped: bool) -> Iterator[Outage]:
    """Yield new rows for the silences since the last heartbeat. A saved answer is a sign of life, too."""
    if now - last <= lost_time.MIN_OUTAGE:
        return
    saved = Response.objects.filter(attempt__status=Attempt.Status.OPEN, saved_at__gt=last, saved_at__lte=now)
    signs = [sign for sign in saved.values_list("saved_at", flat=True).distinct() if sign]
    for span in lost_time.silences([last, *signs], now):
        cause = Cause.CLOCK if leaped else Cause.SILENCE
        yield Outage.objects.create(began_at=span.began, ended_at=span.ended, cause=cause)


def _forget_leaps(now: datetime) -> None:
    """Take back what a clock in the future said: it has been set right."""
    rows = Outage.objects.filter(cause=Cause.CLOCK, decision=Decision.NONE, ended_at__gt=now)
    for outage in rows:
        _decide(outage, Decision.VOID, None, now)


def losses(outage: Outage, now: datetime) -> list[Loss]:
    """Return the exams that still run or are held, lost time in this outage, and have not got it back: two queries."""
    rows = Attempt.objects.unfinished(now).filter(mode="exam", synthetic=False)
    rows = rows.filter(started_at__lt=outage.ended_at, deadline__gt=outage.began_at)
    rows = rows.exclude(allowances__outage=outage).select_related("candidate__user", "sitting", "form__blueprint")
    span = Span(outage.began_at, outage.ended_at)
    found = []
    for attempt in rows.order_by("sitting", "deadline", "pk"):
        minutes = lost_time.minutes_to_give_back(span, attempt.started_at, attempt.deadline, attempt.paused_at or now)
        if minutes:
            found.append(Loss(attempt, minutes, is_held=attempt.deadline <= outage.ended_at))
    return found


def give_back(
    outage: Outage,
    by: Any,
    reason: str,
    now: datetime,
    *,
    sitting: Sitting | None = None,
    chosen: Iterable[int] | None = None,
) -> int:
    """Give the lost minutes back to all exams, to those of one class, or to the chosen ones. Return to how many.

    Each exam gets them once. Given to all, the outage is decided. Raise RefusedError if no exam has minutes to get.
    """
    keys = None if chosen is None else set(chosen)
    to_all = sitting is None and keys is None
    given = 0
    for loss in losses(outage, now):
        attempt = loss.attempt
        if (sitting and attempt.sitting_id != sitting.pk) or (keys is not None and attempt.pk not in keys):
            continue
        text = reason or _("Lost in the %(outage)s") % {"outage": outage}
        given += extra_time.give_back(attempt, loss.minutes, text, by, now, outage)
    decided = to_all and _decide(outage, Decision.GIVEN_BACK, by, now)
    if not given and not decided:
        raise RefusedError(_("No running exam has minutes of this outage to get back: they were given, or it is over."))
    log.info("%s: minutes given back to %d exams", outage, given)
    return given


def close(outage: Outage, by: Any, now: datetime) -> None:
    """Let exams whose deadlines are held end at them. Raise RefusedError if something else was decided before."""
    if not _decide(outage, Decision.CLOSED, by, now):
        raise RefusedError(_("This outage has been decided already: %s.") % outage.get_decision_display())


def _decide(outage: Outage, decision: str, by: Any, now: datetime) -> bool:
    rows = Outage.objects.filter(pk=outage.pk, decision=Decision.NONE)
    decided = rows.update(decision=decision, decided_at=now, by=by)
    outage.refresh_from_db(fields=["decision", "decided_at", "by"])
    return bool(decided)


def given_in(outage: Outage) -> int:
    """Return how many exams have got their minutes of this outage."""
    return Allowance.objects.filter(outage=outage).count()
