"""What has changed in seven days, and by practice since the newest exam: answers, the chance, verdicts on topics."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from django.utils.functional import Promise

from exams.services.practice.study_records import StudyRecords
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import Moved, moved
from exams.services.progress.readiness import readiness
from exams.services.progress.trend import ScoredExam
from exams.services.results.report import tenths
from exams.views.verdicts import VERDICTS

WEEK = timedelta(days=7)
NAMED_TOPICS = 3


@dataclass(frozen=True, slots=True)
class AnswerCount:
    answered: int
    right: int

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> "AnswerCount":
        given = [answer for answer in answers if answer.ticked]
        return cls(len(given), sum(answer.correct for answer in given))


@dataclass(frozen=True, slots=True)
class Changes:
    """The answers of this week and of the week before, the chance of passing a week ago, and what moved.

    `tenths_before` is None without a prediction then; what moved has its verdict then and now. Of a first week,
    there is nothing before.
    """

    is_first: bool
    week: AnswerCount
    week_before: AnswerCount
    tenths_before: int | None
    moved: list[tuple[Moved, str | Promise, str | Promise]]


def changes(records: StudyRecords, answers: Sequence[Answer], exams: Sequence[ScoredExam]) -> Changes:
    """Return what has changed since a week ago: no query. `answers` are those that may be known, in their order."""
    since = records.now - WEEK
    place = bisect_left(answers, since, key=attrgetter("at"))
    before, new = answers[:place], answers[place:]
    chance = readiness([exam for exam in exams if exam.started_at < since])
    rows = moved(records.domains, before, {answer.topic for answer in new if answer.topic})
    return Changes(
        not before,
        AnswerCount.of(new),
        AnswerCount.of(before[bisect_left(before, since - WEEK, key=attrgetter("at")) :]),
        None if chance is None else tenths(chance),
        [(row, VERDICTS[row.before], VERDICTS[row.now]) for row in rows if row.was_seen],
    )


@dataclass(frozen=True, slots=True)
class SinceExam:
    """The questions answered since the newest exam, and the topics that have a higher verdict by them."""

    answered: int
    up: list[Moved]

    @property
    def named(self) -> list[Moved]:
        """Those that a sentence names."""
        return self.up[:NAMED_TOPICS]

    @property
    def more(self) -> int:
        """How many others there are."""
        return len(self.up) - len(self.named)


def since_exam(records: StudyRecords, answers: Sequence[Answer], exams: Sequence[ScoredExam]) -> SinceExam | None:
    """Return what practice has changed since the newest exam; None without an exam or an answer since: no query."""
    place = bisect_right(answers, exams[-1].submitted_at, key=attrgetter("at")) if exams else len(answers)
    answered = AnswerCount.of(answers[place:]).answered
    if not answered:
        return None
    rows = moved(records.domains, answers[:place], {answer.topic for answer in answers[place:] if answer.topic})
    up = [row for row in rows if row.slug and row.was_seen and row.steps > 0]
    return SinceExam(answered, up)
