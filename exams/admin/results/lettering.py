"""The letters on the pages of a key dispute: those of an exam, and beside them those of other pages for staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exams.models import Response, Sitting
from exams.services.attempt.question_pool import ORDER_DIGITS, order_of
from questions.content.schema import LETTERS
from questions.models import Option, QuestionReport


@dataclass(frozen=True, slots=True)
class Lettering:
    """The options of a revision in the order of an exam, or in the authored one."""

    options: Sequence[Option]

    @classmethod
    def of(cls, options: Iterable[Option], orders: Iterable[str]) -> "Lettering":
        """Return these options in the first of the orders that has each of them once, else as they are."""
        by_digit = {ORDER_DIGITS[option.bit]: option for option in options}
        order = next((order for order in orders if sorted(order) == sorted(by_digit)), "")
        return cls([by_digit[digit] for digit in order or by_digit])

    @property
    def order(self) -> str:
        """The order as in `Response.order`."""
        return order_of(self.options)

    @property
    def is_authored(self) -> bool:
        return all(letter == option.letter for letter, option in self.lettered)

    @property
    def lettered(self) -> list[tuple[str, Option]]:
        """The options with their letters."""
        return list(zip(LETTERS, self.options, strict=False))

    def letters(self, mask: int) -> str:
        """Return the letters of the options in a mask, like "A, C"."""
        return ", ".join(letter for letter, option in self.lettered if mask >> option.bit & 1)

    def both(self, mask: int) -> str:
        """Return the letters with the authored ones where they differ, like "A, C (authored as B, D)"."""
        authored = sorted(option.letter for option in self.options if mask >> option.bit & 1)
        letters = self.letters(mask)
        if letters == ", ".join(authored):
            return letters
        return _("%(letters)s (authored as %(authored)s)") % {"letters": letters, "authored": ", ".join(authored)}


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report with what its candidate ticked, in her letters and, where they differ, in those of the page.

    `order` is that of her options, "" if it is that of the page or not known. `by` is her name in the exam of a class
    that the reader may see, "" elsewhere; `sitting` is that exam.
    """

    report: QuestionReport
    ticked: str
    on_page: str
    order: str
    by: str = ""
    sitting: Sitting | None = None


def read_report(
    report: QuestionReport, response: Response | None, page: Lettering, names: Mapping[int, str]
) -> ReadReport:
    """Return a report for a page with this lettering."""
    hers = Lettering.of(page.options, [response.order] if response else [])
    ticked, on_page = hers.letters(report.ticked), page.letters(report.ticked)
    order = "" if hers.order == page.order else hers.order
    by = names.get(response.attempt_id, "") if response else ""
    sitting = response.attempt.sitting if response and by else None
    return ReadReport(report, ticked, "" if ticked == on_page else on_page, order, by, sitting)
