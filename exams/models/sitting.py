"""A sitting: one exam for a class, with its window, its terms and its participants."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from exams.models.form import Form
from exams.models.roster import MAX_NAME_CHARS, Roster, RosterEntry
from questions.models import Blueprint
from questions.models.constraints import check, unique

CODE_LETTERS = 6
CODE_ALPHABET = "BCDFGHJKMNPQRSTVWXYZ"  # no look-alikes, and no vowels that could make a word
MAX_ATTEMPTS = 10
JOINS_ALLOWED = 60  # by the code, unless the instructor says another number
MAX_JOINS = 1000
LATE_START = timedelta(minutes=2)  # after the last start or the end, of those that a busy server put off


class Sitting(models.Model):
    """`form` is the one paper for all; without it, each participant gets a paper of their own.

    `minutes` are those of the blueprint if null. `latest_deadline` is when the last participant is through, without
    extra time that is granted later; null if there is no such time. Answers are disclosed as
    `AttemptQuerySet.disclosed` says, and scores as
    `exams.services.results.shown_scores` does. At most `joins_allowed` people join by the
    code; nobody joins from `joining_closed_at` on. Lists leave out what was archived.
    """

    class Who(models.TextChoices):
        GUEST = "guest", _("Everybody who has the code and gives a name")
        ACCOUNT = "account", _("Everybody who has the code and signs in with an account")
        ROSTER = "roster", _("The people of a class, each with a personal link")

    class BeforeRelease(models.TextChoices):
        SCORE = "score", _("The score only")
        NOTHING = "nothing", _("Nothing")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=CODE_LETTERS, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="sittings"
    )
    name = models.CharField(max_length=MAX_NAME_CHARS)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="sittings")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, null=True, blank=True, related_name="sittings")
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, null=True, blank=True, related_name="sittings")
    who = models.CharField(max_length=7, choices=Who, default=Who.GUEST)
    opens_at = models.DateTimeField()
    last_start_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    attempts_allowed = models.PositiveSmallIntegerField(default=1)
    review_opens_at = models.DateTimeField(null=True, blank=True)
    latest_deadline = models.DateTimeField(null=True, blank=True, editable=False)
    released_at = models.DateTimeField(null=True, blank=True)
    before_release = models.CharField(max_length=7, choices=BeforeRelease, default=BeforeRelease.SCORE)
    self_allowance = models.BooleanField(default=False)
    # The database has the default too: a process of the release before may create a sitting during an upgrade.
    joins_allowed = models.PositiveSmallIntegerField(default=JOINS_ALLOWED, db_default=JOINS_ALLOWED)
    # Whether a reload of the room works without a connection: a service worker keeps the page, not the questions.
    offline_reload = models.BooleanField(default=True, db_default=True)
    joining_closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whether each attempt at the one paper has its own order of questions and options.
    own_order = models.BooleanField(default=False, db_default=False)
    # Such as '90 A, 75 B': from which score on which grade is given; and whether candidates see theirs on the report.
    grades = models.CharField(max_length=200, blank=True, default="", db_default="")
    shows_grades = models.BooleanField(default=False, db_default=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-opens_at", "-pk"]
        constraints = [
            check(
                "sitting_last_start_after_opening",
                Q(last_start_at=None) | Q(last_start_at__gt=F("opens_at")),
                _("The last start must be after the opening."),
            ),
            check(
                "sitting_closes_after_opening",
                Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                _("The end for all must be after the opening."),
            ),
            check(
                "sitting_last_start_before_closing",
                Q(closes_at=None) | Q(last_start_at=None) | Q(last_start_at__lt=F("closes_at")),
                _("The last start must be before the end for all."),
            ),
            check(
                "sitting_review_after_opening",
                Q(review_opens_at=None) | Q(review_opens_at__gt=F("opens_at")),
                _("The review must open after the exam."),
            ),
            check(
                "sitting_minutes_positive", Q(minutes=None) | Q(minutes__gte=1), _("An exam takes at least one minute.")
            ),
            check(
                "sitting_attempts_possible",
                Q(attempts_allowed__gte=1, attempts_allowed__lte=MAX_ATTEMPTS),
                _("A participant has 1 to 10 attempts."),
            ),
            check(
                "sitting_joins_possible",
                Q(joins_allowed__gte=1, joins_allowed__lte=MAX_JOINS),
                _("1 to 1,000 people can join by the code."),
            ),
            check(
                "sitting_roster_iff_chosen",
                Q(who="roster", roster__isnull=False) | Q(who__in=["guest", "account"], roster=None),
                _("Choose a class if, and only if, the exam is for the people of a class."),
            ),
            check(
                "sitting_before_release_known",
                Q(before_release__in=["score", "nothing"]),
                _("Before the release, participants see the score only or nothing."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_possible_start(self) -> datetime | None:
        """The moment from which on nobody can start; None if there is none."""
        return self.last_start_at or self.closes_at

    def admits_nobody(self, now: datetime) -> bool:
        """Return whether nobody can start any more, whatever attempts are left."""
        ends = (self.released_at, self.review_opens_at, self.last_possible_start)
        return any(end and now >= end for end in ends)

    def state(self, now: datetime) -> str:
        """Return where the window is: 'planned', 'open', 'over', or 'released' once the answers were released."""
        if self.released_at:
            return "released"
        if now < self.opens_at:
            return "planned"
        return "over" if self.admits_nobody(now) else "open"

    @property
    def minutes_allowed(self) -> int:
        """The minutes on the clock without anybody's extra time."""
        return self.minutes or self.blueprint.exam.minutes

    def end_of(self, start: datetime) -> datetime:
        """Return when an exam that starts at this time ends without anybody's extra time."""
        end = start + timedelta(minutes=self.minutes_allowed)
        return min(end, self.closes_at or end)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> "ParticipantQuerySet":
        """Those who were not removed."""
        return self.filter(removed_at=None)

    def able_to_start(self) -> "ParticipantQuerySet":
        """Those who have joined, not erased themselves, and have an attempt left."""
        own = Q(candidate__attempts__sitting=F("sitting"))
        joined = self.filter(candidate__isnull=False).exclude(name="")
        counted = joined.annotate(n_attempts=Count("candidate__attempts", filter=own))
        return counted.filter(n_attempts__lt=F("sitting__attempts_allowed") + F("extra_attempts"))

    def removed(self) -> "ParticipantQuerySet":
        return self.filter(removed_at__isnull=False)


