"""Writes extra time: what a candidate has at every start, chooses before one, or is granted while the exam runs."""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F

from exams.models import Allowance, Attempt, Candidate, Mode
from exams.models.attempt import AttemptQuerySet
from exams.services.attempt import attempt_log
from questions.models import Blueprint

log = logging.getLogger(__name__)

LONGEST = 24 * 60  # minutes in one grant
ESL_MINUTES = 30  # what test centres give to people whose first language is not English
MINUTES, PERCENTS = 30, (25, 50, 100)
OWN = "chosen by the candidate"  # the reason in rows that no member of staff has written


@dataclass(frozen=True, slots=True)
class Choice:
    """Extra time that candidates may give themselves. `percent` is 0 where minutes are named; `title` says for whom."""

    code: str
    minutes: int
    percent: int = 0
    title: str = ""


class Grant(Enum):
    GIVEN = "given"
    ENDED = "ended"  # closed, or past the grace: nothing was changed
    REPEATED = "repeated"  # this member of staff has given time since the form was made: sent twice


def choices(blueprint: Blueprint) -> list[Choice]:
    """What the rules page offers: the presets of the blueprint, 30 minutes, shares of its minutes; shortest first."""
    exam = blueprint.exam
    found = [Choice(preset.code, preset.minutes, title=preset.title) for preset in exam.extra_time]
    if all(choice.minutes != MINUTES for choice in found):
        found.append(Choice(f"minutes-{MINUTES}", MINUTES))
    found += [Choice(f"percent-{share}", math.ceil(exam.minutes * share / 100), share) for share in PERCENTS]
    return sorted(found, key=lambda choice: (choice.percent, choice.minutes))


def chosen(blueprint: Blueprint, code: str) -> int:
    """The minutes of the choice with this code, 0 for none (""). Raises LookupError for what is not offered."""
    if not code:
        return 0
    for choice in choices(blueprint):
        if choice.code == code:
            return choice.minutes
    raise LookupError(code)


def choose(attempt: Attempt, minutes: int, now: datetime) -> None:
    """Notes the minutes that the candidate chose; the attempt was made with them in this transaction."""
    Allowance.objects.create(attempt=attempt, minutes=minutes, reason=OWN, at=now)
    attempt_log.record(attempt, "allowance", now, minutes=minutes, reason=OWN)


def is_own(allowance: Allowance) -> bool:
    """Did the candidate give herself these minutes?"""
    return allowance.by_id is None and allowance.reason == OWN


def grant(
    attempt: Attempt, minutes: int, reason: str, by: Any, now: datetime, *, form_made: datetime | None = None
) -> Grant:
    """Moves the deadline of a running exam, in the grace too. What was closed stays closed.

    `form_made`: since then this member of staff must not have given time to this attempt, so that a form that
    is sent twice gives once.
    """
    if not 1 <= minutes <= LONGEST:
        raise ValueError(f"Extra time is 1 to {LONGEST} minutes, not {minutes}.")
    with transaction.atomic():
        # The lock makes two grants, or a grant and a finish, take turns: the second sees what the first has done.
        rows = Attempt.objects.writable(now).filter(pk=attempt.pk)
        if not list(rows.select_for_update(no_key=True).values_list("pk")):
            return Grant.ENDED
        if form_made and Allowance.objects.filter(attempt=attempt, by=by, at__gte=form_made).exists():
            return Grant.REPEATED
        rows.update(deadline=F("deadline") + timedelta(minutes=minutes))
        Allowance.objects.create(attempt=attempt, minutes=minutes, reason=reason, by=by, at=now)
        attempt_log.record(attempt, "allowance", now, by=by, minutes=minutes, reason=reason)
    attempt.refresh_from_db(fields=["deadline"])
    log.info("attempt %s got %d minutes", attempt.uuid, minutes)
    return Grant.GIVEN


def grant_all(
    attempts: Iterable[Attempt],
    minutes: int,
    reason: str,
    by: Any,
    now: datetime,
    *,
    form_made: datetime | None = None,
) -> dict[Grant, int]:
    """Gives each of these attempts the same minutes, each in a transaction of its own; how many had which outcome."""
    counts = dict.fromkeys(Grant, 0)
    for attempt in attempts:
        counts[grant(attempt, minutes, reason, by, now, form_made=form_made)] += 1
    return counts


def sitting_at(moment: datetime) -> AttemptQuerySet:
    """Exams that somebody was sitting at that time, those included that have ended since."""
    return Attempt.objects.filter(mode=Mode.EXAM, started_at__lte=moment, deadline__gt=moment).exclude(
        submitted_at__lte=moment
    )


def set_standing(candidate: Candidate, percent: int, minutes: int) -> None:
    """The extra time of this candidate at every start from now on; a running exam keeps its deadline."""
    Candidate.objects.filter(pk=candidate.pk).update(extra_percent=percent, extra_minutes=minutes)
    log.info("candidate %s has %d%% and %d minutes extra", candidate.uuid, percent, minutes)
