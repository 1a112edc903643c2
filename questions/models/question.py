"""A question is an identity with facts; a revision is one immutable wording of it, with options."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from questions.models.syllabus import ExamDomain, Point, Topic
from questions.querysets import QuestionQuerySet


class Question(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PILOT = "pilot", _("pilot")
        LIVE = "live", _("live")
        RETIRED = "retired", _("retired")

    class Origin(models.TextChoices):
        SHIPPED = "shipped", _("shipped")
        LOCAL = "local", _("local")

    code = models.SlugField(max_length=80, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LOCAL)
    collection = models.SlugField(max_length=40, default="local")
    exam_domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="questions")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="questions")
    points: "models.ManyToManyField[Point, Any]" = models.ManyToManyField(
        Point, through="QuestionPoint", related_name="questions"
    )
    rating = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Of 100 candidates who are just good enough to pass, how many answer correctly?"),
    )
    raters = models.PositiveSmallIntegerField(default=0)
    as_of = models.DateField(null=True, blank=True, help_text=_("The day on which the facts were checked."))
    license = models.CharField(max_length=40, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    current = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    base = models.JSONField(null=True, blank=True, editable=False)
    base_sha = models.CharField(max_length=64, blank=True, editable=False)
    conflict = models.JSONField(null=True, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    batch = models.ForeignKey("ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="questions")
    lock_version = models.PositiveIntegerField(default=0, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        permissions = [("approve_question", "Can approve questions")]
        indexes = [models.Index(fields=["status", "topic"], name="question_status_topic")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "review", "pilot", "live", "retired"]),
                name="question_status_known",
                violation_error_message=_("A question is draft, in review, pilot, live or retired."),
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["shipped", "local"]),
                name="question_origin_known",
                violation_error_message=_("A question is shipped or local."),
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=99),
                name="question_rating_percent",
                violation_error_message=_("A rating is a whole per cent from 1 to 99."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pilot", "live"]) | Q(rating__isnull=False, rating__gte=5, rating__lte=97),
                name="question_live_rating",
                violation_error_message=_("A live or pilot question needs a rating from 5 to 97."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pilot", "live"]) | Q(current__isnull=False),
                name="question_live_wording",
                violation_error_message=_("A live or pilot question needs a published wording."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class QuestionPoint(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    point = models.ForeignKey(Point, on_delete=models.PROTECT)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "point"],
                name="question_point_unique",
                violation_error_message=_("This question names this point already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.point_id}"


class Enemy(models.Model):
    """Two questions that must not meet on one form; low < high makes the pair symmetric by form."""

    low = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="enemies_above")
    high = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="enemies_below")

    class Meta:
        verbose_name_plural = _("enemies")
        constraints = [
            models.UniqueConstraint(
                fields=["low", "high"],
                name="enemy_pair_unique",
                violation_error_message=_("These two questions are enemies already."),
            ),
            models.CheckConstraint(
                condition=Q(low__lt=F("high")),
                name="enemy_low_below_high",
                violation_error_message=_("A question cannot be its own enemy."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} / {self.high_id}"


class Revision(models.Model):
    """One wording: kind, stem, options, key. Immutable once published (questions/immutability.py).

    `key` is an integer of bits: bit b is set when the option with Option.bit = b is correct.
    Explanation, rationales and references are commentary and may be improved in place.
    """

    class Kind(models.TextChoices):
        MULTIPLE_CHOICE = "multiple-choice", _("multiple choice")
        MULTIPLE_RESPONSE = "multiple-response", _("multiple response")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    stem = models.TextField()
    stem_html = models.TextField(blank=True, editable=False)
    key = models.PositiveIntegerField()
    choose = models.PositiveSmallIntegerField()
    n_options = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)  # null again when it is sent back
    published_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    same_item_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    explanation = models.TextField(blank=True)
    explanation_html = models.TextField(blank=True, editable=False)
    references = models.JSONField(default=list, blank=True)
    commentary_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["question_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "number"],
                name="revision_number_unique",
                violation_error_message=_("This question has a revision with this number already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["multiple-choice", "multiple-response"]),
                name="revision_kind_known",
                violation_error_message=_("A question is multiple choice or multiple response."),
            ),
            models.CheckConstraint(
                condition=Q(n_options__lte=30),
                name="revision_options_at_most_30",
                violation_error_message=_("A question has at most 30 options."),
            ),
            models.CheckConstraint(
                # All bits set would make every option a key.
                condition=Q(published_at=None) | Q(key__gt=0, key__lt=Value(1).bitleftshift(F("n_options")) - 1),  # type: ignore[arg-type]  # stubs
                name="revision_key_possible",
                violation_error_message=_(
                    "A published question needs a key, and at least one option that is not a key."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} r{self.number}"

    @property
    def full(self) -> int:
        """All bits of this revision set: 2^n - 1."""
        return (1 << self.n_options) - 1


class Option(models.Model):
    """One option. Pages know it by `bit`, a rank of hashes that says nothing of the authored order."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="options")
    code = models.CharField(max_length=20)
    ordinal = models.PositiveSmallIntegerField()
    bit = models.PositiveSmallIntegerField()
    text = models.TextField()
    text_html = models.TextField(blank=True, editable=False)
    rationale = models.TextField(blank=True)
    rationale_html = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ["revision_id", "ordinal"]  # by the column: by the revision would join two tables
        constraints = [
            models.UniqueConstraint(
                fields=["revision", name],
                name=f"option_{name}_unique",
                violation_error_message=_("Two options of one wording cannot share their code, place or bit."),
            )
            for name in ("code", "ordinal", "bit")
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.code}"


class Waiver(models.Model):
    """A warning of the lint that somebody has accepted, with a reason."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="waivers")
    rule = models.SlugField(max_length=60)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "rule"],
                name="waiver_rule_unique",
                violation_error_message=_("This rule is waived for this question already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.rule}"
