"""An attempt (one candidate sitting one form), its event log, and its allowances of extra time."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from exams.lost_time import MIN_OUTAGE
from exams.models.candidate import Candidate
from exams.models.form import Form, Mode
from exams.models.heartbeat import SITE, Heartbeat
from exams.models.outage import Outage
from exams.models.sitting import Sitting
from questions.models import Blueprint
from questions.models.constraints import check, unique

# Saves that arrive this long after the deadline still count; the room then leads to the finish page.
GRACE = timedelta(seconds=10)

MAX_STUDIED_ATTEMPTS = 1000  # three a day for a year

# The statuses of an attempt that was finished by the candidate or by time, with or without a score.
FINISHED = ("submitted", "scored", "scoring_failed")


def answers_open(now: datetime, sitting: str = "") -> Q:
    """Return the condition that the answers of a sitting are open. `sitting` is its field in the table queried.

    They open at the time set for the review, by default at the latest possible deadline, but never while somebody of
    the class is writing; or when the instructor releases them.
    """
    prefix = f"{sitting}__" if sitting else ""
    writing = Attempt.objects.unfinished(now).filter(sitting=OuterRef(sitting or "pk"))
    review = LessThanOrEqual(Coalesce(F(f"{prefix}review_opens_at"), F(f"{prefix}latest_deadline")), now)
    return Q((f"{prefix}released_at__lte", now)) | Q(Q(review), ~Exists(writing))


def held(now: datetime) -> Q:
    """Return the condition that the deadline of an exam is held: it fell into an outage that nobody has decided on.

    An outage that has just ended is not recorded before the next heartbeat, so a silence counts as well.
    """
    outages = Outage.objects.undecided(now)
    silence = Heartbeat.objects.filter(name=SITE, beat_at__lt=now - MIN_OUTAGE, beat_at__lte=OuterRef("deadline"))
    in_outage = Exists(outages.filter(began_at__lte=OuterRef("deadline"), ended_at__gte=OuterRef("deadline")))
    return Q(mode="exam") & (Q(in_outage) | Q(Exists(silence)))


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def open(self) -> "AttemptQuerySet":
        """Attempts in progress: exams and practice."""
        return self.filter(status="open")

    def open_exams(self) -> "AttemptQuerySet":
        """Exams in progress. A candidate has at most one for each blueprint."""
        return self.open().filter(mode="exam")

    def open_practices(self) -> "AttemptQuerySet":
        """Practice in progress."""
        return self.open().filter(mode="practice")

    def open_exams_at(self, moment: datetime) -> "AttemptQuerySet":
        """Exams that were in progress at `moment`, including those that have ended since."""
        return self.filter(mode="exam", started_at__lte=moment, deadline__gt=moment).exclude(submitted_at__lte=moment)

    def finished_exams(self) -> "AttemptQuerySet":
        """Exams finished by the candidate or by time, with or without a score."""
        return self.filter(status__in=FINISHED, mode="exam")

    def of_exam(self, exam: str) -> "AttemptQuerySet":
        """Attempts of this exam and of those that use its exam domains."""
        return self.filter(blueprint_code__in=Blueprint.objects.with_syllabus(exam).order_by().values("code"))

    def scored_exams(self) -> "AttemptQuerySet":
        """Scored exams of real candidates. Simulated exams are left out."""
        return self.filter(report__isnull=False, mode="exam", synthetic=False)

    def studied(self, candidates: Collection[int]) -> "AttemptQuerySet":
        """The newest attempts of these candidates: what study rests on.

        The history has all of them. The limit keeps pages fast for somebody who practices for years.
        """
        return self.filter(candidate__in=candidates).order_by("-started_at", "-pk")[:MAX_STUDIED_ATTEMPTS]

    def awaiting_score(self) -> "AttemptQuerySet":
        """Finished exams that have no score yet."""
        return self.filter(status="submitted", mode="exam")

    def disclosed(self, now: datetime) -> "AttemptQuerySet":
        """Attempts whose sitting does not hold back the answers: exams of a class until they are released.

        Whether an attempt itself is over, and its questions are in no open exam, is for `disclosure` to say.
        """
        return self.filter(Q(sitting=None) | answers_open(now, "sitting"))

    def seated(self, seat: str) -> "AttemptQuerySet":
        """Attempts that the browser with this seat may write: of a class its own, otherwise all."""
        return self.filter(seat__in=("", seat))

    def seated_elsewhere(self, seat: str) -> "AttemptQuerySet":
        """Open attempts that another browser than that with this seat writes."""
        return self.open().exclude(seat__in=("", seat))

    def held(self, now: datetime) -> "AttemptQuerySet":
        """Open exams past their deadline, which is held."""
        return self.open().filter(held(now), deadline__lte=now, paused_at=None)

    def overdue(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts past their deadline and grace period, to be closed. Those that are paused or held are not."""
        return self.open().filter(~held(now), deadline__lte=now - GRACE, paused_at=None)

    def writable(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts that accept answers now, grace period included."""
        return self.open().filter(deadline__gt=now - GRACE, paused_at=None)

    def in_time(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts that accept answers now, or when they are no longer paused."""
        return self.open().filter(Q(deadline__gt=now - GRACE) | Q(paused_at__isnull=False))

    def unfinished(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts that accept answers now or later: paused ones, and held ones to which minutes may be given."""
        has_time = Q(deadline__gt=now - GRACE) | Q(paused_at__isnull=False)
        return self.open().filter(has_time | (Q(deadline__lte=now) & held(now)))


class Attempt(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", _("running")
        SUBMITTED = "submitted", _("finished, score pending")
        SCORED = "scored", _("scored")
        SCORING_FAILED = "scoring_failed", _("scoring failed")
        ABANDONED = "abandoned", _("ended without a score")

    class ClosedBy(models.TextChoices):
        CANDIDATE = "candidate", _("the candidate")
        TIME = "time", _("time")
        STAFF = "staff", _("staff")

    class PracticeKind(models.TextChoices):
        TRY = "try", _("Try 10")
        QUIZ = "quiz", _("Quiz")
        MISTAKES = "mistakes", _("Missed questions")
        REPETITION = "repetition", _("Repetition")
        FULL = "full", _("Full-length, untimed")
        TODAY = "today", _("Today")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    # The index of candidate and start finds the attempts of a candidate, too.
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="attempts")
    blueprint_code = models.CharField(max_length=40)
    sitting = models.ForeignKey(
        Sitting, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts", help_text=_("Of a class.")
    )
    # The database has the default too, as for `timed`.
    number = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text=_("The first, second, ... attempt of a participant in a sitting.")
    )
    # The names of browser sessions. The database has the default too, as for `timed`.
    seat = models.CharField(
        max_length=16, default="", db_default="", blank=True, help_text=_("The browser that writes, in a class.")
    )
    former_seat = models.CharField(
        max_length=16, default="", db_default="", blank=True, help_text=_("The one before, whose next request counts.")
    )
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.EXAM)
    practice_kind = models.CharField(  # noqa: DJ001  (null: an exam; no kind of practice means that)
        max_length=10, choices=PracticeKind, null=True, blank=True
    )
    title = models.CharField(
        max_length=120, default="", db_default="", blank=True, help_text=_("Of practice: what it asks, in words.")
    )
    # The database has the default too: a process of the release before may start an exam during an upgrade.
    timed = models.BooleanField(
        default=True, db_default=True, help_text=_("Show a clock. An untimed practice closes itself later.")
    )
    predicted = models.FloatField(null=True, blank=True, help_text=_("Predicted chance of passing, at the start."))
    feedback = models.CharField(max_length=4, choices=[("end", _("at the end")), ("each", _("each"))], default="end")
    synthetic = models.BooleanField(default=False)
    status = models.CharField(max_length=15, choices=Status, default=Status.OPEN)
    started_at = models.DateTimeField()
    deadline = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True, help_text=_("Since then its clock stands."))
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(  # noqa: DJ001  (null: not closed yet; no choice means that)
        max_length=10, choices=ClosedBy, null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(default=1)
    report = models.ForeignKey("ScoreReport", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    scoring_tries = models.PositiveSmallIntegerField(default=0)
    scoring_error = models.TextField(blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["candidate", "-started_at"], name="attempt_candidate_started"),
            # Used by the list of the admin.
            models.Index(fields=["-started_at", "-id"], name="attempt_newest"),
            # Used by the record of predictions, which takes the newest.
            models.Index(fields=["-id"], condition=Q(predicted__isnull=False), name="attempt_predicted"),
            # Used by the sweeper to close overdue attempts.
            models.Index(fields=["deadline"], condition=Q(status="open"), name="attempt_deadline_open"),
            # Used by the sweeper to score finished exams.
            models.Index(
                fields=["submitted_at"],
                condition=Q(status="submitted", mode="exam"),
                name="attempt_submitted_waiting",
            ),
        ]
        constraints = [
            unique(
                "attempt_one_open_exam",
                ["candidate", "blueprint_code"],
                _("An exam is running already. Go back to it, or finish it first."),
                among=Q(status="open", mode="exam", sitting=None),
            ),
            unique(
                "attempt_one_open_in_sitting",
                ["sitting", "candidate"],
                _("This exam is running already. Go back to it, or finish it first."),
                among=Q(status="open"),
            ),
            unique(
                "attempt_number_in_sitting",
                ["sitting", "candidate", "number"],
                _("This attempt has been started already."),
            ),
            check("attempt_number_from_one", Q(number__gte=1), _("Attempts count from 1.")),
            check(
                "attempt_of_a_sitting_is_an_exam",
                Q(sitting=None) | Q(mode="exam"),
                _("A class sits exams, not practice."),
            ),
            check(
                "attempt_seat_of_a_class",
                Q(sitting__isnull=False) | Q(seat="", former_seat=""),
                _("Only an exam of a class is written by one browser."),
            ),
            check(
                "attempt_seats_differ",
                Q(former_seat="") | ~Q(seat=F("former_seat")),
                _("The browser before is another one."),
            ),
            check(
                "attempt_kind_iff_practice",
                Q(
                    mode="practice",
                    practice_kind__isnull=False,
                    practice_kind__in=["try", "quiz", "mistakes", "repetition", "full", "today"],
                )
                | (~Q(mode="practice") & Q(practice_kind=None)),
                _("Practice has a kind, an exam has none."),
            ),
            check("attempt_exam_is_timed", Q(timed=True) | Q(mode="practice"), _("Only practice can be untimed.")),
            check(
                "attempt_predicted_is_a_chance",
                Q(predicted=None) | Q(predicted__gte=0, predicted__lte=1),
                _("A prediction is a chance from 0 to 1."),
            ),
            check(
                "attempt_deadline_after_start",
                Q(deadline__gt=F("started_at")),
                _("The deadline must be after the start."),
            ),
            check(
                "attempt_paused_while_open",
                Q(paused_at=None) | Q(status="open", mode="exam", paused_at__lte=F("deadline")),
                _("Only an open exam is paused, before its deadline."),
            ),
            check(
                "attempt_scored_iff_report",
                Q(status="scored", report__isnull=False) | (~Q(status="scored") & Q(report=None)),
                _("An attempt is scored if and only if it has a score report."),
            ),
            check(
                "attempt_status_known",
                Q(status__in=["open", "submitted", "scored", "scoring_failed", "abandoned"]),
                _("This status of an attempt is unknown."),
            ),
            check("attempt_mode_known", Q(mode__in=["exam", "practice"]), _("An attempt is an exam or practice.")),
            check(
                "attempt_feedback_known",
                Q(feedback__in=["end", "each"]),
                _("Answers are shown at the end or after each question."),
            ),
            check(
                "attempt_closed_iff_ended",
                Q(status="open", submitted_at=None, closed_by=None)
                | Q(
                    ~Q(status="open"),
                    submitted_at__isnull=False,
                    closed_by__isnull=False,  # NULL IN (...) is NULL, which a CHECK lets pass
                    closed_by__in=["candidate", "time", "staff"],
                ),
                _("A closed attempt must have an end time and a value for who closed it."),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {str(self.uuid)[:8]}"

    @property
    def name(self) -> str:
        """What a practice is called: by what it asks, or by its kind if it was started before there were titles."""
        return self.title or self.get_practice_kind_display()

    @cached_property
    def is_disclosed(self) -> bool:
        """Whether the class of this attempt does not hold back the answers now; no query outside of a class."""
        return self.sitting_id is None or Attempt.objects.filter(pk=self.pk).disclosed(timezone.now()).exists()


class AttemptEvent(models.Model):
    """One entry in the log of an attempt. Append only."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.kind


class Allowance(models.Model):
    """Extra minutes on one attempt, which moved the deadline. Append only; an erasure empties the reasons of staff."""

    # The reasons in rows that no member of staff has written.
    SELF_CHOSEN = "chosen by the candidate"
    PUT_OFF = "the server put off the start"
    REASONS_WITHOUT_STAFF = (SELF_CHOSEN, PUT_OFF)

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="allowances")
    minutes = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    outage = models.ForeignKey(
        Outage, on_delete=models.PROTECT, null=True, blank=True, related_name="allowances", db_index=False
    )

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            unique(
                "allowance_one_for_an_outage",
                ["outage", "attempt"],
                _("This exam has its minutes of this outage already."),
                among=Q(outage__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"+{self.minutes} min"
