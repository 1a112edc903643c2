"""Erase candidates: guests who have been idle for GUEST_DAYS, and anyone who asks. Expired sessions go too.

Responses are kept as anonymous data for the statistics of questions.
"""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from exams.models import Allowance, Attempt, AttemptEvent, Candidate, Note, Participant, Sitting, TopicMark
from exams.services.people import person_data_files, study_state
from questions.models import Job, QuestionReport
from questions.services import job_state, jobs

log = logging.getLogger(__name__)

KIND = "erasure"
INTERVAL = timedelta(days=1)
MAX_GAP = timedelta(days=7)  # between daily runs; a longer one is a server that was off, or a wrong clock
EVENTS_WITH_REASON = ("allowance", "ended", "another_attempt")
EVENTS_WITH_ADDRESS = ("started", "taken_over", "other_network")
GUESTS_PER_TRANSACTION = 200  # a long transaction blocks every save on SQLite


def idle_guests(now: datetime, days: int) -> QuerySet[Candidate]:
    """Return guests created at least `days` days ago without an open attempt, or an attempt or a mark since.

    Views of old reports are not recorded, so they do not count as activity.
    """
    since = now - timedelta(days=days)
    active = Attempt.objects.filter(candidate=OuterRef("pk")).filter(Q(started_at__gt=since) | Q(status="open"))
    studied = TopicMark.objects.filter(candidate=OuterRef("pk")).filter(Q(read_at__gt=since) | Q(done_at__gt=since))
    return Candidate.objects.filter(~Exists(active), ~Exists(studied), user=None, erased_at=None, created_at__lte=since)


def erase_guests(now: datetime, days: int | None = None) -> int:
    """Erase all idle guests and return their number. `days` defaults to GUEST_DAYS; 0 erases no guest."""
    return sum(_erase_batches(now, settings.GUEST_DAYS if days is None else days))


def _erase_batches(now: datetime, days: int) -> Iterator[int]:
    """Erase the idle guests in short transactions; yield how many each has erased."""
    idle = idle_guests(now, days).order_by("pk").values_list("pk", flat=True)
    while days and (batch := list(idle[:GUESTS_PER_TRANSACTION])):
        erased = _erase(batch, now, days)
        log.info("erased %d guests after %d idle days", erased, days)
        yield erased


@transaction.atomic
def _erase(batch: list[int], now: datetime, days: int) -> int:
    # No attempt can start for a locked candidate. Who is idle is read under the lock: a guest may have come back.
    list(Candidate.objects.select_for_update().filter(pk__in=batch).order_by("pk").values_list("pk"))
    guests = list(idle_guests(now, days).filter(pk__in=batch))
    erase(guests, now)
    return len(guests)


def erase(candidates: Collection[Candidate], now: datetime) -> None:
    """Remove code, UUID, preferences, extra time, notes, marks, files and addresses. Call it with locked candidates.

    The new UUID makes the guest code invalid. Reports about questions keep their text and follow the new UUID. Staff
    may have written into a reason why this person needs extra time, or another attempt.
    """
    Note.objects.filter(attempt__candidate__in=candidates).delete()
    study_state.delete(candidates)
    person_data_files.delete(candidates)
    granted = Allowance.objects.filter(attempt__candidate__in=candidates).exclude(reason=Allowance.SELF_CHOSEN)
    granted.update(reason="")
    # The result of a class stays under 'Deleted'. Without an entry the name cannot be read from the roster.
    _erase_names_from_logs(candidates)
    Participant.objects.filter(candidate__in=candidates).update(name="", entry=None, link_hash=None)
    kinds = EVENTS_WITH_REASON + EVENTS_WITH_ADDRESS
    events = list(AttemptEvent.objects.filter(attempt__candidate__in=candidates, kind__in=kinds))
    for event in events:
        event.data.pop("address", None)
        if event.data.get("reason") != Allowance.SELF_CHOSEN:
            event.data.pop("reason", None)
    AttemptEvent.objects.bulk_update(events, ["data"])
    for candidate in candidates:
        uuid = uuid4()
        QuestionReport.objects.filter(candidate_uuid=candidate.uuid).update(candidate_uuid=uuid)
        Candidate.objects.filter(pk=candidate.pk).update(
            uuid=uuid,
            code_hash=None,
            preferences={},
            target_date=None,
            extra_percent=0,
            extra_minutes=0,
            epoch=F("epoch") + 1,
            erased_at=now,
        )


def _erase_names_from_logs(candidates: Collection[Candidate]) -> None:
    """Take the names in a class out of the log of its exam, whose entries about one person end with the quoted name."""
    people = Participant.objects.filter(candidate__in=candidates).exclude(name="")
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Sitting))
    for sitting, name in people.values_list("sitting", "name"):
        ending = f"'{name}'."
        for entry in entries.filter(object_id=str(sitting), change_message__endswith=ending):
            entry.change_message = f"{entry.change_message.removesuffix(ending)}'{_('Deleted')}'."
            entry.save(update_fields=["change_message"])


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
    for _erased in _erase_batches(now, settings.GUEST_DAYS):
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
