"""Writes responses: ticks, flags and strike-outs, each by one statement that holds every rule at once."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Coalesce, Concat, Greatest, Length
from django.db.models.lookups import GreaterThanOrEqual

from exams.models import Attempt, Response
from exams.models.attempt import GRACE, AttemptQuerySet

TRAIL_LIMIT = 4000  # characters; a script that toggles for hours must not grow a row without end


@dataclass(frozen=True, slots=True)
class Sitter:
    """Who is asking: the candidate of this session, at the epoch at which the session was given out.

    `beside` is the guest of this browser whose running exam could not join the candidate yet.
    """

    candidate_id: int
    epoch: int
    beside: "Sitter | None" = None


@dataclass(frozen=True, slots=True)
class Ticks:
    """What a page says of one question: bits ticked, on which version, after how many seconds of visible time."""

    mask: int
    version: int
    seconds: int = 0


class Outcome(Enum):
    SAVED = "saved"
    REPEATED = "repeated"  # this content is stored already: acknowledged, nothing written
    OUTDATED = "outdated"  # another page has changed it since: refused, here is the current state
    CLOSED = "closed"  # the attempt is over
    REFUSED = "refused"  # not options of this question, or more than it takes
    MISSING = "missing"  # no such question of this candidate


@dataclass(frozen=True, slots=True)
class Saved:
    """The outcome of a save and the state that is stored now (version and ticked are None if MISSING)."""

    outcome: Outcome
    version: int | None = None
    ticked: int | None = None
    choose: int | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in (Outcome.SAVED, Outcome.REPEATED)


def mine(attempt: UUID, sitter: Sitter) -> AttemptQuerySet:
    """The one attempt of this candidate with this address, or nothing for strangers and ended sessions."""
    who = Q(candidate_id=sitter.candidate_id, candidate__epoch=sitter.epoch)
    if sitter.beside:
        who |= Q(candidate_id=sitter.beside.candidate_id, candidate__epoch=sitter.beside.epoch)
    return Attempt.objects.filter(who, uuid=attempt)


def save(
    attempt: UUID,
    sitter: Sitter,
    position: int,
    ticks: Ticks,
    now: datetime,
    *,
    leaving: bool = False,
    flagged: bool | None = None,
    struck: int | None = None,
) -> Saved:
    """Stores ticks if the attempt is the sitter's, open, in time, and the page was current: one guarded statement.

    `leaving` also writes when the ticks are unchanged (a move notes seconds and that the question was shown);
    its version is then raised only by a change, so `Saved.version` is unknown (None) after it.
    """
    sets: dict[str, Any] = {}
    if flagged is not None:
        sets["flagged"] = flagged
    if struck is not None:
        sets["struck"] = struck
    current = Q(version=ticks.version)
    if sets:
        current |= Q(ticked=ticks.mask)  # a flag from an outdated page whose ticks are those stored overwrites nothing
    rows = Response.objects.filter(
        current,
        # The lock on the attempt makes this save and a finish take turns. Without it a save in flight while
        # finish commits is acknowledged but not scored (READ COMMITTED; shown by a test on PostgreSQL).
        attempt__in=mine(attempt, sitter).writable(now).select_for_update(of=("self",), no_key=True).values("pk"),
        position=position,
        revealed_at=None,
        choose__gte=ticks.mask.bit_count(),
        full__gte=ticks.mask,
    )
    # A plain save writes a change or nothing; what also writes unchanged ticks raises the version by case.
    plain = not leaving and not sets
    same = When(ticked=ticks.mask, then=Value(0))
    keeps = [When(GreaterThanOrEqual(Length("trail"), Value(TRAIL_LIMIT)), then=F("trail"))]
    if plain:
        rows = rows.exclude(ticked=ticks.mask)
    else:
        keeps.append(When(ticked=ticks.mask, then=F("trail")))
    if struck is not None:
        rows = rows.filter(full__gte=struck)
    with transaction.atomic():
        count = rows.update(
            ticked=ticks.mask,
            version=F("version") + (1 if plain else Case(same, default=Value(1))),
            seconds=Greatest("seconds", Value(ticks.seconds)),
            trail=Case(
                *keeps,
                default=Concat("trail", Value(f"{ticks.mask}@{ticks.seconds};"), output_field=TextField()),
            ),
            first_shown=Coalesce("first_shown", Value(now)),
            saved_at=now,
            **sets,
        )
    if count:
        version = None if leaving or sets else ticks.version + 1
        return Saved(Outcome.SAVED, version, ticks.mask)
    return _explain(attempt, sitter, position, ticks, now, struck or 0)


def _explain(attempt: UUID, sitter: Sitter, position: int, ticks: Ticks, now: datetime, struck: int) -> Saved:
    """Why the statement touched no row, by one read."""
    row = (
        Response.objects.filter(attempt__in=mine(attempt, sitter).values("pk"), position=position)
        .values_list("version", "ticked", "choose", "full", "attempt__status", "attempt__deadline")
        .first()
    )
    if row is None:
        return Saved(Outcome.MISSING)
    version, ticked, choose, full, status, deadline = row
    state = {"version": version, "ticked": ticked, "choose": choose}
    if max(ticks.mask, struck) > full or ticks.mask.bit_count() > choose:
        return Saved(Outcome.REFUSED, **state)
    if status != Attempt.Status.OPEN or deadline <= now - GRACE:
        return Saved(Outcome.CLOSED, **state)
    if ticked == ticks.mask:
        return Saved(Outcome.REPEATED, **state)
    return Saved(Outcome.OUTDATED, **state)


def version_of(attempt: UUID, sitter: Sitter, position: int) -> int:
    """The version of an answer now, where a save could not tell."""
    row = Response.objects.filter(attempt__in=mine(attempt, sitter).values("pk"), position=position)
    return row.values_list("version", flat=True).get()


def go_to(attempt: UUID, sitter: Sitter, position: int, now: datetime) -> bool:
    """Notes at which question the candidate is, so that any device resumes there. False: not open, or not hers."""
    return bool(mine(attempt, sitter).writable(now).update(position=position))
