"""One page of the list of questions: found first by key, then read whole, and counted only as far as one sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Max, Q
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.functional import cached_property

from questions.models import History, ItemStatistics, Question, Revision
from questions.models.question import rating_known

REACH = 1000  # questions beyond the page looked at that are still counted
_HEAVY = ("search_text", "base", "conflict")
_SHOWN = 200  # letters of a stem


@dataclass(slots=True)
class Known:
    """What a row shows beside the question itself; figures are those of the published wording."""

    stem: str = ""
    n: int | None = None
    p: float | None = None
    r: float | None = None
    flags: list[str] = field(default_factory=list)
    changed: Any = None


class Pages(Paginator):
    """Pages of keys. `count` stops REACH rows after the page asked for; `more` says that it did."""

    def __init__(self, rows: Any, per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self.limit = per_page * max(1, page) + REACH

    @cached_property
    def keys(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[: self.limit + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self.keys), self.limit)

    @property
    def more(self) -> bool:
        return len(self.keys) > self.limit


class QuestionList(ChangeList):
    """The stock list with rows read by key, each with its `Known`; the queries do not grow with the rows."""

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of search and filters has no field for: the order of the rows, the queue."""
        fields = {SEARCH_VAR, *(name for spec in self.filter_specs for name in spec.expected_parameters())} - {"queue"}
        return [(name, value) for name, value in self.params.items() if name not in fields]

    def get_results(self, request: HttpRequest) -> None:
        pages = Pages(self.queryset, self.list_per_page, self.page_num)
        self.paginator = pages
        self.result_count = pages.count
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = not pages.more and pages.count <= self.list_max_show_all
        self.multi_page = pages.count > self.list_per_page
        if self.show_all and self.can_show_all:
            keys = pages.keys
        elif self.page_num < 1 or (self.page_num > 1 and self.page_num > pages.num_pages):
            raise IncorrectLookupParameters
        else:
            first = (self.page_num - 1) * self.list_per_page
            keys = pages.keys[first : first + self.list_per_page]
        self.result_list: Any = _rows(keys, request.user.pk)


def _rows(keys: list[int], reader: int | None) -> list[Any]:
    rows = (
        Question.objects.annotate(newer=Q(conflict__isnull=False), rating_known=rating_known(reader))
        .select_related("exam_domain", "topic")
        .defer(*_HEAVY)
        .in_bulk(keys)
    )
    found: list[Any] = [rows[key] for key in keys if key in rows]
    known = _known(found)
    for row in found:
        row.known = known[row.pk]
    return found


def _known(rows: Sequence[Question]) -> Mapping[int, Known]:
    known = {row.pk: Known() for row in rows}
    wordings = Revision.objects.filter(question__in=known).order_by("question_id", "number")
    for pk, stem in wordings.values_list("question", Left("stem", _SHOWN)):
        known[pk].stem = stem  # the newest stays
    figures = ItemStatistics.objects.filter(revision__in=[row.current_id for row in rows if row.current_id])
    by_revision = {each.revision_id: each for each in figures}
    for row in rows:
        if row.current_id and (figure := by_revision.get(row.current_id)):
            its = known[row.pk]
            its.n, its.p, its.r, its.flags = figure.n, figure.p, figure.r, [str(each) for each in figure.flags]
    changes = History.objects.filter(question__in=known).order_by().values_list("question").annotate(Max("at"))
    for pk, at in changes:
        known[pk].changed = at
    return known
