"""What the list of questions is narrowed by: its filters, and the queues that stand above it as chips."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from questions.models import ExamDomain, ImportBatch, ItemStatistics, Question, Revision, Task, Topic, User
from questions.models.question import QuestionQuerySet, rating_known

MOST_COUNTED = 1000  # a chip says 'more than 1,000' beyond
MOST_BATCHES = 50  # imports to choose from, the newest first
_RATINGS = ((1, 39), (40, 59), (60, 79), (80, 99))


@dataclass(frozen=True, slots=True)
class Queue:
    """A kind of work that waits, as a filter of the list."""

    name: str
    title: Any
    narrow: Callable[[QuestionQuerySet, HttpRequest], QuestionQuerySet]

    def count(self, request: HttpRequest) -> int:
        """How many questions wait; no more than one over MOST_COUNTED are counted."""
        return self.narrow(Question.objects.order_by(), request)[: MOST_COUNTED + 1].count()


QUEUES = {
    each.name: each
    for each in (
        Queue("mine", _("Mine"), lambda rows, request: rows.in_use().filter(author=request.user.pk)),
        Queue("reported", _("Reported by candidates"), lambda rows, request: rows.reported()),
        Queue("stale", _("Facts to check"), lambda rows, request: rows.stale(timezone.localdate())),
        Queue("no-references", _("No references"), lambda rows, request: rows.without_references()),
        Queue("no-topic", _("No topic"), lambda rows, request: rows.without_topic()),
        Queue("no-rating", _("Rated by nobody"), lambda rows, request: rows.without_rating()),
        Queue("new-version", _("New version"), lambda rows, request: rows.with_newer_version()),
    )
}


class Choice(SimpleListFilter, ABC):
    """A filter by one of the known values; any other finds nothing."""

    def has_output(self) -> bool:
        return True  # one without choices still has to refuse what is not known

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return self.known(request)

    @abstractmethod
    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        """The values with the words for them."""

    @abstractmethod
    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        """The rows of one known value."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return None
        if value not in {str(known) for known, said in self.lookup_choices}:
            return queryset.none()
        return self.narrow(queryset, value)


class ByQueue(Choice):
    title, parameter_name = _("queue"), "queue"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(each.name, each.title) for each in QUEUES.values()]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return QUEUES[value].narrow(rows, self.request)


class ByStatus(Choice):
    title, parameter_name = _("status"), "status__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return Question.Status.choices

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(status=value)


class ByExamDomain(Choice):
    title, parameter_name = _("exam domain"), "exam_domain__id__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(str(each.pk), each) for each in ExamDomain.objects.all()]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(exam_domain__pk=value)


class ByTask(Choice):
    title, parameter_name = _("task"), "task"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(str(each.pk), each) for each in Task.objects.order_by("exam_domain", "code")]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(topic__in=Topic.objects.filter(task__pk=value))


class ByTopic(Choice):
    title, parameter_name = _("topic"), "topic__id__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        topics = Topic.objects.select_related("task").order_by("task__exam_domain", "task__code", "ordinal")
        return [(str(each.pk), f"{each.task.code} {each.title}") for each in topics]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(topic__pk=value)


class ByKind(Choice):
    title, parameter_name = _("kind"), "kind"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return Revision.Kind.choices

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.of_kind(value)


class ByAuthor(Choice):
    title, parameter_name = _("author"), "author"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        # All who may write, and not all who wrote: that would read the whole table.
        writers = User.objects.filter(is_staff=True).order_by("username")
        return [*((str(each.pk), each.get_username()) for each in writers), ("none", _("nobody named"))]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(author=None if value == "none" else int(value))


class ByFlag(Choice):
    """What the statistics of the published wording say."""

    title, parameter_name = _("flag"), "flag"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        found = ItemStatistics.objects.exclude(flags=[]).order_by().values_list("flags", flat=True).distinct()[:100]
        names = sorted({str(name) for flags in found for name in flags})
        return [("any", _("any flag")), *((name, name) for name in names)]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        flagged = ItemStatistics.objects.exclude(flags=[])
        if value != "any":
            # SQLite has no 'contains' for JSON; a name in its quotes is found in the text of the list.
            flagged = flagged.annotate(said=Cast("flags", TextField())).filter(said__contains=f'"{value}"')
        return rows.filter(current__in=flagged.values("revision"))


class ByRating(Choice):
    title, parameter_name = _("rating"), "rating"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [("none", _("no rating")), *((f"{low}-{high}", f"{low} to {high} %") for low, high in _RATINGS)]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        if value == "none":
            return rows.filter(rating=None)
        low, high = map(int, value.split("-"))
        # A figure that is not shown is no way to find a question either.
        return rows.filter(rating_known(self.request.user.pk), rating__gte=low, rating__lte=high)


class ByCollection(Choice):
    title, parameter_name = _("collection"), "collection__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(each, each) for each in collections()]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(collection=value)


class ByOrigin(Choice):
    title, parameter_name = _("origin"), "origin__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return Question.Origin.choices

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(origin=value)


class ByImport(Choice):
    title, parameter_name = _("import"), "batch__id__exact"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        written = ImportBatch.objects.filter(state__in=(ImportBatch.State.WRITING, ImportBatch.State.DONE))
        newest = list(written.only("file", "at")[:MOST_BATCHES])
        if chosen.isdecimal() and int(chosen) not in {each.pk for each in newest}:
            newest += ImportBatch.objects.only("file", "at").filter(pk=chosen)
        return [(str(each.pk), f"{each.file}, {timezone.localtime(each.at):%d %b %Y}") for each in newest]

    def narrow(self, rows: QuestionQuerySet, value: str) -> QuestionQuerySet:
        return rows.filter(batch__pk=value)


FILTERS = (
    ByStatus, ByExamDomain, ByTask, ByTopic, ByKind, ByAuthor, ByRating, ByFlag, ByCollection, ByOrigin,
    ByImport, ByQueue,
)  # fmt: skip


def collections() -> list[str]:
    """The collections that occur, by name."""
    return list(Question.objects.order_by("collection").values_list("collection", flat=True).distinct())
