"""What the classes of an instructor need now: those that sit today, and answers that wait for a release. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from exams.models import Attempt, Sitting
from exams.models.attempt import FINISHED, answers_open
from exams.services.classes.sittings import visible_to
from questions.models import User

UNENDING_DAYS = timedelta(days=7)  # how long an exam without an end is news after its opening
MAX_LISTED = 12


@dataclass(frozen=True, slots=True)
class Agenda:
    """`today`: open now, or opening today, the next first. `to_release`: finished, and the answers are not open."""

    today: list[Sitting]
    to_release: list[Sitting]


def agenda(user: User, now: datetime) -> Agenda:
    """Return what the classes of this user need: one query."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    runs = Q(latest_deadline__gt=now) | Q(latest_deadline=None, opens_at__gt=now - UNENDING_DAYS)
    attempts = Attempt.objects.filter(sitting=OuterRef("pk"))
    finished = Exists(attempts.filter(status__in=FINISHED))
    writing = Q(latest_deadline__gt=now) | Exists(attempts.filter(pk__in=Attempt.objects.unfinished(now)))
    # Not `~answers_open`: the condition is null for an exam without an end.
    is_open = Exists(Sitting.objects.filter(answers_open(now), pk=OuterRef("pk")))
    sits, waits = Q(runs, opens_at__lt=midnight), Q(finished) & ~Q(writing) & ~Q(is_open)
    rows = visible_to(user).filter(sits | waits, archived_at=None, released_at=None)
    listed = list(rows.annotate(waits=waits).order_by("opens_at", "pk")[:MAX_LISTED])
    return Agenda([row for row in listed if not row.waits], [row for row in listed if row.waits])
