"""Questions: identity and facts. The wordings are revisions (questions/models/revision.py)."""

import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from questions.content.schema import MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.content.worth import MAX_WORTH, MIN_WORTH
from questions.lint import definition_of
from questions.models.constraints import check, unique
from questions.models.points_field import PointsField
from questions.models.syllabus import ExamDomain, Point, Topic
from questions.models.tags_field import TagsField, stored_tags

STALE_AFTER = datetime.timedelta(days=365)  # the facts of a question have to be checked again after that

# Actions of the history that submit a wording for approval or end that.
APPROVAL_DECISIONS = ("submitted", "taken back", "sent back", "approved", "published")


class QuestionQuerySet(models.QuerySet["Question"]):
    def with_place(self) -> "QuestionQuerySet":
        """Return the questions with their places in the syllabus, authors and current wordings, in one query."""
        return self.select_related("exam_domain", "topic__task", "author", "current")

    def askable(self) -> "QuestionQuerySet":
        """Return live and pilot questions, from which forms are drawn."""
        return self.filter(status__in=["live", "pilot"], current__isnull=False)

    def in_review(self) -> "QuestionQuerySet":
        """Return questions whose newest wording waits for a reviewer."""
        return self.filter(_waiting_for_review())

    def returned_to(self, user: int | None) -> "QuestionQuerySet":
        """Return questions that a reviewer sent back to this user: their author, or who submitted them last."""
        history = _table("History").objects.filter(question=OuterRef("pk")).order_by("-at", "-pk")
        submissions = history.filter(action="submitted")
        mine = _table("History").objects.filter(action="submitted", by=user).order_by().values("question")
        own = Question.objects.filter(author=user).order_by().values("pk")
        return (
            self.filter(pk__in=own.union(mine))  # with OR, every question would be looked up in the history
            .annotate(
                last_decision=Subquery(history.filter(action__in=APPROVAL_DECISIONS).values("action")[:1]),
                submitter=Subquery(submissions.values("by")[:1]),
            )
            .filter(Q(author=user) | Q(submitter=user), last_decision="sent back")
        )

    def in_use(self) -> "QuestionQuerySet":
        """Return all questions that are not retired."""
        return self.exclude(status="retired")

    def reported(self) -> "QuestionQuerySet":
        """Return questions with an open report by a candidate."""
        # Starts from the few reports; the other way round would scan all questions.
        open_ones = _table("QuestionReport").objects.filter(status="open")
        return self.filter(pk__in=open_ones.values("revision__question"))

    def tagged(self, tag: str) -> "QuestionQuerySet":
        """Return questions with this tag."""
        return self.filter(tags__contains=stored_tags([tag]))

    def all_tags(self) -> list[str]:
        """Return the tags in use."""
        lists = self.exclude(tags="").order_by().values_list("tags", flat=True).distinct()
        return sorted({tag for tags in lists for tag in tags}, key=str.casefold)

    def stale(self, today: datetime.date) -> "QuestionQuerySet":
        """Return questions whose facts were not checked within a year."""
        return self.in_use().filter(Q(as_of=None) | Q(as_of__lt=today - STALE_AFTER))

    def without_references(self) -> "QuestionQuerySet":
        """Return questions whose newest wording has no references."""
        return self.in_use().filter(pk__in=_newest(references=[]))

    def without_topic(self) -> "QuestionQuerySet":
        return self.in_use().filter(topic=None)

    def without_rating(self) -> "QuestionQuerySet":
        """Return questions without a rater; an import gives a rating without one."""
        return self.in_use().filter(Q(rating=None) | Q(raters=0, origin="local"))

    def of_kind(self, kind: str) -> "QuestionQuerySet":
        """Return questions whose newest wording is of this kind."""
        return self.filter(pk__in=_newest(kind=kind))

    def with_newer_version(self) -> "QuestionQuerySet":
        """Return shipped questions with open conflicts: changed both here and in the last loaded version."""
        return self.filter(conflict__isnull=False)


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

    class Ask(models.TextChoices):
        """The kind of decision that a question asks for."""

        SERVICE = "service", _("service or architecture")
        TECHNIQUE = "technique", _("technique, algorithm or metric")
        DIAGNOSIS = "diagnosis", _("diagnosis")
        COMPUTATION = "computation", _("computation")
        SETTING = "setting", _("setting")

    class Default(models.TextChoices):
        """Where the textbook answer is among the options."""

        KEY = "key", _("it is the key")
        DISTRACTOR = "distractor", _("it is a wrong option")
        ABSENT = "absent", _("there is none")

    code = models.SlugField(max_length=80, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LOCAL)
    collection = models.SlugField(max_length=40, default="local")
    exam_domain = models.ForeignKey(
        ExamDomain, on_delete=models.PROTECT, null=True, blank=True, related_name="questions"
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="questions")
    points: "models.ManyToManyField[Point, Any]" = models.ManyToManyField(
        Point, through="QuestionPoint", related_name="questions"
    )
    rating = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Of 100 candidates who barely pass, how many answer correctly?"),
    )
    raters = models.PositiveSmallIntegerField(default=0)
    ask = models.CharField(max_length=12, choices=Ask, blank=True)
    default = models.CharField(max_length=10, choices=Default, blank=True)
    as_of = models.DateField(null=True, blank=True, help_text=_("The day on which the facts were checked."))
    worth = PointsField(default=100)
    partial = models.BooleanField(
        default=False,
        help_text=_(
            "In an exam scored in percent, each key selected earns a share of the points, and each wrong option takes "
            "one away."
        ),
    )
    shuffle = models.BooleanField(default=True)
    tags = TagsField(
        default=list, blank=True, help_text=_("Free labels, separated by commas, to find questions and to draw them.")
    )
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
        permissions = [("approve_question", "Can approve questions"), ("import_live", "Can import live questions")]
        indexes = [
            models.Index(fields=["status", "topic"], name="question_status_topic"),
            # Used by the queue of outdated facts, above the list and on the first page of the admin.
            models.Index(fields=["as_of"], name="question_as_of"),
            # Used by the filter by tag: few questions of a large bank have one.
            models.Index(fields=["id"], condition=~Q(tags=""), name="question_tagged"),
            # Used by the queue of conflicts, above the list of the admin.
            models.Index(fields=["code"], condition=Q(conflict__isnull=False), name="question_conflict"),
        ]
        constraints = [
            check(
                "question_status_known",
                Q(status__in=["draft", "review", "pilot", "live", "retired"]),
                _("A question is draft, in review, pilot, live or retired."),
            ),
            check("question_origin_known", Q(origin__in=["shipped", "local"]), _("A question is shipped or local.")),
            check(
                "question_ask_known",
                Q(ask__in=["", "service", "technique", "diagnosis", "computation", "setting"]),
                _("A question asks for a service, technique, diagnosis, computation or setting."),
            ),
            check(
                "question_default_known",
                Q(default__in=["", "key", "distractor", "absent"]),
                _("The textbook answer is the key, a distractor or absent."),
            ),
            check(
                "question_rating_percent",
                Q(rating=None) | Q(rating__gte=1, rating__lte=99),
                _("A rating is a whole percentage from 1 to 99."),
            ),
            check(
                "question_live_rating",
                ~Q(status__in=["pilot", "live"])
                | Q(rating__isnull=False, rating__gte=MIN_LIVE_RATING, rating__lte=MAX_LIVE_RATING),
                _("A live or pilot question needs a rating from 5 to 97."),
            ),
            check(
                "question_worth_possible",
                Q(worth__gte=MIN_WORTH, worth__lte=MAX_WORTH),
                _("A question is worth from 0.01 to 100 points."),
            ),
            check(
                "question_shipped_place",
                Q(origin="local") | Q(exam_domain__isnull=False),
                _("A shipped question needs an exam domain."),
            ),
            check(
                "question_topic_place",
                Q(topic=None) | Q(exam_domain__isnull=False),
                _("A question with a topic has its exam domain."),
            ),
            check(
                "question_live_wording",
                ~Q(status__in=["pilot", "live"]) | Q(current__isnull=False),
                _("A live or pilot question needs a published revision."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def syllabus(self) -> str:
        """The code of the exam whose syllabus has the question; "" without an exam domain."""
        return self.exam_domain.exam if self.exam_domain else ""


def rating_secret() -> Q:
    """Drafts and questions in review, whose rating users see only after giving their own."""
    return Q(status="draft") | _waiting_for_review()


def rating_known(reader: int | None) -> Q:
    """Questions whose rating the user with this key may see."""
    return ~rating_secret() | Q(Exists(_table("RaterRating").objects.filter(question=OuterRef("pk"), rater=reader)))


def _waiting_for_review() -> Q:
    # One list of keys from the few wordings that are not published: two conditions joined by OR would be checked for
    # every question, which takes half a second in a bank of 100,000.
    in_review = Q(submitted_at__isnull=False) | Q(question__status="review")
    return Q(pk__in=_newest(published_at=None).filter(in_review))


def _newest(**values: object) -> "models.QuerySet[Any, Any]":
    """Return the keys of the questions whose newest wording has these values."""
    revisions = _table("Revision").objects.all()
    newer = revisions.filter(question=OuterRef("question"), number__gt=OuterRef("number"))
    return revisions.filter(~Exists(newer), **values).order_by().values("question")


def _table(name: str) -> Any:
    """Return a model that refers to questions by name, because its module imports this one."""
    return apps.get_model("questions", name)


class QuestionPoint(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    point = models.ForeignKey(Point, on_delete=models.PROTECT)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            unique("question_point_unique", ["question", "point"], _("This question names this point already.")),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.point_id}"


class Enemy(models.Model):
    """Two questions that must not be on the same form; low < high stores each pair once."""

    low = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="enemies_above")
    high = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="enemies_below")

    class Meta:
        verbose_name_plural = _("enemies")
        constraints = [
            unique("enemy_pair_unique", ["low", "high"], _("These two questions are enemies already.")),
            check("enemy_low_below_high", Q(low__lt=F("high")), _("A question cannot be its own enemy.")),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} / {self.high_id}"


class Waiver(models.Model):
    """A warning of the lint that is accepted, with a reason."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="waivers")
    rule = models.SlugField(max_length=60)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            unique("waiver_rule_unique", ["question", "rule"], _("This rule is waived for this question already.")),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.rule}"

    @property
    def definition(self) -> str:
        """What the rule demands."""
        return definition_of(self.rule)
