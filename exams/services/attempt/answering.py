"""Write responses: ticks, flags and strike-outs, each with one guarded UPDATE."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Coalesce, Concat, Greatest, Length
from django.db.models.lookups import GreaterThanOrEqual

from exams.models import Attempt, Candidate, Response
from exams.models.attempt import GRACE, AttemptQuerySet

ALL_BITS = 2**31 - 1
MAX_TRAIL_CHARS = 4000  # bounds the row when a script toggles an answer for hours


@dataclass(frozen=True, slots=True)
class Sitter:
    """The candidate of a browser session, and the epoch at which the session was issued.

    `pending_guest` is the guest of this browser whose open exam could not be moved to the candidate yet.
    """

    candidate_id: int
    epoch: int
    pending_guest: "Sitter | None" = None


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """The bits ticked, the version they are based on, and the seconds of visible time so far."""

    mask: int
    version: int
    seconds: int = 0


class SaveOutcome(Enum):
    SAVED = "saved"
    REPEATED = "repeated"  # the same content is stored already: acknowledged, nothing written
    OUTDATED = "outdated"  # another page has changed the response since: refused, with the current state
    REVEALED = "revealed"  # the solution has been shown: refused, with the answer that was checked
    CLOSED = "closed"  # the attempt is over
    REFUSED = "refused"  # options that the question does not have, or too many of them
    MISSING = "missing"  # the sitter has no such question


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of a save and the state that is stored now (None where MISSING)."""

    outcome: SaveOutcome
    version: int | None = None
    ticked: int | None = None
    choose: int | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in (SaveOutcome.SAVED, SaveOutcome.REPEATED)


def sitter_attempt(attempt: UUID, sitter: Sitter) -> AttemptQuerySet:
    """Return the sitter's attempt with this UUID: one row, or none for strangers and ended sessions."""
    owner = Q(pk=sitter.candidate_id, epoch=sitter.epoch)
    if guest := sitter.pending_guest:
        owner |= Q(pk=guest.candidate_id, epoch=guest.epoch)
    # Not `candidate__epoch`: for a join, an UPDATE gets all its conditions in a subquery, and PostgreSQL does not check
    # those again after it has waited for a lock.
    return Attempt.objects.filter(candidate__in=Candidate.objects.filter(owner), uuid=attempt)


def save(
    attempt: UUID,
    sitter: Sitter,
    position: int,
    answer: PostedAnswer,
    now: datetime,
    *,
    leaving: bool = False,
    flagged: bool | None = None,
    struck: int | None = None,
) -> SaveResult:
    """Store an answer if the attempt is the sitter's, open, in time, and the page was current: one guarded UPDATE.

    A newly ticked option is no longer struck out, unless `struck` says so.
    `leaving` also writes unchanged ticks, to record seconds and that the question was shown. The version then
    increases only with a change, so `SaveResult.version` is unknown (None).
    """
    sets: dict[str, Any] = {}
    # A tick takes the strike-out away; an option that was ticked before may be struck out.
    not_ticked_now = F("ticked").bitor(ALL_BITS ^ answer.mask)
    if flagged is not None:
        sets["flagged"] = flagged
    if struck is not None:
        sets["struck"] = struck
    writable = sitter_attempt(attempt, sitter).writable(now)
    current = Q(version=answer.version)
    if sets:
        # A flag from an outdated page overwrites nothing if its ticks equal the stored ones.
        current |= Q(ticked=answer.mask)
    rows = Response.objects.filter(
        current,
        # The lock on the attempt serializes this save and a finish. Without it a save in flight while finish
        # commits is acknowledged but not scored (READ COMMITTED; a test on PostgreSQL shows it).
        attempt__in=writable.select_for_update(of=("self",), no_key=True).values("pk"),
        position=position,
        revealed_at=None,
        choose__gte=answer.mask.bit_count(),
        full__gte=answer.mask,
    )
    # A plain save writes changes only. Other saves also write unchanged ticks, without a new version.
    plain = not leaving and not sets
    unchanged = When(ticked=answer.mask, then=Value(0))
    trail_unchanged = [When(GreaterThanOrEqual(Length("trail"), Value(MAX_TRAIL_CHARS)), then=F("trail"))]
    if plain:
        rows = rows.exclude(ticked=answer.mask)
    else:
        trail_unchanged.append(When(ticked=answer.mask, then=F("trail")))
    if struck is not None:
        rows = rows.filter(full__gte=struck)
    with transaction.atomic():
        count = rows.update(
            ticked=answer.mask,
            version=F("version") + (1 if plain else Case(unchanged, default=Value(1))),
            seconds=Greatest("seconds", Value(answer.seconds)),
            trail=Case(
                *trail_unchanged,
                default=Concat("trail", Value(f"{answer.mask}@{answer.seconds};"), output_field=TextField()),
            ),
            first_shown=Coalesce("first_shown", Value(now)),
            saved_at=now,
            **{"struck": F("struck").bitand(not_ticked_now), **sets},  # type: ignore[arg-type]
        )
    if count:
        version = None if leaving or sets else answer.version + 1
        return SaveResult(SaveOutcome.SAVED, version, answer.mask)
    return _explain_refusal(attempt, sitter, position, answer, now, struck or 0)


def _explain_refusal(
    attempt: UUID, sitter: Sitter, position: int, answer: PostedAnswer, now: datetime, struck: int
) -> SaveResult:
    """Return why the UPDATE matched no row, with one query."""
    row = (
        Response.objects.filter(attempt__in=sitter_attempt(attempt, sitter).values("pk"), position=position)
        .values_list("version", "ticked", "choose", "full", "revealed_at", "attempt__status", "attempt__deadline")
        .first()
    )
    if row is None:
        return SaveResult(SaveOutcome.MISSING)
    version, ticked, choose, full, revealed_at, status, deadline = row
    state = {"version": version, "ticked": ticked, "choose": choose}
    if max(answer.mask, struck) > full or answer.mask.bit_count() > choose:
        return SaveResult(SaveOutcome.REFUSED, **state)
    if status != Attempt.Status.OPEN or deadline <= now - GRACE:
        return SaveResult(SaveOutcome.CLOSED, **state)
    if ticked == answer.mask:
        return SaveResult(SaveOutcome.REPEATED, **state)
    if revealed_at is not None:
        return SaveResult(SaveOutcome.REVEALED, **state)
    return SaveResult(SaveOutcome.OUTDATED, **state)


def current_version(attempt: UUID, sitter: Sitter, position: int) -> int:
    """Return the stored version of a response, for saves that do not know it."""
    row = Response.objects.filter(attempt__in=sitter_attempt(attempt, sitter).values("pk"), position=position)
    return row.values_list("version", flat=True).get()


def set_position(attempt: UUID, sitter: Sitter, position: int, now: datetime) -> bool:
    """Store the current question, so that any device resumes there. Return False unless the attempt is writable."""
    return bool(sitter_attempt(attempt, sitter).writable(now).update(position=position))
