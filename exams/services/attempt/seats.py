"""Decide which browser writes an exam of a class: the take-over, and the last request of the browser before."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from exams.models import Attempt, AttemptEvent
from exams.services.attempt import answering
from exams.services.attempt.answering import Sitter
from exams.services.attempt.attempt_log import note_network, record

AFTER_THE_SESSION = timedelta(minutes=2)  # after a take-over, for the last request of a session that has ended
log = logging.getLogger(__name__)


def take_over(uuid: UUID, sitter: Sitter, now: datetime, address: str = "") -> bool:
    """Let the sitter's browser write from now on. Return whether this call changed the seat: a second click does not.

    Of two browsers at once, one takes over from the other, or is asked again. `address` is for the log.
    """
    with transaction.atomic():
        attempt = answering.sitter_attempt(uuid, sitter).writable(now).exclude(seat__in=("", sitter.seat)).first()
        if attempt is None:
            return False
        same_seat = Attempt.objects.open().filter(pk=attempt.pk, seat=attempt.seat)
        if not same_seat.update(seat=sitter.seat, former_seat=attempt.seat):
            return False
        data = {"position": attempt.position, "seat": sitter.seat, "address": address}
        record(attempt, "taken_over", now, **data, versions=list(_versions(attempt).values()))
    log.info("attempt %s continues in another browser", attempt.uuid)
    return True


def take_last_request(
    uuid: UUID,
    sitter: Sitter,
    position: int,
    now: datetime,
    write: Callable[[Sitter, Collection[int]], bool],
    address: str = "",
) -> bool | None:
    """Store what the browser before had not sent when another took over: its first request since, and no other.

    `write` stores it for the sitter that it gets, except for answers at the positions where the other browser has
    answered since, however well a version is guessed; it returns whether all was current. Return this, None if there is
    no such request left. The log tells from which `address` it came, and what it changed.

    A renewed personal link has ended the session of the browser before, which may be that of somebody else: its seat is
    proof enough, for only a start and a take-over give a seat, but not for long.
    """
    if not sitter.seat:
        return None
    with transaction.atomic():
        rows = Attempt.objects.writable(now).filter(_sat_by(sitter), uuid=uuid, former_seat=sitter.seat)
        attempt = rows.select_related("candidate").first()
        entry = attempt.events.filter(kind="taken_over").order_by("pk").last() if attempt else None
        if attempt is None or entry is None:
            return None
        has_ended = not answering.sitter_attempt(uuid, sitter).exists()
        if (has_ended and now - entry.at > AFTER_THE_SESSION) or not _use_up(attempt):
            return None
        before = _versions(attempt)  # nobody answers meanwhile: the attempt is locked
        candidate = attempt.candidate
        is_current = write(Sitter(candidate.pk, candidate.epoch, seat=attempt.seat), _answered_since(entry, before))
        answers = [place for place, version in _versions(attempt).items() if version != before[place]]
        note_network(attempt, address, now, position=position, seat=sitter.seat)
        data = {"position": position, "seat": sitter.seat, "saved": is_current}
        record(attempt, "last_request", now, **data, address=address, answers=answers)
    return is_current


def _versions(attempt: Attempt) -> dict[int, int]:
    """Return how often each question was answered, by position."""
    return dict(attempt.responses.order_by("position").values_list("position", "version"))


def _answered_since(entry: AttemptEvent, versions: dict[int, int]) -> set[int]:
    """Return the positions that were answered since this take-over."""
    then = entry.data.get("versions")
    if then is None:  # an entry of the release before
        return set()
    return {place for (place, version), old in zip(versions.items(), then, strict=True) if version != old}


def _sat_by(sitter: Sitter) -> Q:
    """Return the condition that this was an attempt of the sitter. Sessions of accounts must not have ended since."""
    sitters = [sitter, sitter.pending_guest] if sitter.pending_guest else [sitter]
    condition = Q(candidate__in=[current.candidate_id for current in sitters], candidate__user=None)
    for current in sitters:
        condition |= Q(candidate=current.candidate_id, candidate__epoch=current.epoch)
    return condition


def _use_up(attempt: Attempt) -> bool:
    """Take the right to one more request. Of two requests at once, one gets it."""
    rows = Attempt.objects.open().filter(pk=attempt.pk, seat=attempt.seat, former_seat=attempt.former_seat)
    return bool(rows.update(former_seat=""))