class Participant(models.Model):
    """One person of a sitting, also before the start. A personal link works without an account.

    The link is derived from `uuid` and `link_number`, which a renewal raises; only its hash is stored, to look it
    up. A link binds one browser.
    `name` is empty once the person has deleted her data; `used_marks` are hashes that keep her place used.
    `extra_attempts` are those that staff has allowed.
    A person who was removed keeps her attempts, but starts nothing more, counts in no result, and leaves her place and
    her name to others.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="participants")
    entry = models.ForeignKey(RosterEntry, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="participations"
    )
    name = models.CharField(max_length=MAX_NAME_CHARS, blank=True)
    link_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    link_number = models.PositiveSmallIntegerField(default=0, editable=False)
    link_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    extra_attempts = models.PositiveSmallIntegerField(default=0)
    joined_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    # The database has the default too: a process of the release before may add a participant during an upgrade.
    removal_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    used_marks = models.JSONField(default=list, db_default=[], blank=True, editable=False)  # `used_places`

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            unique(
                "participant_candidate_unique", ["sitting", "candidate"], _("This browser has joined the exam already.")
            ),
            unique(
                "participant_entry_unique",
                ["sitting", "entry"],
                _("This person of the class is a participant already."),
            ),
            models.UniqueConstraint(
                F("sitting"),
                Lower("name"),
                condition=~Q(name="") & Q(removed_at=None),
                name="participant_name_unique",
                violation_error_message=_("Somebody with this name has joined the exam already."),
            ),
            check(
                "participant_joined_iff_candidate",
                Q(candidate=None, joined_at=None) | Q(candidate__isnull=False, joined_at__isnull=False),
                _("A participant has joined if and only if the browser is known."),
            ),
            check(
                "participant_removal_reason",
                Q(removal_reason="") | Q(removed_at__isnull=False),
                _("Only a removed participant has a reason for it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Deleted"))

    @property
    def username(self) -> str:
        """The user name of the account, "" for a guest and once the data are deleted."""
        user = self.candidate.user if self.name and self.candidate else None
        return user.username if user else ""

    @property
    def account(self) -> str:
        """The user name where it is not the name, "" otherwise: anybody can choose a display name."""
        return "" if self.username == self.name else self.username


def telling_nobody(sittings: Iterable[Sitting], now: datetime) -> set[int]:
    """Return the keys of those of these sittings whose scores tell nobody a key, as long as none is being written.

    There also those can start no more whose start a busy server had put off. That is also before the last start, once
    the joining is closed and nobody who has joined has an attempt left: one query.
    """
    over, closed = set(), set()
    for sitting in sittings:
        if sitting.admits_nobody(now - 2 * LATE_START):
            over.add(sitting.pk)
        elif sitting.joining_closed_at and sitting.joining_closed_at <= now:
            closed.add(sitting.pk)
    able = Participant.objects.filter(sitting__in=closed).present().able_to_start().order_by()
    return over | closed.difference(able.values_list("sitting", flat=True).distinct())
