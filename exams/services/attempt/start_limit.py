"""How many exams and practices one candidate can start: in an hour, since each start draws a form; and in total.

Starts in a class do not count for the hour, and nobody is kept out of a class: it limits its attempts itself.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from exams.models import Attempt
from exams.services.people import candidates

SPAN = timedelta(hours=1)


class TooManyStartsError(Exception):
    """These candidates have started as often as the limit allows, and can start again in these seconds."""

    def __init__(self, limit: int, seconds: int) -> None:
        super().__init__("The candidate has started too often.")
        self.limit = limit
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class StartLimit:
    """How often these candidates, who share a browser, can start in an hour; 0 for no limit."""

    sharing: Collection[int]
    starts: int

    def check(self, now: datetime, *, but: UUID | None = None) -> None:
        """Raise TooManyStartsError if they cannot start now. `but` is as in seconds_to_wait."""
        if seconds := seconds_to_wait(self.sharing, self.starts, now, but=but):
            raise TooManyStartsError(self.starts, seconds)


def seconds_to_wait(sharing: Collection[int], limit: int, now: datetime, *, but: UUID | None = None) -> int:
    """Return the seconds until these candidates, who share a browser, can start again; 0 if they can now.

    A `limit` of 0 is none. `but` is the attempt that is to be started: it exists already at a second click.
    """
    if not limit or not sharing:
        return 0
    rows = Attempt.objects.filter(candidate__in=sharing, started_at__gt=now - SPAN, sitting=None)
    if but:
        rows = rows.exclude(uuid=but)
    oldest = rows.order_by("-started_at").values_list("started_at", flat=True)[limit - 1 : limit].first()
    # The server's clock may have been set back since: nobody waits longer than an hour.
    return min(math.ceil((oldest + SPAN - now).total_seconds()), int(SPAN.total_seconds())) if oldest else 0


def has_all(candidate: int, *, but: UUID | None = None) -> bool:
    """Return whether this candidate has as many attempts as one person can have, those of classes among them.

    `but` is as in seconds_to_wait.
    """
    rows = Attempt.objects.filter(candidate=candidate)
    if but:
        rows = rows.exclude(uuid=but)
    return rows.count() >= candidates.MAX_ATTEMPTS
