"""The only writer of DataFile: the files with everything about a person, each for one candidate and for a day."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from exams.models import Attempt, Candidate, DataFile
from questions.models import User
from questions.services.jobs import Work

MAX_ATTEMPTS_AT_ONCE = 20  # in a file that a page makes itself; each takes about 10 ms
RETENTION = timedelta(hours=24)


def is_large(owners: Collection[Candidate]) -> bool:
    """Return whether the file takes too long for a page. The guest of a browser counts with its account."""
    some = Attempt.objects.filter(candidate__in=owners).values("pk")[: MAX_ATTEMPTS_AT_ONCE + 1]
    return len(some) > MAX_ATTEMPTS_AT_ONCE


def find(user: User | None, owners: Sequence[Candidate], now: datetime) -> DataFile | None:
    """Return the file of exactly these people, without its content; None if there is none or it is a day old."""
    if not owners:
        return None
    beside = owners[1] if len(owners) > 1 else None
    rows = DataFile.objects.filter(candidate=owners[0], user=user, beside=beside, made_at__gt=now - RETENTION)
    return rows.filter(made_at__lte=now).defer("data").first()  # not one that the clock was set back behind


def store(user: User | None, owners: Sequence[Candidate], data: bytes, now: datetime) -> None:
    """Store the file instead of an earlier one, unless a person in it was erased meanwhile."""
    keys = [owner.pk for owner in owners]
    with transaction.atomic():
        present = Candidate.objects.select_for_update().filter(pk__in=keys, erased_at=None).order_by("pk")
        if len(present.values_list("pk")) < len(keys) or (user and not User.objects.filter(pk=user.pk).exists()):
            return
        values = {"user": user, "beside": owners[1] if len(owners) > 1 else None, "made_at": now, "data": data}
        DataFile.objects.update_or_create(candidate=owners[0], defaults=values)


def delete(candidates: Collection[Candidate]) -> None:
    """Delete each file that one of these people is in."""
    DataFile.objects.filter(candidate__in=candidates).delete()
    DataFile.objects.filter(beside__in=candidates).delete()


def delete_expired(work: Work) -> None:
    """Delete the files that are a day old, and those from before the clock was set back: the job of each hour."""
    DataFile.objects.exclude(made_at__gt=work.now() - RETENTION, made_at__lte=work.now()).delete()
