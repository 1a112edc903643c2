"""Decide which browser writes an exam of a class: the take-over, and the last request of the browser before."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from exams.models import Attempt
from exams.services.attempt import answering
from exams.services.attempt.answering import Sitter
from exams.services.attempt.attempt_log import record

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
        record(attempt, "taken_over", now, position=attempt.position, seat=sitter.seat, address=address)
    log.info("attempt %s continues in another browser", attempt.uuid)
    return True


def take_last_request(
    uuid: UUID, sitter: Sitter, position: int, now: datetime, write: Callable[[Sitter], bool]
) -> bool | None:
    """Store what the browser before had not sent when another took over: its first request since, and no other.

    `write` stores it for the sitter that it gets, and returns whether it was current. Return this, None if there is no
    such request left. A renewed personal link has ended the session of the browser before: its seat is proof enough,
    for only a start and a take-over give a seat, and neither is possible in a session that has ended.
    """
    if not sitter.seat:
        return None
    with transaction.atomic():
        rows = Attempt.objects.writable(now).filter(_sat_by(sitter), uuid=uuid, former_seat=sitter.seat)
        attempt = rows.select_related("candidate").first()
        if attempt is None or not _use_up(attempt):
            return None
        is_current = write(Sitter(attempt.candidate_id, attempt.candidate.epoch, seat=attempt.seat))
        record(attempt, "last_request", now, position=position, seat=sitter.seat, saved=is_current)
    return is_current


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
