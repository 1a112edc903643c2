"""Blueprints: exams as data, immutable rows made from files or in the admin."""

from collections.abc import Collection, Iterable
from datetime import date
from functools import cached_property

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from questions.content.blueprint import BlueprintSpec
from questions.content.declarations import build
from questions.models.constraints import check, unique
from questions.models.syllabus import Topic


class BlueprintQuerySet(models.QuerySet["Blueprint"]):
    def current(self, code: str) -> "Blueprint | None":
        """Return the newest version of this exam, or None. Older versions stay for the forms made with them."""
        return self.filter(code=code).order_by("-version").first()

    def newest(self) -> "BlueprintQuerySet":
        """Return the newest version of each exam, by code."""
        newer = Blueprint.objects.filter(code=OuterRef("code"), version__gt=OuterRef("version"))
        return self.filter(~Exists(newer)).order_by("code")

    def in_use(self) -> "BlueprintQuerySet":
        """Return the newest version of each exam that is not archived."""
        return self.newest().filter(archived=False)

    def with_topics(self) -> "BlueprintQuerySet":
        """Return the rows with `has_topics`: whether the syllabus that they use has any."""
        topics = Topic.objects.filter(task__exam_domain__exam=OuterRef("syllabus_code"))
        named = NullIf(KT("spec__syllabus"), Value("null"))  # as SQLite reads null
        return self.alias(syllabus_code=Coalesce(named, F("code"))).annotate(has_topics=Exists(topics))  # type: ignore[no-redef]

    def with_house(self) -> "BlueprintQuerySet":
        """Return the rows with `is_of_house`, which is a query of each row otherwise."""
        shipped = Blueprint.objects.filter(code=OuterRef("named_syllabus"), origin=Blueprint.Origin.SHIPPED)
        rows = self.alias(named_syllabus=KT("spec__syllabus"))
        return rows.annotate(is_of_house=Q(origin=Blueprint.Origin.LOCAL) & ~Exists(shipped))  # type: ignore[no-redef]

    def with_syllabus(self, exam: str) -> "BlueprintQuerySet":
        """Return the rows of this exam and of the others that use its exam domains: what is known is shared by them."""
        return self.filter(Q(code=exam) | Q(spec__syllabus=exam))

    def of_syllabus(self, exam: str) -> "Blueprint | None":
        """Return the exam with this code, or else the first one that uses its exam domains, or None."""
        return self.current(exam) or self.newest().filter(spec__syllabus=exam).first()

    def by_syllabus(self) -> dict[str, "Blueprint"]:
        """Return `of_syllabus` of each exam whose exam domains are used, that of the default exam first: one query."""
        rows = list(self.newest())
        default = default_of(rows)
        exams: dict[str, Blueprint] = {}
        for row in sorted(rows, key=lambda row: (row != default, row.exam.syllabus is not None)):
            exams.setdefault(row.exam.syllabus_code, row)
        codes = {row.code: row for row in rows}
        return {exam: codes.get(exam, row) for exam, row in exams.items()}

    def default(self) -> "Blueprint | None":
        """Return the exam that pages and commands take where none is named, or None if there is no exam."""
        return default_of(list(self.newest()))


def default_of(rows: Collection["Blueprint"]) -> "Blueprint | None":
    """Return the default one of these exams, None without any.

    Without one whose file says so, it is the first on the start page by code. A file that was the default one may be
    gone and its row still be here: the one loaded last counts.
    """
    marked = [row for row in rows if row.exam.default]
    if marked:
        return max(marked, key=lambda row: row.loaded_at)
    return min(rows, key=lambda row: (not row.offered, row.code), default=None)


def remembered_of(
    rows: Collection["Blueprint"], codes: Iterable[object], bookable_on: date | None = None
) -> "Blueprint | None":
    """Return the exam of the first of these codes that is among these exams, else the default one of them.

    The default one may be retired: with a day, it is one of those that can be booked then, if there are any.
    """
    by_code: dict[object, Blueprint] = {row.code: row for row in rows}
    for code in codes:
        if code in by_code:
            return by_code[code]
    bookable = [row for row in rows if bookable_on and row.exam.is_bookable(bookable_on)]
    return default_of(bookable or rows)


class Blueprint(models.Model):
    """An immutable row, apart from three switches of this installation.

    `offered` is whether the start page shows the exam, `admits` whether new candidates can start it there or by its
    address. Exams of a class depend on neither. `archived` takes an exam that was used out of the lists of staff.
    """

    class Origin(models.TextChoices):
        SHIPPED = "shipped", _("shipped")
        LOCAL = "local", _("local")

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    sha256 = models.CharField(max_length=64)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SHIPPED)
    offered = models.BooleanField(default=True)
    admits = models.BooleanField(default=True)
    archived = models.BooleanField(default=False, db_default=False)
    loaded_at = models.DateTimeField()
    has_topics: bool  # in rows of `with_topics`
    taken: bool  # in rows of `exams/chosen_exam.py`, as the next one
    has_begun: bool

    objects = BlueprintQuerySet.as_manager()

    class Meta:
        permissions = [("make_blueprint", "Can create blueprints")]
        constraints = [
            unique(
                "blueprint_code_version_unique",
                ["code", "version"],
                _("This version of the blueprint exists already. Raise its version."),
            ),
            check("blueprint_origin_known", Q(origin__in=["shipped", "local"]), _("A blueprint is shipped or local.")),
            check(
                "blueprint_archived_is_closed",
                Q(archived=False) | Q(offered=False, admits=False),
                _("An archived exam is closed and not on the start page."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @cached_property
    def exam(self) -> BlueprintSpec:
        """The specification of this exam: counts, minutes, scale, exam domains."""
        return build(BlueprintSpec, self.spec)

    @cached_property
    def is_of_house(self) -> bool:
        """Whether it was made by the people who run this site, without the exam domains of an exam that is shipped."""
        return self.origin == self.Origin.LOCAL and Blueprint.objects.with_house().get(pk=self.pk).is_of_house
