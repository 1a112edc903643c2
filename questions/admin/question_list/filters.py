"""The filters of the list of questions, and the queues above it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from questions.admin.filter_bar import NONE, KnownValueFilter, known
from questions.content.typed_numbers import whole_number
from questions.models import ExamDomain, ImportBatch, ItemStatistics, Question, Revision, Task, Topic, User
from questions.models.question import QuestionQuerySet, rating_known

MAX_COUNTED = 1000  # larger queues are shown as "over 1000"
MAX_IMPORTS = 50  # in the filter by import, the newest first
MAX_ANSWERS = 2**31 - 1
_RATINGS = ((1, 39), (40, 59), (60, 79), (80, 99))


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue, as a filter of the list."""

    name: str
    title: Any
    narrow: Callable[[QuestionQuerySet, HttpRequest], QuestionQuerySet]

    def count(self, request: HttpRequest) -> int:
        """Return the number of questions in the queue, at most MAX_COUNTED + 1."""
        return self.narrow(Question.objects.order_by(), request)[: MAX_COUNTED + 1].count()


QUEUES = {
    item.name: item
    for item in (
        Queue("mine", _("Mine"), lambda rows, request: rows.in_use().filter(author=request.user.pk)),
        Queue("returned", _("Returned to you"), lambda rows, request: rows.returned_to(request.user.pk)),
        Queue("reported", _("Reported by candidates"), lambda rows, request: rows.reported()),
        Queue("stale", _("Outdated facts"), lambda rows, request: rows.stale(timezone.localdate())),
        Queue("no-references", _("No references"), lambda rows, request: rows.without_references()),
        Queue("no-topic", _("No topic"), lambda rows, request: rows.without_topic()),
        Queue("no-rating", _("Not rated"), lambda rows, request: rows.without_rating()),
        Queue("new-version", _("Conflicts"), lambda rows, request: rows.with_newer_version()),
    )
}


class QueueFilter(KnownValueFilter):
    title, parameter_name = _("queue"), "queue"

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(item.name, item.title) for item in QUEUES.values()]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return QUEUES[value].narrow(rows, self.request)


def _topics() -> Iterable[tuple[int, str]]:
    topics = Topic.objects.select_related("task").order_by("task__exam_domain", "task__code", "ordinal")
    return [(item.pk, f"{item.task.code} {item.title}") for item in topics]


def _authors() -> Iterable[tuple[Any, Any]]:
    """Return all staff instead of all authors, which would read the whole table."""
    writers = User.objects.filter(is_staff=True).order_by("username")
    return [*((item.pk, item.get_username()) for item in writers), (NONE, _("no author"))]


def _tasks() -> Iterable[tuple[int, Task]]:
    return [(item.pk, item) for item in Task.objects.order_by("exam_domain", "code")]


def _of_task(rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
    return rows.filter(topic__in=Topic.objects.filter(task__pk=value))


def exam_domains() -> Iterable[tuple[int, str]]:
    """Return the exam domains of all exams, each with its exam."""
    return [(item.pk, f"{item.exam} · {item}") for item in ExamDomain.objects.all()]


StatusFilter = known(_("status"), "status__exact", lambda: Question.Status.choices, "status")
ExamDomainFilter = known(
    _("exam domain"),
    "exam_domain__id__exact",
    lambda: [*exam_domains(), (NONE, _("none: drawn by collection or tag"))],
    "exam_domain",
)
TaskFilter = known(_("task"), "task", _tasks, _of_task)
TopicFilter = known(_("topic"), "topic__id__exact", _topics, "topic")
KindFilter = known(_("kind"), "kind", lambda: Revision.Kind.choices, lambda rows, value: rows.of_kind(value))
AskFilter = known(_("decision"), "ask", lambda: [*Question.Ask.choices, (NONE, _("not set"))], "ask", none="")
DefaultFilter = known(
    _("textbook answer"), "default", lambda: [*Question.Default.choices, (NONE, _("not set"))], "default", none=""
)
AuthorFilter = known(_("author"), "author", _authors, "author")
CollectionFilter = known(
    _("collection"), "collection__exact", lambda: [(name, name) for name in collections()], "collection"
)
TagFilter = known(
    _("tag"), "tag", lambda: [(tag, tag) for tag in Question.objects.all_tags()], lambda rows, tag: rows.tagged(tag)
)
OriginFilter = known(_("origin"), "origin__exact", lambda: Question.Origin.choices, "origin")


class FlagFilter(KnownValueFilter):
    """Filter by flags of the statistics of the published wording."""

    title, parameter_name = _("flag"), "flag"

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        flag_lists = (
            ItemStatistics.objects.exclude(flags=[]).order_by().values_list("flags", flat=True).distinct()[:100]
        )
        found, labels = {str(name) for flags in flag_lists for name in flags}, dict(ItemStatistics.Flag.choices)
        names = [*(name for name in labels if name in found), *sorted(found - labels.keys())]
        return [("any", _("any flag")), *((name, labels.get(name, name)) for name in names)]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        flagged = ItemStatistics.objects.exclude(flags=[])
        if value != "any":
            # SQLite has no `contains` for JSON, so search the quoted name in the text of the list.
            flagged = flagged.annotate(flags_text=Cast("flags", TextField())).filter(flags_text__contains=f'"{value}"')
        return rows.filter(current__in=flagged.values("revision"))


class StatisticsRangeFilter(KnownValueFilter):
    """Filter by a range of a figure of the published wording: its name, low end included, high end excluded."""

    column: str
    ranges: Mapping[str, tuple[float, float, Any]]
    min_n = ItemStatistics.MIN_N_FIGURES

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(name, label) for name, (_low, _high, label) in self.ranges.items()]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        low, high, _label = self.ranges[value]
        found = ItemStatistics.objects.filter(**{f"{self.column}__gte": low, f"{self.column}__lt": high})
        return rows.filter(current__in=found.filter(n__gte=self.min_n).values("revision"))


