"""Responses: one row for each position of an attempt, with frozen facts of the question and the answer; and notes."""

from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from exams.models.attempt import FINISHED, Attempt
from questions.content.worth import MAX_WORTH, MIN_WORTH
from questions.models import Revision
from questions.models.constraints import check, unique

# What `correct` is; `correct_under` is the same rule for a ruling that has not been made.
CORRECT = Q(credited=True) | Q(ticked=F("key")) | Q(also__gt=0, ticked=F("also"))


def correct_under(key: int, also: int, *, credited: bool) -> Value | ExpressionWrapper:
    """Return what `correct` would be if these were the key, the second key (0: none) and `credited`."""
    if credited:
        return Value(True)
    return ExpressionWrapper(Q(ticked__in={key, also} - {0}), output_field=models.BooleanField())


class Response(models.Model):
    """One position of an attempt. Scoring, statistics and review read this table alone.

    `also` is a second key by ruling (0: none). `credited` counts the response as correct for any answer. Neither
    changes `choose`. `worth`, in hundredths of a point, and `partial` count only in exams scored in percent; `correct`
    is full credit in any. `ticked` contains bits (Option.bit). `order` is the bits as shown, one base-32 digit each.
    `confidence` is a `Confidence`, of study mode. `seconds` is the total visible time as counted by the
    browser, 0 if unknown. `trail` has "mask@second;" for each change. Its seconds are what the browser says.
    """

    class Confidence(models.IntegerChoices):
        GUESS = 1, _("a guess")
        UNSURE = 2, _("unsure")
        SURE = 3, _("sure")

    # The unique index of attempt and position finds the responses of an attempt, too.
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="responses", db_index=False)
    position = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="responses")
    exam_domain = models.PositiveSmallIntegerField(help_text=_("Number of the exam domain."))
    scored = models.BooleanField()
    withdrawn = models.BooleanField(default=False)
    repeat = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField()
    worth = models.PositiveSmallIntegerField(default=100)
    partial = models.BooleanField(default=False)
    b = models.FloatField(null=True)
    key = models.PositiveIntegerField()
    also = models.PositiveIntegerField(default=0)
    credited = models.BooleanField(default=False)
    choose = models.PositiveSmallIntegerField()
    full = models.PositiveIntegerField()
    order = models.CharField(max_length=30)
    ticked = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    struck = models.PositiveIntegerField(default=0)
    flagged = models.BooleanField(default=False)
    confidence = models.PositiveSmallIntegerField(null=True)
    seconds = models.PositiveIntegerField(default=0)
    trail = models.TextField(default="", blank=True)
    first_shown = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True)
    correct = models.GeneratedField(
        expression=ExpressionWrapper(CORRECT, output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["attempt_id", "position"]
        constraints = [
            unique(
                "response_position_unique",
                ["attempt", "position"],
                _("This attempt has a question at this position already."),
            ),
            check("response_position_from_one", Q(position__gte=1), _("Positions count from 1.")),
            check(
                "response_ticks_exist",
                Q(ticked__gte=0, ticked__lte=F("full")),
                _("Only options of the question can be ticked."),
            ),
            check(
                "response_key_possible",
                Q(key__gt=0, key__lt=F("full")),
                _("A question needs a key, and at least one option that is not a key."),
            ),
            check(
                "response_also_possible",
                Q(also__lt=F("full")),
                _("A second key leaves at least one option that is not a key."),
            ),
            check(
                "response_rating_percent",
                Q(rating__gte=1, rating__lte=99),
                _("A rating is a whole percentage from 1 to 99."),
            ),
            check(
                "response_worth_possible",
                Q(worth__gte=MIN_WORTH, worth__lte=MAX_WORTH),
                _("A question is worth from 0.01 to 100 points."),
            ),
            check(
                "response_confidence_known",
                Q(confidence=None) | Q(confidence__in=[1, 2, 3]),
                _("Confidence is a guess (1), unsure (2) or sure (3)."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} / {self.position}"

    @property
    def bits(self) -> list[int]:
        """The bits of the options in the order shown to the candidate."""
        return [int(digit, 32) for digit in self.order]


def complete(path: str = "") -> Q:
    """Return whether as many options are ticked as the question takes; `path` leads to the response."""
    # The bits are added up in twos, fours and eights: Django would compile a sum of all of them for longer than a query
    # takes. The remainder by 255 is the sum of the bytes.
    ticked = F(f"{path}ticked")
    twos = ticked - ticked.bitrightshift(1).bitand(0x55555555)
    fours = twos.bitand(0x33333333) + twos.bitrightshift(2).bitand(0x33333333)
    eights = (fours + fours.bitrightshift(4)).bitand(0x0F0F0F0F)
    return Q(**{f"{path}ticked__gt": 0}) & Q(GreaterThanOrEqual(eights % 255, F(f"{path}choose")))


# The candidate has seen the question: in the room, or in the review of a finished exam, which shows all of them.
SEEN = Q(first_shown__isnull=False) | Q(attempt__mode="exam", attempt__status__in=FINISHED)
# The candidate may see the solution, unless the question is in an open exam now.
DISCLOSED = ~Q(attempt__status="open") | Q(revealed_at__isnull=False)


class Note(models.Model):
    """A note on one question (position 0: the scratchpad of the exam). Rows exist only for used notes.

    `highlights` is {"stem": [[start, end]], "<bit>": [[start, end]]}: character offsets into the stem and the options.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="notes", db_index=False)  # as above
    position = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    highlights = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            unique("note_position_unique", ["attempt", "position"], _("This question has a note already.")),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} / {self.position}"
