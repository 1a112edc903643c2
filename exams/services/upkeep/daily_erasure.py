"""Erase idle guests and expired sessions each day, unless the clock has leaped."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from exams.services.people import used_places
from exams.services.people.erasure import erase_batches
from questions.models import Job
from questions.services import job_state, jobs

log = logging.getLogger(__name__)

KIND = "erasure"
INTERVAL = timedelta(days=1)
MAX_GAP = timedelta(days=7)  # between daily runs; a longer one is a server that was off, or a wrong clock


def erase_daily(work: jobs.Work) -> datetime | None:
    """Delete expired sessions and erase idle guests: the job of each day.

    After a leap of the clock, nobody is erased until the next reading confirms it, at least a day later: a wrong date
    in the future would erase all guests. `last_run` and `leap` of the job are its last reading.
    """
    now, last = work.now(), _last_run(work.job)
    leap = bool(work.data.get("leap"))
    # A time in the future was written before the clock was set back.
    if leap and last and now - INTERVAL < last <= now:
        return last + INTERVAL
    leap = last is not None and now - last > MAX_GAP and not leap
    work.advance(data={"last_run": now.isoformat(), "leap": leap})
    if leap and last:
        log.warning(
            "the clock is %d days ahead of the last daily run: no guest is erased until a second run, a day later, "
            "confirms the date",
            (now - last).days,
        )
    if leap or last is None:
        return None
    Session.objects.filter(expire_date__lte=now).delete()  # Django does not do this
    used_places.forget(now)
    for _erased in erase_batches(now, settings.GUEST_DAYS):
        work.advance()
        if work.is_over:
            return now
    return None


def unconfirmed_leap(now: datetime) -> int:
    """Return by how many days the clock is ahead of the last reading that was confirmed; 0 if it is not."""
    job = job_state.find(KIND)
    last = _last_run(job) if job else None
    if job is None or last is None:
        return 0
    days = (now - last).days
    return max(days, 1) if job.data.get("leap") or now - last > MAX_GAP else 0


def _last_run(job: Job) -> datetime | None:
    """Return the time of the last daily run; None before the first one."""
    stored = job.data.get("last_run")
    return datetime.fromisoformat(stored) if stored else None
