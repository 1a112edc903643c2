"""Write extra time: standing, chosen before the start, or granted by staff. Move deadlines when a class does."""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F

from exams.models import Allowance, Attempt, AttemptEvent, Candidate, Outage, Sitting
from exams.services.attempt import attempt_log
from questions.models import Blueprint

log = logging.getLogger(__name__)

MAX_GRANT_MINUTES = 24 * 60
ESL_MINUTES = 30  # what test centers grant to candidates whose first language is not English
OFFERED_MINUTES, OFFERED_PERCENTS = 30, (25, 50, 100)


@dataclass(frozen=True, slots=True)
class ExtraTimeChoice:
    """Extra time that candidates can choose. `percent` is 0 for a fixed number of minutes, `code` "" for that set."""

    code: str
    minutes: int
    percent: int = 0
    title: str = ""


class GrantOutcome(Enum):
    GRANTED = "granted"
    ENDED = "ended"  # the attempt is closed or past its grace period: nothing changed
    REPEATED = "repeated"  # this member of staff has granted time since the form was made: sent twice


def extra_time_choices(blueprint: Blueprint, standing: int = 0) -> list[ExtraTimeChoice]:
    """Return the minutes that staff set for the candidate, then what can be chosen beyond them, the shortest first.

    A choice includes the minutes that staff set (`standing`). No two choices have the same minutes. There are none if
    the exam has no self-chosen extra time, or none beyond that set.
    """
    longer = [choice for choice in _offered_choices(blueprint) if choice.minutes > standing]
    return [ExtraTimeChoice("", standing), *longer] if standing and longer else longer


def _offered_choices(blueprint: Blueprint) -> list[ExtraTimeChoice]:
    """Return the presets of the blueprint, 30 minutes, and shares of its minutes."""
    exam = blueprint.exam
    if not exam.self_allowance:
        return []
    choices = [ExtraTimeChoice(preset.code, preset.minutes, title=preset.title) for preset in exam.extra_time]
    if all(choice.minutes != OFFERED_MINUTES for choice in choices):
        choices.append(ExtraTimeChoice(f"minutes-{OFFERED_MINUTES}", OFFERED_MINUTES))
    for percent in OFFERED_PERCENTS:
        minutes = math.ceil(exam.minutes * percent / 100)
        if all(choice.minutes != minutes for choice in choices):
            choices.append(ExtraTimeChoice(f"percent-{percent}", minutes, percent))
    return sorted(choices, key=lambda choice: (choice.percent, choice.minutes))


def chosen_minutes(blueprint: Blueprint, code: str, standing: int = 0) -> int:
    """Return what the choice with this code adds to the minutes that staff set. Raise LookupError for an unknown code.

    A choice that staff have exceeded since the page was shown adds nothing.
    """
    if not code:
        return 0
    for choice in _offered_choices(blueprint):
        if choice.code == code:
            return max(0, choice.minutes - standing)
    raise LookupError(code)


def record_choice(attempt: Attempt, minutes: int, now: datetime) -> None:
    """Record the minutes that the candidate chose. Call it in the transaction that creates the attempt."""
    _record(attempt, minutes, Allowance.SELF_CHOSEN, now)


def record_wait(attempt: Attempt, minutes: int, now: datetime) -> None:
    """Record the minutes for which the server put off this start. Call it in the transaction of the attempt."""
    _record(attempt, minutes, Allowance.PUT_OFF, now)


def _record(attempt: Attempt, minutes: int, reason: str, now: datetime) -> None:
    Allowance.objects.create(attempt=attempt, minutes=minutes, reason=reason, at=now)
    attempt_log.record(attempt, "allowance", now, minutes=minutes, reason=reason)


def giver(allowance: Allowance) -> str:
    """Return who gave these minutes: "candidate", "server" or "staff"."""
    givers = {Allowance.SELF_CHOSEN: "candidate", Allowance.PUT_OFF: "server"}
    return givers.get(allowance.reason, "staff") if allowance.by_id is None else "staff"


