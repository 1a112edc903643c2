"""The answer sheet and the filters of a review, with a link for each question and for each filter."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.disclosure import Cell
from exams.services.results.review_filters import FILTERS, ReviewFilters, ReviewItem
from questions.content.blueprint import BlueprintSpec

LABELS = {
    "missed": gettext_lazy("Missed"),
    "lost": gettext_lazy("Scored, without a point"),
    "wrong": gettext_lazy("Wrong"),
    "unanswered": gettext_lazy("Unanswered"),
    "flagged": gettext_lazy("Flagged"),
    "changed": gettext_lazy("Changed"),
    "slow": gettext_lazy("Slow"),
    "guessed": gettext_lazy("Guessed"),
    "starred": gettext_lazy("Starred"),
    "noted": gettext_lazy("With a note"),
    "scored": gettext_lazy("Scored"),
    "unscored": gettext_lazy("Unscored"),
}


@dataclass(frozen=True, slots=True)
class FilterLink:
    """A filter that a click adds, or removes if it is chosen. It `count`s the questions of the whole exam.

    It `leads` to questions if some match it and those that are chosen.
    """

    label: str
    query: str
    count: int
    chosen: bool
    leads: bool = True


def query(filters: ReviewFilters, *more: tuple[str, str]) -> str:
    """Return the query of a page of the review that keeps the filters, with its question mark."""
    pairs = [*more, *filters.fields()]
    return f"?{urlencode(pairs)}" if pairs else ""


class ReviewSheet:
    """The disclosed questions of a review under filters: which ones match, and what other filters would show."""

    def __init__(self, items: Iterable[ReviewItem], filters: ReviewFilters, exam: BlueprintSpec) -> None:
        self.items = list(items)
        self.filters = filters
        self._exam = exam
        self.matching = [item for item in self.items if filters.matches(item)]
        self.positions = [item.position for item in self.matching]

    @property
    def uncounted(self) -> int:
        """The number of wrong and unanswered questions that 'lost' leaves out, because they do not count."""
        if "lost" not in self.filters.show:
            return 0
        others = self.filters.toggled("lost")
        rest = [item for item in self.items if others.matches(item) and not item.response.correct]
        return len(rest) - len(self.matching)

    @property
    def label(self) -> str:
        """The chosen filters in words."""
        labels = [self._label(name) for name in self.filters.show]
        if self.filters.domain:
            labels.append(self._exam.domain_title(self.filters.domain))
        labels += {item.topic_title for item in self.items if self.filters.topic and item.topic == self.filters.topic}
        return ", ".join(labels) or _("All")

    def links(self, *more: tuple[str, str]) -> list[FilterLink]:
        """Return a link for each filter that matches a question of the attempt; `more` are fields of their query."""
        all_link = FilterLink(
            _("All"), query(ReviewFilters(), *more) or "?", len(self.items), self.filters == ReviewFilters()
        )
        return [all_link, *(self._link(name, more) for name in FILTERS if self._is_offered(name))]

    def _is_offered(self, name: str) -> bool:
        """Return whether a filter is chosen, or finds what no other one finds."""
        if name in self.filters.show:
            return True
        if name in ("scored", "unscored"):
            return self._has_unscored
        if name in ("lost", "wrong"):  # the same questions need no second name
            alike = {"missed", "scored"} if name == "lost" else {"missed"}
            return any((name in item.states) != item.states.issuperset(alike) for item in self.items)
        return any(name in item.states for item in self.items)

    def _label(self, name: str) -> str:
        return _("Without a point") if name == "lost" and not self._has_unscored else str(LABELS[name])

    @cached_property
    def _has_unscored(self) -> bool:
        return any("unscored" in item.states for item in self.items)

    def _link(self, name: str, more: tuple[tuple[str, str], ...]) -> FilterLink:
        toggled, chosen = self.filters.toggled(name), name in self.filters.show
        count = sum(name in item.states for item in self.items)
        leads = any(map(toggled.matches, self.items))
        return FilterLink(self._label(name), query(toggled, *more) or "?", count, chosen, leads)

    @cached_property
    def exam_domains(self) -> SafeString:
        """The exam domains to choose from, each with the number of questions that match the other filters too."""
        if not self._exam.shows_domains:
            return SafeString()
        others = replace(self.filters, domain=None)
        counts = Counter(item.exam_domain for item in self.items if others.matches(item))
        chosen = str(self.filters.domain)
        return _options(((str(row.number), row.title, counts[row.number]) for row in self._exam.exam_domains), chosen)

    @property
    def has_topics(self) -> bool:
        """Whether a question has a topic to choose."""
        return any(item.topic for item in self.items)

    @property
    def topics(self) -> SafeString:
        """The topics of the questions that match the other filters, and the chosen one."""
        others = replace(self.filters, topic="")
        counts = Counter(item.topic for item in self.items if others.matches(item))
        titles = {item.topic: item.topic_title for item in self.items if item.topic}
        chosen = self.filters.topic
        topics = sorted((title, slug) for slug, title in titles.items() if counts[slug] or slug == chosen)
        return _options(((slug, title, counts[slug]) for title, slug in topics), chosen)

    def next_position(self, position: int) -> int | None:
        """Return the next question that matches the filters, None after the last one."""
        return next((other for other in self.positions if other > position), None)

    def previous_position(self, position: int) -> int | None:
        """Return the question before that matches the filters, None before the first one."""
        return next((other for other in reversed(self.positions) if other < position), None)


def _options(rows: Iterable[tuple[str, str, int]], chosen: str) -> SafeString:
    """Return the options of a select, joined here for speed: there are up to 65 topics."""
    return mark_safe(
        "".join(
            f'<option value="{value}"{" selected" * (value == chosen)}>{escape(label)} ({count})</option>'
            for value, label, count in rows
        )
    )


def cell_links(cells: Iterable[Cell], above: str, query: str) -> SafeString:
    """Return list items with links to the questions, for the answer sheet. `above` leads up to the review."""
    question, flagged, note, query = _("Question"), _("flagged"), _("with a note"), escape(query)
    labels = {"right": _("right"), "wrong": _("wrong"), "unanswered": _("unanswered"), "partly": _("partly right")}
    return mark_safe(
        "\n".join(
            f'<li><a class="cell {cell.state}{cell.verdict and f" {cell.verdict}"}'
            f'{" flagged" * cell.flagged}{" noted" * cell.noted}"'
            f' href="{above}{cell.position}/{query}"{" aria-current=page" * cell.current}'
            f' aria-label="{question} {cell.position}, {labels[cell.verdict or cell.state]}'
            f'{f", {flagged}" * cell.flagged}{f", {note}" * cell.noted}">{cell.position}</a></li>'
            for cell in cells
        )
    )