class SeenByFilter(StatisticsRangeFilter):
    title, parameter_name, column, min_n = _("seen by"), "answered", "n", 0
    ranges = {
        "1-29": (1, 30, _("1 to 29 candidates")),
        "30-99": (30, 100, _("30 to 99 candidates")),
        "100-199": (100, 200, _("100 to 199 candidates")),
        "200": (200, MAX_ANSWERS, _("200 candidates or more")),
    }


class RightFilter(StatisticsRangeFilter):
    title, parameter_name, column = _("right"), "right", "p"
    ranges = {
        "0-25": (0, 0.25, _("below 25%, very hard")),
        "25-50": (0.25, 0.5, _("25 to 49%")),
        "50-75": (0.5, 0.75, _("50 to 74%")),
        "75-95": (0.75, 0.95, _("75 to 94%")),
        "95": (0.95, 2, _("95% or more, very easy")),
    }


class DiscriminationFilter(StatisticsRangeFilter):
    title, parameter_name, column = _("discrimination"), "discrimination", "r"
    ranges = {
        "negative": (-2, 0, _("below 0, key doubtful")),
        "weak": (0, 0.1, _("0 to .09, weak")),
        "fair": (0.1, 0.2, _(".10 to .19, fair")),
        "good": (0.2, 2, _(".20 or more, good")),
    }


class RatingFilter(KnownValueFilter):
    title, parameter_name = _("rating"), "rating"

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(NONE, _("no rating")), *((f"{low}-{high}", f"{low} to {high} %") for low, high in _RATINGS)]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        if value == NONE:
            return rows.filter(rating=None)
        low, high = map(int, value.split("-"))
        # A hidden rating must not be found by a filter either.
        return rows.filter(rating_known(self.request.user.pk), rating__gte=low, rating__lte=high)


class ImportFilter(KnownValueFilter):
    title, parameter_name = _("import"), "batch__id__exact"

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        written = ImportBatch.objects.filter(state__in=(ImportBatch.State.WRITING, ImportBatch.State.DONE))
        newest = list(written.only("file", "at")[:MAX_IMPORTS])
        if (pk := whole_number(chosen, 0)) and pk not in {item.pk for item in newest}:
            newest += ImportBatch.objects.only("file", "at").filter(pk=pk)
        return [(str(item.pk), f"{item.file}, {timezone.localtime(item.at):%d %b %Y}") for item in newest]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(batch__pk=value)


FILTERS = (
    StatusFilter, CollectionFilter, ExamDomainFilter, TopicFilter, AuthorFilter, KindFilter,
    TagFilter, TaskFilter, RatingFilter, SeenByFilter, RightFilter, DiscriminationFilter, FlagFilter,
    OriginFilter, AskFilter, DefaultFilter, ImportFilter, QueueFilter,
)  # fmt: skip
STATISTICS_FILTERS = (SeenByFilter, RightFilter, DiscriminationFilter, FlagFilter)


def collections() -> list[str]:
    """Return the names of all collections."""
    return list(Question.objects.order_by("collection").values_list("collection", flat=True).distinct())
