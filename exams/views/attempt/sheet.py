"""The answer sheet: a cell for each question, the filters with their counts, and where Next leads under a filter.

Pages that show the sheet build it here and render it with `exams/attempt/_sheet.html`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.disclosure import Cell

ALL = "all"
CURRENT = ' aria-current="step"'
FILTERS = {
    ALL: gettext_lazy("All"),
    "unanswered": gettext_lazy("Unanswered"),
    "incomplete": gettext_lazy("Incomplete"),
    "flagged": gettext_lazy("Flagged"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the sheet: its value, its label, the number of matching questions, and whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


def chosen_filter(request: HttpRequest) -> str:
    """Return the filter `show` of the form or the URL; an unknown one is ALL."""
    show = (request.POST if request.method == "POST" else request.GET).get("show", ALL)
    return show if show in FILTERS else ALL


def address(page: str, uuid: UUID, *args: object, show: str = ALL, checking: bool = False) -> str:
    """Return the URL of a page of the room that keeps the filter. `checking` asks how sure the candidate is."""
    query = ({"show": show} if show != ALL else {}) | ({"check": "yes"} if checking else {})
    return reverse(page, args=[uuid, *args], query=query or None)


class AnswerSheet:
    """The answer sheet of an attempt under a filter."""

    def __init__(self, cells: Iterable[Cell], show: str = ALL) -> None:
        self._cells = list(cells)
        self.show = show
        self.total = len(self._cells)
        self.answered = self.count("answered")

    def count(self, show: str) -> int:
        """Return the number of questions in a state or under a filter."""
        return sum(_matches(cell, show) for cell in self._cells)

    @property
    def filters(self) -> list[Filter]:
        """The filters in the order shown."""
        return [Filter(value, str(label), self.count(value), value == self.show) for value, label in FILTERS.items()]

    @property
    def all_cells(self) -> SafeString:
        """The cells of all questions as HTML. The style sheet hides those that do not match the filter."""
        return _html(self._cells)

    @property
    def matching_cells(self) -> SafeString:
        """The cells that match the filter as HTML."""
        return _html(cell for cell in self._cells if _matches(cell, self.show))

    def next_position(self, position: int) -> int | None:
        """Return the next question that matches the filter, None after the last one."""
        later = (cell.position for cell in self._cells if cell.position > position and _matches(cell, self.show))
        return next(later, None)

    def previous_position(self, position: int) -> int:
        """Return the previous question that matches the filter, or else the one before."""
        earlier = [cell.position for cell in self._cells if cell.position < position and _matches(cell, self.show)]
        return earlier[-1] if earlier else max(1, position - 1)


def _matches(cell: Cell, show: str) -> bool:
    return show in (ALL, cell.state) or (show == "flagged" and cell.flagged)


def _html(cells: Iterable[Cell]) -> SafeString:
    """Return list items with submit buttons of the room form, so that a jump without JavaScript saves the ticks.

    They are joined here for speed and size: they are on every page of the room.
    """
    question, flagged, note = (conditional_escape(text) for text in (_("Question"), _("flagged"), _("with a note")))
    states = {"answered": _("answered"), "incomplete": _("incomplete"), "unanswered": _("unanswered")}
    states |= {"right": _("right"), "wrong": _("wrong")}
    labels = {state: conditional_escape(label) for state, label in states.items()}
    return mark_safe(  # numbers, states and escaped labels
        "\n".join(
            f'<li><button class="cell {cell.state}{cell.verdict and f" {cell.verdict}"}'
            f'{" flagged" if cell.flagged else ""}{" noted" if cell.noted else ""}" name="go" value="{cell.position}"'
            f'{CURRENT if cell.current else ""} aria-label="{question} {cell.position}, '
            f"{labels[cell.verdict or cell.state]}{f', {flagged}' if cell.flagged else ''}"
            f'{f", {note}" if cell.noted else ""}">{cell.position}</button></li>'
            for cell in cells
        )
    )
