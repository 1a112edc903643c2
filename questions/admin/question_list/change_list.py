"""The pages of the list of questions: primary keys first, then rows; the count stops some rows after the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import Max, Q
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.functional import cached_property

from questions.admin.filter_bar import FilteredList
from questions.models import History, ItemStatistics, Question, Revision
from questions.models.question import rating_known

MAX_COUNTED_BEYOND_PAGE = 1000
_LARGE_COLUMNS = ("search_text", "base", "conflict")
_MAX_STEM_CHARS = 200
_MAX_LIMIT = 2**31  # far beyond any bank; databases take no number of more than 64 bits


@dataclass(slots=True)
class RowDetails:
    """What a row shows besides the question; statistics are those of the published wording."""

    stem: str = ""
    n: int | None = None
    p: float | None = None
    r: float | None = None
    flags: list[str] = field(default_factory=list)
    changed: Any = None
    newest: int = 0  # number of the newest wording
    live: int = 0  # number of the wording that candidates get, 0 before there is one

    @property
    def in_work(self) -> bool:
        return 0 < self.live < self.newest


class KeyPaginator(Paginator):
    """Pages of primary keys. `count` stops MAX_COUNTED_BEYOND_PAGE rows after the page; then `has_more` is true."""

    def __init__(self, rows: Any, per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self.limit = min(per_page * max(1, page) + MAX_COUNTED_BEYOND_PAGE, _MAX_LIMIT)

    @cached_property
    def keys(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[: self.limit + 1])

    @cached_property
    def count(self) -> int:
        return min(len(self.keys), self.limit)

    @property
    def has_more(self) -> bool:
        return len(self.keys) > self.limit


class QuestionList(FilteredList):
    """The list of the admin with a constant number of queries; each row has `details`."""

    linked_filters = ("queue",)

    def get_results(self, request: HttpRequest) -> None:
        pages = KeyPaginator(self.queryset, self.list_per_page, self.page_num)
        self.paginator = pages
        self.result_count = pages.count
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = not pages.has_more and pages.count <= self.list_max_show_all
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
        .defer(*_LARGE_COLUMNS)
        .in_bulk(keys)
    )
    questions: list[Any] = [rows[key] for key in keys if key in rows]
    details = _row_details(questions)
    for question in questions:
        question.details = details[question.pk]
    return questions


def _row_details(questions: Sequence[Question]) -> Mapping[int, RowDetails]:
    details = {question.pk: RowDetails() for question in questions}
    wordings = Revision.objects.filter(question__in=details).order_by("question_id", "number")
    current = {question.current_id for question in questions if question.current_id}
    for pk, revision, number, stem in wordings.values_list("question", "pk", "number", Left("stem", _MAX_STEM_CHARS)):
        details[pk].stem, details[pk].newest = stem, number  # the newest comes last
        if revision in current:
            details[pk].live = number
    by_revision = {row.revision_id: row for row in ItemStatistics.objects.filter(revision__in=current)}
    for question in questions:
        if question.current_id and (statistics := by_revision.get(question.current_id)):
            row = details[question.pk]
            row.n = statistics.n
            if statistics.has_figures:
                row.p, row.r = statistics.p, statistics.r
            row.flags = [str(flag) for flag in statistics.flags]
    changes = History.objects.filter(question__in=details).order_by().values_list("question").annotate(Max("at"))
    for pk, at in changes:
        details[pk].changed = at
    return details
