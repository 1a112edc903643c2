"""Write responses: ticks, flags and strike-outs, of one or many with one guarded UPDATE; and the current question."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from exams.models import Attempt, Candidate, Response
from exams.models.attempt import GRACE, AttemptQuerySet

ALL_BITS = 2**31 - 1
MAX_STEPS = 100  # of one answer in the trail
MAX_TRAIL_CHARS = 4000  # bounds the row when a script toggles an answer for hours


# Written by hand: composing them from expressions took Python twice as long as PostgreSQL needs to run them. The lock
# on the attempt serializes a save and a finish. Without it a save in flight while finish commits is acknowledged but
# not scored (READ COMMITTED; a test on PostgreSQL shows it). SQLite has one writer at a time, and no such clause.
_WRITABLE = """
SELECT a.id FROM exams_attempt a JOIN exams_candidate c ON c.id = a.candidate_id
WHERE a.uuid = %(attempt)s AND a.status = 'open' AND a.deadline > %(in_time)s AND a.seat IN ('', %(seat)s) AND (
    (c.id = %(candidate)s AND c.epoch = %(epoch)s) OR (c.id = %(guest)s AND c.epoch = %(guest_epoch)s)
)"""
_SAVE = f"""
UPDATE exams_response SET
    ticked = %(mask)s,
    version = version + CASE WHEN ticked = %(mask)s THEN 0 ELSE 1 END,
    seconds = CASE WHEN seconds < %(seconds)s THEN %(seconds)s ELSE seconds END,
    trail = CASE WHEN ticked = %(mask)s OR length(trail) >= {MAX_TRAIL_CHARS}
        THEN trail ELSE trail || %(change)s END,
    first_shown = coalesce(first_shown, %(now)s),
    saved_at = %(now)s,
    flagged = coalesce(%(flagged)s, flagged),
    struck = coalesce(%(struck)s, struck & (ticked | %(not_ticked)s))
WHERE attempt_id IN ({{writable}})
    AND "position" = %(position)s
    AND revealed_at IS NULL
    AND choose >= %(n_ticked)s AND "full" >= %(highest)s
    AND (version = %(version)s OR (%(sets)s AND ticked = %(mask)s))
    AND NOT (%(is_plain)s AND ticked = %(mask)s)
RETURNING version
"""
# The same guards for many responses at once. Each part of a change has a guard of its own: a flag does not depend on an
# answer that is refused beside it. A negative number stands for a part that does not change.
_APPLIES = """(mask >= 0 AND revealed_at IS NULL AND choose >= most AND "full" >= highest AND version = base
    AND (ticked <> mask OR walked = 1))"""
_SHOWN = (
    """(entered = 1 OR (mask >= 0 AND choose >= most AND "full" >= highest) OR (strikes >= 0 AND "full" >= strikes))"""
)
_WRITE = f"""
WITH change (
    place, mask, base, most, highest, walked, steps, spent, flag, strikes, entered, happened
) AS (VALUES {{rows}})
UPDATE exams_response SET
    ticked = CASE WHEN {_APPLIES} THEN mask ELSE ticked END,
    version = version + CASE WHEN {_APPLIES} THEN 1 ELSE 0 END,
    trail = CASE WHEN {_APPLIES} AND length(trail) < {MAX_TRAIL_CHARS} THEN trail || steps ELSE trail END,
    seconds = CASE WHEN {_SHOWN} AND seconds < spent THEN spent ELSE seconds END,
    flagged = CASE WHEN flag < 0 THEN flagged ELSE flag = 1 END,
    struck = CASE WHEN strikes >= 0 AND "full" >= strikes THEN strikes
        WHEN {_APPLIES} THEN struck & (ticked | ({ALL_BITS} - mask)) ELSE struck END,
    first_shown = CASE WHEN first_shown IS NULL AND {_SHOWN} THEN (
        SELECT CASE WHEN happened < a.started_at THEN a.started_at WHEN happened > a.deadline THEN a.deadline
            ELSE happened END FROM exams_attempt a WHERE a.id = attempt_id) ELSE first_shown END,
    saved_at = CASE WHEN {_SHOWN} THEN %(now)s ELSE saved_at END
FROM change
WHERE attempt_id = ({{writable}}) AND "position" = place
RETURNING "position", version, ticked, choose, "full", revealed_at IS NOT NULL,
    (SELECT started_at FROM exams_attempt a WHERE a.id = attempt_id),
    (SELECT deadline FROM exams_attempt a WHERE a.id = attempt_id)
