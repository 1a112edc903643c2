"""Writes the log of an attempt: one line an event, never changed; and tells from it who sat where."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from exams.models import Attempt, AttemptEvent
from exams.services.attempt.answering import Sitter, mine

SILENCE = timedelta(minutes=30)  # after which somebody who goes on has come back
SITTING = ("started", "resumed", "taken_over")


def record(attempt: Attempt, kind: str, at: datetime, by: Any = None, **data: Any) -> None:
    """Appends one line to the attempt's log. `by` is the member of staff who did it, if one did."""
    AttemptEvent.objects.create(attempt=attempt, at=at, kind=kind, data=data, by=by)


def note_presence(
    uuid: UUID, sitter: Sitter, seat: str, now: datetime, *, position: int | None = None, silence: timedelta | None
) -> None:
    """Logs that this browser session goes on with a running exam, if that says something new.

    `seat` names the session. `silence` is how long it has sent nothing to this attempt, None if it sends for the
    first time. 'taken_over': another session sat here last and may still be at it. 'resumed': the same one after
    SILENCE, or a new one when the last has long been silent.
    """
    attempt = mine(uuid, sitter).open().first()
    if attempt is None:
        return
    last = AttemptEvent.objects.filter(attempt=attempt, kind__in=SITTING).last()
    other = last is not None and last.data.get("seat", seat) != seat
    if not other and (silence is None or silence < SILENCE):
        return
    alive = other and (silence is not None or now - _last_sign(attempt, last, position) < SILENCE)
    kind = "taken_over" if alive else "resumed"
    record(attempt, kind, now, position=position or attempt.position, seat=seat)


def _last_sign(attempt: Attempt, last: AttemptEvent | None, position: int | None) -> datetime:
    """When the other session gave its last sign, as far as that was noted: the log, and questions that were new.

    Left out is the question at `position`, which this session may have met first, just now.
    """
    shown = attempt.responses.exclude(position=position or 0).aggregate(last=Max("first_shown"))["last"]
    return max(at for at in (attempt.started_at, last and last.at, shown) if at)
