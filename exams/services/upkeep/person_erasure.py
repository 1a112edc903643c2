"""Erase a person at once: the account, and everything that says whose the answers are. The answers stay."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from exams.models import Attempt, Candidate, Mode
from exams.services.attempt import ending
from exams.services.people import erasure
from questions.models import User

log = logging.getLogger(__name__)


class HasRoleError(Exception):
    """The account works on the bank. Its ratings and reviews would go with it."""


@transaction.atomic
def erase_person(user: User | None, candidates: Collection[Candidate], now: datetime) -> None:
    """Delete the account and erase the candidates, a guest beside the account among them.

    Running exams end without a score. Raise HasRoleError for an account that has a role.
    """
    if user and (user.is_staff or user.is_superuser):
        raise HasRoleError
    erase_candidates([candidate.pk for candidate in candidates], now)
    if user:
        account = ContentType.objects.get_for_model(User)
        entries = LogEntry.objects.filter(content_type=account, object_id=str(user.pk))
        entries.update(object_repr=_("Erased account"), change_message="")
        pk = user.pk
        user.delete()
        log.info("erased user %d", pk)


@transaction.atomic
def erase_candidates(keys: Collection[int], now: datetime) -> None:
    """Erase these candidates, and end what they have open: exams without a score."""
    # No attempt can start for a locked candidate.
    candidates = list(Candidate.objects.select_for_update().filter(pk__in=keys, erased_at=None).order_by("pk"))
    # Nor does another browser take over an exam that is locked.
    for attempt in Attempt.objects.open().filter(candidate__in=candidates).select_for_update(no_key=True):
        if attempt.mode != Mode.EXAM or not ending.abandon(attempt, now):
            ending.finish(attempt, now, at_once=True)
    erasure.erase(candidates, now)
    for candidate in candidates:
        log.info("erased candidate %d", candidate.pk)