"""
_SET_POSITION = """
UPDATE exams_attempt SET "position" = %(position)s WHERE id IN ({writable})
    AND EXISTS (SELECT 1 FROM exams_response r WHERE r.attempt_id = exams_attempt.id AND r."position" = %(position)s)"""


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
    SAVED = "saved"
    REPEATED = "repeated"  # the same content is stored already: acknowledged, nothing written
    OUTDATED = "outdated"  # another page has changed the response since: refused, with the current state
    REVEALED = "revealed"  # the solution has been shown: refused, with the answer that was checked
    CLOSED = "closed"  # the attempt is over
    LATE = "late"  # the same, because its time is
    ELSEWHERE = "elsewhere"  # an exam of a class that another browser writes
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
    return _WRITABLE + (" FOR NO KEY UPDATE OF a" if connection.features.has_select_for_no_key_update else "")


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
    """Store an answer if the attempt is the sitter's, open, in time, and the page was current: one guarded UPDATE.

    Of a class, the browser must have the seat.

    A newly ticked option is no longer struck out, unless `struck` says so; one that was ticked before may be.
    A plain save writes changes only. `leaving`, a flag or a strike-out also write unchanged ticks, to record seconds
    and that the question was shown; the version increases only with a change. A flag from an outdated page overwrites
    nothing if its ticks equal the stored ones.

    One statement, which is a transaction of its own.
    """
    is_plain = not leaving and flagged is None and struck is None
    params = _writable_params(attempt, sitter, now) | {
        "position": position,
        "mask": answer.mask,
        "n_ticked": answer.mask.bit_count(),
        "highest": max(answer.mask, struck or 0),
        "not_ticked": ALL_BITS ^ answer.mask,
        "version": answer.version,
        "seconds": answer.seconds,
        "change": f"{answer.mask}@{answer.seconds};",
        "flagged": flagged,
        "struck": struck,
        "is_plain": is_plain,
        "sets": flagged is not None or struck is not None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVE.format(writable=_writable_sql()), params)
        rows = cursor.fetchall()
    if rows:
        return SaveResult(SaveOutcome.SAVED, rows[0][0], answer.mask)
    return _explain_refusal(attempt, sitter, position, answer, now, struck or 0)


def write(attempt: UUID, sitter: Sitter, changes: Collection[ResponseChange], now: datetime) -> dict[int, StoredAnswer]:
    """Change many responses, at most once each, with one guarded UPDATE. Return what is stored now, by position.

    Missing in it are positions without a question, and all of them if the sitter may not write. Each part of a change
    is written if it can be: an answer if it was based on the stored version, has options of the question and not too
    many, and the solution was not shown. What is stored tells whether it was.
    """
    params, rows = _writable_params(attempt, sitter, now), []
    for number, change in enumerate(changes):
        row = {f"{name}{number}": value for name, value in _as_row(change).items()}
        params |= row
        rows.append(f"({', '.join(f'%({name})s' for name in row)})")
    with connection.cursor() as cursor:
        cursor.execute(_WRITE.format(rows=", ".join(rows), writable=_writable_sql()), params)
        stored = cursor.fetchall()
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


def _explain_refusal(
    attempt: UUID, sitter: Sitter, position: int, answer: PostedAnswer, now: datetime, struck: int
) -> SaveResult:
    """Return why the UPDATE matched no row, with one query."""
    row = (
        Response.objects.filter(attempt__in=sitter_attempt(attempt, sitter).values("pk"), position=position)
        .values_list(
            *("version", "ticked", "choose", "full", "revealed_at"),
            *("attempt__status", "attempt__deadline", "attempt__seat"),
        )
        .first()
    )
    if row is None:
        return SaveResult(SaveOutcome.MISSING)
    version, ticked, choose, full, revealed_at, status, deadline, seat = row
    state = {"version": version, "ticked": ticked, "choose": choose}
    if max(answer.mask, struck) > full or answer.mask.bit_count() > choose:
        return SaveResult(SaveOutcome.REFUSED, **state)
    if status != Attempt.Status.OPEN or deadline <= now - GRACE:
        return SaveResult(SaveOutcome.CLOSED, **state)
    if seat not in ("", sitter.seat):
        return SaveResult(SaveOutcome.ELSEWHERE)
    if ticked == answer.mask:
        return SaveResult(SaveOutcome.REPEATED, **state)
    if revealed_at is not None:
        return SaveResult(SaveOutcome.REVEALED, **state)
    return SaveResult(SaveOutcome.OUTDATED, **state)


def set_position(attempt: UUID, sitter: Sitter, position: int, now: datetime) -> bool:
    """Store the current question, so that any device resumes there. Return False unless the sitter may write.

    The attempt must have a question there.
    """
    with connection.cursor() as cursor:
        params = _writable_params(attempt, sitter, now) | {"position": position}
        cursor.execute(_SET_POSITION.format(writable=_writable_sql()), params)
        return bool(cursor.rowcount)