def grant(
    attempt: Attempt, minutes: int, reason: str, by: Any, now: datetime, *, form_made: datetime | None = None
) -> GrantOutcome:
    """Move the deadline of an open exam, also during the grace period. A closed attempt stays closed.

    `form_made` is when the form was shown: if this member of staff has granted time to this attempt since then,
    nothing changes, so that a form sent twice grants once.
    """
    if not 1 <= minutes <= MAX_GRANT_MINUTES:
        raise ValueError(f"Extra time must be 1 to {MAX_GRANT_MINUTES} minutes, not {minutes}.")
    with transaction.atomic():
        # The lock serializes two grants, or a grant and a finish: the second sees the result of the first.
        rows = Attempt.objects.in_time(now).filter(pk=attempt.pk)
        if not list(rows.select_for_update(no_key=True).values_list("pk")):
            return GrantOutcome.ENDED
        if form_made and Allowance.objects.filter(attempt=attempt, by=by, at__gte=form_made).exists():
            return GrantOutcome.REPEATED
        rows.update(deadline=F("deadline") + timedelta(minutes=minutes))
        Allowance.objects.create(attempt=attempt, minutes=minutes, reason=reason, by=by, at=now)
        attempt_log.record(attempt, "allowance", now, by=by, minutes=minutes, reason=reason)
    attempt.refresh_from_db(fields=["deadline"])
    log.info("granted %d minutes to attempt %s", minutes, attempt.uuid)
    return GrantOutcome.GRANTED


def grant_all(
    attempts: Iterable[Attempt],
    minutes: int,
    reason: str,
    by: Any,
    now: datetime,
    *,
    form_made: datetime | None = None,
) -> dict[GrantOutcome, int]:
    """Grant the same minutes to every attempt, one transaction each. Return the number of attempts by outcome."""
    counts = dict.fromkeys(GrantOutcome, 0)
    for attempt in attempts:
        counts[grant(attempt, minutes, reason, by, now, form_made=form_made)] += 1
    return counts


def give_back(attempt: Attempt, minutes: int, reason: str, by: Any, now: datetime, outage: Outage) -> bool:
    """Give back what an outage took from a running exam, also when it holds the deadline. Return whether it did.

    Nothing changes if the exam has its minutes of this outage, or its deadline has been moved since it was read.
    """
    with transaction.atomic():
        rows = Attempt.objects.unfinished(now).filter(pk=attempt.pk, deadline=attempt.deadline)
        if not list(rows.select_for_update(no_key=True).values_list("pk")):
            return False
        if Allowance.objects.filter(attempt=attempt, outage=outage).exists():
            return False
        attempt.deadline += timedelta(minutes=minutes)
        Attempt.objects.filter(pk=attempt.pk).update(deadline=attempt.deadline)
        Allowance.objects.create(attempt=attempt, minutes=minutes, reason=reason, by=by, at=now, outage=outage)
        attempt_log.record(attempt, "allowance", now, by=by, minutes=minutes, reason=reason)
    log.info("gave %d minutes back to attempt %s", minutes, attempt.uuid)
    return True


def set_standing_extra_time(candidate: Candidate, percent: int, minutes: int) -> None:
    """Set the extra time that this candidate gets at every start. An open exam keeps its deadline."""
    Candidate.objects.filter(pk=candidate.pk).update(extra_percent=percent, extra_minutes=minutes)
    log.info("set extra time of candidate %s to %d%% and %d minutes", candidate.uuid, percent, minutes)


def follow_window(before: Sitting, after: Sitting, by: Any, now: datetime) -> int:
    """Move each deadline as the window moves the end for this start. Return how many were moved.

    Extra time is kept. Call it in the transaction that writes the window, with the sitting locked.
    """
    rows = Attempt.objects.unfinished(now).filter(sitting=after).order_by("pk")
    moved, events = [], []
    for attempt in rows.select_for_update(no_key=True):
        deadline = attempt.deadline + (after.end_of(attempt.started_at) - before.end_of(attempt.started_at))
        if deadline != attempt.deadline:
            data = {"before": attempt.deadline.isoformat(), "deadline": deadline.isoformat()}
            events.append(AttemptEvent(attempt=attempt, at=now, kind="rescheduled", data=data, by=by))
            attempt.deadline = deadline
            moved.append(attempt)
    Attempt.objects.bulk_update(moved, ["deadline"])
    AttemptEvent.objects.bulk_create(events)
    return len(moved)
