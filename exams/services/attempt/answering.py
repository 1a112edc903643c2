"""Write responses: ticks, flags and strike-outs, of one or many with one guarded UPDATE; and the current question."""

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from exams.models import Attempt, Candidate
from exams.models.attempt import GRACE, AttemptQuerySet
from exams.services.attempt import standing

ALL_BITS = 2**31 - 1
MAX_STEPS = 100  # of one answer in the trail
MAX_TRAIL_CHARS = 4000  # bounds the row when a script toggles an answer for hours


# Written by hand: composing them from expressions took Python twice as long as PostgreSQL needs to run them. The lock
# on the attempt serializes a save and a finish. Without it a save in flight while finish commits is acknowledged but
# not scored (READ COMMITTED; a test on PostgreSQL shows it). SQLite has one writer at a time, and no such clause.
_WRITABLE = """
SELECT a.id, {lasted} AS lasted FROM exams_attempt a JOIN exams_candidate c ON c.id = a.candidate_id
WHERE a.uuid = %(attempt)s AND a.status = 'open' AND a.paused_at IS NULL AND a.deadline > %(in_time)s
    AND a.seat IN ('', %(seat)s) AND (
    (c.id = %(candidate)s AND c.epoch = %(epoch)s) OR (c.id = %(guest)s AND c.epoch = %(guest_epoch)s)
)"""
# Whole seconds since the start: no question was seen for longer, whatever a browser says.
_LASTED = {
    "postgresql": "CAST(ceil(extract(epoch FROM %(now)s - a.started_at)) AS integer)",
    "sqlite": "CAST(strftime('%%s', %(now)s) AS integer) - CAST(strftime('%%s', a.started_at) AS integer) + 1",
}
# Each part of a change has a guard of its own: a flag does not depend on an answer that is refused beside it. A
# negative number stands for a part that does not change. A row is written even if nothing changes, so that it is
# returned.
_APPLIES = """(mask >= 0 AND revealed_at IS NULL AND choose >= most AND "full" >= highest AND version = base
    AND (ticked <> mask OR walked = 1))"""
_LASTS = "(SELECT lasted FROM writable)"
_SHOWN = f"""(entered = 1 OR {_APPLIES}
    OR (mask + strikes > -2 AND choose >= most AND "full" >= highest AND "full" >= strikes))"""
_WRITE = f"""
WITH change (
    place, mask, base, most, highest, walked, steps, spent, flag, strikes, entered, happened
) AS (VALUES {{rows}}), writable AS ({{writable}}){{moved}}
UPDATE exams_response SET
    ticked = CASE WHEN {_APPLIES} THEN mask ELSE ticked END,
    version = version + CASE WHEN {_APPLIES} THEN 1 ELSE 0 END,
    trail = CASE WHEN {_APPLIES} AND length(trail) < {MAX_TRAIL_CHARS} THEN trail || steps ELSE trail END,
    seconds = CASE WHEN NOT {_SHOWN} OR seconds >= spent THEN seconds WHEN spent < {_LASTS} THEN spent
        WHEN seconds < {_LASTS} THEN {_LASTS} ELSE seconds END,
    flagged = CASE WHEN flag < 0 THEN flagged ELSE flag = 1 END,
    struck = CASE WHEN strikes >= 0 AND "full" >= strikes THEN strikes
        WHEN {_APPLIES} THEN struck & (ticked | ({ALL_BITS} - mask)) ELSE struck END,
    first_shown = CASE WHEN first_shown IS NULL AND {_SHOWN} THEN (
        SELECT CASE WHEN happened < a.started_at THEN a.started_at WHEN happened > a.deadline THEN a.deadline
            ELSE happened END FROM exams_attempt a WHERE a.id = attempt_id) ELSE first_shown END,
    saved_at = CASE WHEN {_SHOWN} THEN %(now)s ELSE saved_at END
FROM change
WHERE attempt_id = (SELECT id FROM writable) AND "position" = place
RETURNING "position", version, ticked, choose, "full", revealed_at IS NOT NULL,
    (SELECT started_at FROM exams_attempt a WHERE a.id = attempt_id),
    (SELECT deadline FROM exams_attempt a WHERE a.id = attempt_id)
"""
_MOVE = """
UPDATE exams_attempt SET "position" = %(position)s WHERE id = (SELECT id FROM writable)
    AND EXISTS (SELECT 1 FROM exams_response r WHERE r.attempt_id = exams_attempt.id AND r."position" = %(position)s)
RETURNING id"""


