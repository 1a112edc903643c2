"""Find the questions to practice as missed: those whose newest answer that counts is not right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.services.practice.practice_pool import PracticePool
from exams.services.progress.answers import Answer


@dataclass(frozen=True, slots=True)
class Missed:
    """Missed questions by what practice does with them; the numbers add up to `total`.

    `now` can be asked together now, in their order; `again` if they were asked today, since nothing else was missed.
    Others were asked today and come back `tomorrow`, are too much `alike`, or are `never` asked in practice.
    """

    now: tuple[int, ...] = ()
    again: bool = False
    tomorrow: int = 0
    alike: int = 0
    never: int = 0

    @property
    def total(self) -> int:
        return len(self.now) + self.tomorrow + self.alike + self.never

    @property
    def words_of_now(self) -> str:
        """What can be practiced, in a sentence."""
        n = len(self.now)
        if not n:
            return _("None can be asked now.")
        if self.again:
            return ngettext("%(n)d can be asked again today.", "%(n)d can be asked again today.", n) % {"n": n}
        return ngettext("%(n)d can be asked now.", "%(n)d can be asked now.", n) % {"n": n}

    @property
    def words(self) -> str:
        """What can be practiced, and why the others cannot, in sentences."""
        texts = (
            (len(self.now), self.words_of_now),
            (
                self.tomorrow,
                ngettext(
                    "%(n)d was asked today and comes back from tomorrow on.",
                    "%(n)d were asked today and come back from tomorrow on.",
                    self.tomorrow,
                ),
            ),
            (
                self.alike,
                ngettext(
                    "%(n)d is too much like one of these, so it waits.",
                    "%(n)d are too much like others of these, so they wait.",
                    self.alike,
                ),
            ),
            (
                self.never,
                ngettext(
                    "%(n)d is on trial or retired, so practice never asks it.",
                    "%(n)d are on trial or retired, so practice never asks them.",
                    self.never,
                ),
            ),
        )
        return " ".join(text % {"n": number} for number, text in texts if number)


def missed_questions(answers: Iterable[Answer]) -> list[int]:
    """Return the missed questions, the one answered longest ago first. `answers` are past ones, in their order."""
    newest: dict[int, bool] = {}
    for answer in answers:
        newest.pop(answer.question, None)  # so that the order is that of the newest answers
        newest[answer.question] = answer.correct
    return [question for question, correct in newest.items() if not correct]


def sort_missed(
    missed: Mapping[int, datetime], pool: PracticePool, hidden: Collection[int], day_began: datetime
) -> Missed:
    """Tell what practice does with missed questions, which were answered then: the one longest ago is asked first."""
    in_order = sorted(missed, key=lambda question: (missed[question], question))  # alike on all pages
    askable = [question for question in in_order if question in pool.items and question not in hidden]
    earlier = [question for question in askable if missed[question] < day_began]
    now = pool.allowed(earlier or askable, hidden)
    tomorrow = len(askable) - len(earlier) if earlier else 0
    return Missed(
        now=tuple(now),
        again=bool(now) and not earlier,
        tomorrow=tomorrow,
        alike=len(askable) - tomorrow - len(now),
        never=len(missed) - len(askable),
    )
