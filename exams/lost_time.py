"""What counts as an outage, and how much time it took from an exam: decisions, without a database or Django."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

MIN_OUTAGE = timedelta(seconds=60)  # a process reports every 15 seconds
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `began` to `ended`."""

    began: datetime
    ended: datetime

    @property
    def length(self) -> timedelta:
        return self.ended - self.began


def silences(signs: Iterable[datetime], now: datetime) -> list[Span]:
    """Return the spans of more than MIN_OUTAGE without a sign of life, up to now. Signs of the future are none."""
    times = sorted({sign for sign in signs if sign <= now} | {now})
    return [Span(first, second) for first, second in pairwise(times) if second - first > MIN_OUTAGE]


def is_leap(expected: datetime, read: datetime) -> bool:
    """Return whether a clock was set forward so far that deadlines may have passed unseen."""
    return read - expected > MIN_OUTAGE


def lost(span: Span, started: datetime, deadline: datetime) -> timedelta:
    """Return how much of the time of an exam fell into the outage."""
    return max(timedelta(0), min(span.ended, deadline) - max(span.began, started))


def minutes_to_give_back(span: Span, started: datetime, deadline: datetime, now: datetime) -> int:
    """Return the whole minutes that give the exam the time again that it lost, from now on.

    A deadline that has passed meanwhile is first moved to now. 0 if the outage took nothing.
    """
    time = lost(span, started, deadline)
    waited = max(timedelta(0), now - deadline)
    return math.ceil((time + waited) / MINUTE) if time else 0