@dataclass(frozen=True, slots=True)
class Sitter:
    """The candidate of a browser session, and the epoch at which the session was issued.

    `pending_guest` is the guest of this browser whose open exam could not be moved to the candidate yet. `seat` names
    the session: an exam of a class is written by one browser (`seats`).
    """

    candidate_id: int
    epoch: int
    pending_guest: "Sitter | None" = None
    seat: str = ""


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """The bits ticked, the version they are based on, and the seconds of visible time so far.

    `steps` are the masks that were ticked in between, each with the second, for the trail alone.
    """

    mask: int
    version: int
    seconds: int = 0
    steps: tuple[tuple[int, int], ...] = ()

    @property
    def change(self) -> str:
        """The part of the trail that tells this answer."""
        last = (self.mask, self.seconds)
        steps = self.steps if self.steps and self.steps[-1][0] == self.mask else (*self.steps, last)
        return "".join(f"{mask}@{min(second, self.seconds)};" for mask, second in steps[-MAX_STEPS:])


@dataclass(frozen=True, slots=True)
class ResponseChange:
    """What changes of one response; None leaves a part as it is. `at` is when the question was entered, at the latest.

    `entered` says that the question was open for sure, whatever becomes of the answer.
    """

    position: int
    at: datetime
    answer: PostedAnswer | None = None
    flagged: bool | None = None
    struck: int | None = None
    seconds: int = 0
    entered: bool = False


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What is stored of a response after a write, and from when to when its attempt lasts."""

    version: int
    ticked: int
    choose: int
    full: int
    revealed: bool
    started_at: datetime
    deadline: datetime


class SaveOutcome(Enum):
    SAVED = "saved"  # now or before: a repetition changes nothing
    OUTDATED = "outdated"  # another page has changed the response since: refused, with the current state
    REVEALED = "revealed"  # the solution has been shown: refused, with the answer that was checked
    CLOSED = "closed"  # the attempt is over
    LATE = "late"  # the same, because its time is
    STANDING = "standing"  # its clock stands, or its deadline is held: not now, but perhaps later
    ELSEWHERE = "elsewhere"  # an exam of a class that another browser writes
    REFUSED = "refused"  # options that the question does not have, or too many of them
    MISSING = "missing"  # the sitter has no such question


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of a save, and what is stored now (None where nothing may be written)."""

    outcome: SaveOutcome
    stored: StoredAnswer | None = None

    @property
    def ok(self) -> bool:
        return self.outcome == SaveOutcome.SAVED


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether the sitter may write an attempt now (SAVED), or why not, and what is known of it (None if MISSING)."""

    outcome: SaveOutcome
    status: str = ""
    started_at: datetime | None = None
    deadline: datetime | None = None


def read_attempt(attempt: UUID, sitter: Sitter) -> AttemptQuerySet:
    """Return the attempt of `sitter_attempt`, for reading alone: PostgreSQL plans a join in half the time."""
    owner = Q(candidate=sitter.candidate_id, candidate__epoch=sitter.epoch)
    if guest := sitter.pending_guest:
        owner |= Q(candidate=guest.candidate_id, candidate__epoch=guest.epoch)
    return Attempt.objects.filter(owner, uuid=attempt)


def sitter_attempt(attempt: UUID, sitter: Sitter) -> AttemptQuerySet:
    """Return the sitter's attempt with this UUID: one row, or none for strangers and ended sessions."""
    owner = Q(pk=sitter.candidate_id, epoch=sitter.epoch)
    if guest := sitter.pending_guest:
        owner |= Q(pk=guest.candidate_id, epoch=guest.epoch)
    # Not `candidate__epoch`: for a join, an UPDATE gets all its conditions in a subquery, and PostgreSQL does not check
    # those again after it has waited for a lock.
    return Attempt.objects.filter(candidate__in=Candidate.objects.filter(owner), uuid=attempt)


def _writable_sql() -> str:
    return _WRITABLE.format(lasted=_LASTED[connection.vendor]) + (
        " FOR NO KEY UPDATE OF a" if connection.features.has_select_for_no_key_update else ""
    )


def _writable_params(attempt: UUID, sitter: Sitter, now: datetime) -> dict[str, Any]:
    """Return the parameters that make an attempt the sitter's, and the time in the form of this database."""
    guest = sitter.pending_guest
    as_stored = connection.ops.adapt_datetimefield_value
    return {
        "attempt": Attempt._meta.get_field("uuid").get_db_prep_value(attempt, connection),
        "candidate": sitter.candidate_id,
        "epoch": sitter.epoch,
        "guest": guest.candidate_id if guest else None,
        "guest_epoch": guest.epoch if guest else None,
        "seat": sitter.seat,
        "now": as_stored(now),
        "in_time": as_stored(now - GRACE),
    }


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
    """Store one answer, and what is known beside it, as `write` does. `leaving` says that the question was shown.

    One statement, which is a transaction of its own; one more to say why nothing was written.
    """
    change = ResponseChange(position, now, answer, flagged=flagged, struck=struck, entered=leaving)
    stored = write(attempt, sitter, [change], now).get(position)
    if stored is None:
        refusal = permission(attempt, sitter, now).outcome
        return SaveResult(SaveOutcome.MISSING if refusal == SaveOutcome.SAVED else refusal)
    return SaveResult(outcome(change, stored), stored)


