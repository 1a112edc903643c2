"""Write the event log of an attempt, and record from which browser sessions it is continued."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from exams.models import Attempt, AttemptEvent
from exams.models.bulk_insert import insert_rows
from exams.services.attempt.answering import Sitter, sitter_attempt
from exams.services.people.candidates import SAME_START

ABSENCE_THRESHOLD = timedelta(minutes=30)  # a session without requests for this time has left
PRESENCE_KINDS = ("started", "resumed", "taken_over")


def record(attempt: Attempt, kind: str, at: datetime, by: Any = None, **data: Any) -> None:
    """Append one event. `by` is the member of staff who caused it, if any."""
    AttemptEvent.objects.create(attempt=attempt, at=at, kind=kind, data=data, by=by)


def record_many(kind: str, at: datetime, data: Mapping[int, dict[str, Any]], by: int | None = None) -> None:
    """Append one event to each attempt, with its data by the key of the attempt. `by` is the key of a user."""
    rows = ((attempt, at, kind, json.dumps(row), by) for attempt, row in data.items())
    insert_rows(AttemptEvent, ("attempt_id", "at", "kind", "data", "by_id"), rows)


def note_second_click(attempt: Attempt, seat: str, now: datetime) -> None:
    """Note that the browser that has just started this attempt has this seat, too, so that it is not 'taken over'.

    A double click sends two requests without a session, and the browser keeps that of the second response. This is for
    the log alone: of a class, `seats` says which browser writes.
    """
    first = attempt.events.filter(kind="started").first()
    if first and now - attempt.started_at <= SAME_START:
        first.data["second_click"] = seat
        first.save(update_fields=["data"])


def note_presence(
    uuid: UUID,
    sitter: Sitter,
    seat: str,
    network: str,
    now: datetime,
    *,
    position: int | None = None,
    silence: timedelta | None,
) -> bool:
    """Record that a browser session continues an open attempt, or an exam of a class in another network.

    Return whether there is such an attempt that this session may write.

    `seat` names the session, `network` is its short address. `silence` is the time since its last request to this
    attempt, None for the first. Nothing is recorded twice.
    'taken_over': another session was the last, and may still be active; of a class, `seats` alone says so. 'resumed':
    the same session after ABSENCE_THRESHOLD, or a new one when the last has been silent for this time.
    'other_network': the browser that writes an exam of a class has moved, or its session was copied.
    """
    attempt = sitter_attempt(uuid, sitter).open().seated(seat).first()
    if attempt is None:
        return False
    events = note_network(attempt, network, now, position=position)
    last = next((event for event in reversed(events) if event.kind in PRESENCE_KINDS), None)
    other = last is not None and seat not in (last.data.get("seat", seat), last.data.get("second_click"))
    if not other and (silence is None or silence < ABSENCE_THRESHOLD):
        return True
    is_active = other and (silence is not None or now - _last_activity(attempt, last, position) < ABSENCE_THRESHOLD)
    kind = "taken_over" if is_active else "resumed"
    record(attempt, kind, now, position=position or attempt.position, seat=seat)
    return True


def note_network(
    attempt: Attempt, network: str, now: datetime, *, position: int | None = None, seat: str = ""
) -> list[AttemptEvent]:
    """Record the network of a browser in an exam of a class, if the log has another one, but not this.

    The browser is the one that writes, unless `seat` names another. Return the entries about presence before.
    """
    events = list(AttemptEvent.objects.filter(attempt=attempt, kind__in=(*PRESENCE_KINDS, "other_network")))
    addresses = {event.data["address"] for event in events if "address" in event.data}
    if attempt.seat and addresses and network not in addresses:
        place, name = position or attempt.position, seat or attempt.seat
        record(attempt, "other_network", now, position=place, seat=name, address=network)
    return events


def _last_activity(attempt: Attempt, last: AttemptEvent | None, position: int | None) -> datetime:
    """Return when the other session was last active: by the log, and by the questions first shown.

    The question at `position` is left out: this session may have been the first to show it.
    """
    shown = attempt.responses.exclude(position=position or 0).aggregate(last=Max("first_shown"))["last"]
    return max(at for at in (attempt.started_at, last and last.at, shown) if at)
