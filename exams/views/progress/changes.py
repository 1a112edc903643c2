"""What the last seven days have changed: answers, the chance of passing, and the verdicts on topics."""

from bisect import bisect_left
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
        [(row, VERDICTS[row.before], VERDICTS[row.now]) for row in rows],
    )
