"""How many exams and practices one candidate can start in an hour: each start draws a form and writes its rows.

Starts in a class do not count: the class limits its attempts itself.
"""

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from exams.models import Attempt

SPAN = timedelta(hours=1)


def seconds_to_wait(candidates: Collection[int], limit: int, now: datetime, *, but: UUID | None = None) -> int:
    """Return the seconds until these candidates, who share a browser, can start again; 0 if they can now.

    A `limit` of 0 is none. `but` is the attempt that is to be started: it exists already at a second click.
    """
    if not limit or not candidates:
        return 0
    rows = Attempt.objects.filter(candidate__in=candidates, started_at__gt=now - SPAN, sitting=None)
    if but:
        rows = rows.exclude(uuid=but)
    oldest = rows.order_by("-started_at").values_list("started_at", flat=True)[limit - 1 : limit].first()
    # The server's clock may have been set back since: nobody waits longer than an hour.
    return min(math.ceil((oldest + SPAN - now).total_seconds()), int(SPAN.total_seconds())) if oldest else 0
