"""Erase candidates: guests who have been idle for GUEST_DAYS, and anyone who asks.

Responses are kept as anonymous data for the statistics of questions.
"""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from exams.models import Allowance, Attempt, AttemptEvent, Candidate, Note, Participant, Sitting, TopicMark
from exams.services.people import person_data_files, study_state, used_places
from questions.models import QuestionReport

log = logging.getLogger(__name__)

EVENTS_WITH_REASON = ("allowance", "ended", "another_attempt", "removed", "let_in", "paused", "reopened")
EVENTS_WITH_ADDRESS = ("started", "taken_over", "other_network", "last_request")
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
    return sum(erase_batches(now, settings.GUEST_DAYS if days is None else days))


def erase_batches(now: datetime, days: int) -> Iterator[int]:
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
    granted = Allowance.objects.filter(attempt__candidate__in=candidates)
    granted.exclude(reason__in=Allowance.REASONS_WITHOUT_STAFF).update(reason="")
    # The result of a class stays under 'Deleted'. Without an entry the name cannot be read from the roster.
    used_places.keep(candidates, now)
    _erase_names_from_logs(candidates)
    Participant.objects.filter(candidate__in=candidates).update(name="", entry=None, link_hash=None, removal_reason="")
    kinds = EVENTS_WITH_REASON + EVENTS_WITH_ADDRESS
    events = list(AttemptEvent.objects.filter(attempt__candidate__in=candidates, kind__in=kinds))
    for event in events:
        event.data.pop("address", None)
        if event.data.get("reason") not in Allowance.REASONS_WITHOUT_STAFF:
            event.data.pop("reason", None)
    AttemptEvent.objects.bulk_update(events, ["data"])
    for candidate in candidates:
        uuid = uuid4()
        QuestionReport.objects.filter(candidate_uuid=candidate.uuid).update(candidate_uuid=uuid)
        Candidate.objects.filter(pk=candidate.pk).update(
            uuid=uuid,
            code_hash=None,
            preferences={},
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
