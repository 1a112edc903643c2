"""Erases guests who have not come back for GUEST_DAYS, and sessions that have ended: who they were goes.

Responses stay as anonymous data.
"""

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from exams.models import Attempt, Candidate, Heartbeat, Note, RepetitionCard

log = logging.getLogger(__name__)

NAME = "erasure"
EVERY = timedelta(days=1)
BATCH = 200  # guests a transaction: a long one would hold up every save on SQLite


def idle_guests(now: datetime, days: int) -> QuerySet[Candidate]:
    """Guests made more than `days` days ago who have started nothing since and have nothing running.

    Looking at old reports leaves no trace, so it does not count.
    """
    since = now - timedelta(days=days)
    sat = Attempt.objects.filter(candidate=OuterRef("pk")).filter(Q(started_at__gt=since) | Q(status="open"))
    return Candidate.objects.filter(~Exists(sat), user=None, erased_at=None, created_at__lte=since)


def erase_guests(now: datetime, days: int | None = None) -> int:
    """Erases all idle guests and returns their number; `days` is GUEST_DAYS if left out, 0 keeps everybody."""
    days = settings.GUEST_DAYS if days is None else days
    if not days:
        return 0
    erased = 0
    while batch := list(idle_guests(now, days).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        erased += _erase(batch, now)
    if erased:
        log.info("%d guests erased after %d idle days", erased, days)
    return erased


@transaction.atomic
def _erase(batch: list[int], now: datetime) -> int:
    """Takes away all that says who sat: code, identity, wishes, notes. A new identity ends the guest code for good."""
    guests = list(Candidate.objects.select_for_update().filter(pk__in=batch, user=None, erased_at=None))
    Note.objects.filter(attempt__candidate__in=guests).delete()
    RepetitionCard.objects.filter(candidate__in=guests).delete()
    for guest in guests:
        Candidate.objects.filter(pk=guest.pk).update(
            uuid=uuid4(),
            code_hash=None,
            preferences={},
            target_date=None,
            epoch=F("epoch") + 1,
            erased_at=now,
        )
    return len(guests)


def daily(now: datetime) -> int:
    """Erases once a day, whichever process asks first: compare-and-swap on the row of the last time."""
    beat, created = Heartbeat.objects.get_or_create(name=NAME, defaults={"beat_at": now})
    if created:
        return _erase_all(now)
    # A time that lies ahead was written by a clock that has been put back since.
    if now - EVERY < beat.beat_at <= now:
        return 0
    if not Heartbeat.objects.filter(name=NAME, beat_at=beat.beat_at).update(beat_at=now):
        return 0
    return _erase_all(now)


def _erase_all(now: datetime) -> int:
    Session.objects.filter(expire_date__lte=now).delete()  # Django never does it by itself
    return erase_guests(now)