def write(
    attempt: UUID, sitter: Sitter, changes: Collection[ResponseChange], now: datetime, *, current: int | None = None
) -> dict[int, StoredAnswer]:
    """Change many responses, at most once each, with one guarded UPDATE. Return what is stored now, by position.

    It checks all rules: the attempt is the sitter's, open and in time, and of a class, the browser has the seat.
    Otherwise nothing is written or returned, and no position without a question is.
    Each part of a change is written if it can be: an answer if it was based on the stored version, has options of the
    question and not too many, and its solution was not shown. A newly ticked option is no longer struck out, unless
    `struck` says so. The version increases with each new answer. `outcome` says what was written.

    `current` is stored as by `set_position`: on PostgreSQL in the same statement, which spares a sixth of a save.
    """
    params, rows = _writable_params(attempt, sitter, now), []
    for number, change in enumerate(changes):
        row = {f"{name}{number}": value for name, value in _as_row(change).items()}
        params |= row
        rows.append(f"({', '.join(f'%({name})s' for name in row)})")
    at_once = current is not None and connection.vendor == "postgresql"
    moved = f", moved AS ({_MOVE})" if at_once else ""
    afterwards = current if not at_once else None
    with transaction.atomic(savepoint=False) if afterwards is not None else nullcontext():
        with connection.cursor() as cursor:
            sql = _WRITE.format(rows=", ".join(rows), writable=_writable_sql(), moved=moved)
            cursor.execute(sql, params | {"position": current})
            stored = cursor.fetchall()
        if afterwards is not None:
            set_position(attempt, sitter, afterwards, now)
    return {
        position: StoredAnswer(
            version, ticked, choose, full, bool(revealed), _read_time(started_at), _read_time(deadline)
        )
        for position, version, ticked, choose, full, revealed, started_at, deadline in stored
    }


def _as_row(change: ResponseChange) -> dict[str, Any]:
    """Return a change as a row of `_WRITE`."""
    answer = change.answer or PostedAnswer(0, 0)
    masks = [answer.mask, *(mask for mask, _second in answer.steps)]
    return {
        "place": change.position,
        "mask": answer.mask if change.answer else -1,
        "base": answer.version,
        "most": max(mask.bit_count() for mask in masks),
        "highest": max(masks),
        "walked": int(any(mask != answer.mask for mask in masks)),
        "steps": answer.change,
        "spent": max(change.seconds, answer.seconds),
        "flag": -1 if change.flagged is None else int(change.flagged),
        "strikes": -1 if change.struck is None else change.struck,
        "entered": int(change.entered),
        "happened": connection.ops.adapt_datetimefield_value(change.at),
    }


def _read_time(value: datetime) -> datetime:
    """Return a time that a raw query has read; SQLite knows no time zones."""
    return value.replace(tzinfo=value.tzinfo or UTC)


def outcome(change: ResponseChange, stored: StoredAnswer) -> SaveOutcome:
    """Return what has become of a change, by what is stored after it was written."""
    answer = change.answer
    masks = [answer.mask, *(mask for mask, _second in answer.steps)] if answer else []
    too_many = any(mask.bit_count() > stored.choose for mask in masks)
    if too_many or max(change.struck or 0, *masks, 0) > stored.full:
        return SaveOutcome.REFUSED
    if answer is None or answer.mask == stored.ticked:
        return SaveOutcome.SAVED
    return SaveOutcome.REVEALED if stored.revealed else SaveOutcome.OUTDATED


def permission(attempt: UUID, sitter: Sitter, now: datetime) -> Permission:
    """Return whether the sitter may write now, or why not: one query."""
    columns = ("status", "started_at", "deadline", "closed_by", "seat", "paused_at", "mode")
    row = sitter_attempt(attempt, sitter).only(*columns).first()
    if row is None:
        return Permission(SaveOutcome.MISSING)
    status, started_at, deadline, closed_by, seat = (getattr(row, column) for column in columns[:5])
    is_open = status == Attempt.Status.OPEN
    if standing.reason(row, now, in_grace=False):
        reason = SaveOutcome.STANDING
    elif closed_by == Attempt.ClosedBy.TIME or (is_open and deadline <= now - GRACE):
        reason = SaveOutcome.LATE
    elif not is_open:
        reason = SaveOutcome.CLOSED
    else:
        reason = SaveOutcome.SAVED if seat in ("", sitter.seat) else SaveOutcome.ELSEWHERE
    return Permission(reason, status, started_at, deadline)


def set_position(attempt: UUID, sitter: Sitter, position: int, now: datetime) -> bool:
    """Store the current question, so that any device resumes there. Return False unless the sitter may write.

    The attempt must have a question there.
    """
    with connection.cursor() as cursor:
        params = _writable_params(attempt, sitter, now) | {"position": position}
        cursor.execute(f"WITH writable AS ({_writable_sql()}) {_MOVE}", params)
        return cursor.fetchone() is not None
