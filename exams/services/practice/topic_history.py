"""Say what the answers to the questions of a topic make of it: practiced, done, back, and when it may be asked again.

A history is kept as long as the answers and the questions it follows from are the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from operator import attrgetter

from exams.models import Response
from exams.psychometrics.quiz_order import REST_DAYS
from exams.psychometrics.study_plan import WELL_ANSWERED, done_by_answers, that_count
from exams.services.practice.repetition import comes_back
from exams.services.practice.study_days import midnight
from exams.services.progress.answers import Answer

GUESS = Response.Confidence.GUESS


@dataclass(frozen=True, slots=True)
class TopicHistory:
    """What answers alone make of a topic, without ticks; `missed_at` is the newest miss that still counts.

    The other fields are those of `PlanTopic`.
    """

    done_at: datetime | None = None
    came_back: bool = False
    missed_at: datetime | None = None
    practiced_at: datetime | None = None
    answered_at: datetime | None = None
    ready_on: date | None = None
    back_on: date | None = None
    missed: int = 0


# What each follows from, and the history: compared as a whole, the keys only say with which one.
_histories: dict[tuple[object, ...], tuple[Sequence[Answer], Collection[int], TopicHistory]] = {}
MAX_HISTORIES = 4000  # then it is emptied: of 50 answers each, they take at most 40 MB


def topic_history(answers: Sequence[Answer], questions: Collection[int], zone: tzinfo) -> TopicHistory:
    """Return the history of a topic: `answers` are those to it, in order, `questions` those that can be practiced."""
    if not answers:
        return TopicHistory()
    key = (answers[0].topic, answers[0].at, answers[-1].at, len(answers), zone)
    known = _histories.get(key)
    if known is None or known[0] != answers or known[1] != questions:
        if len(_histories) >= MAX_HISTORIES:
            _histories.clear()
        known = _histories[key] = answers, questions, _history(answers, questions, zone)
    return known[2]


def _history(answers: Sequence[Answer], questions: Collection[int], zone: tzinfo) -> TopicHistory:
    missable = frozenset(questions)  # nothing else can be put right
    judged, newest, newest_read = [], {}, {}
    for answer, day in _on_days(answers, zone):
        newest[answer.question] = answer, day
        if answer.is_rapid:  # its question was asked, but what it showed before stays
            continue
        is_well = answer.correct and answer.confidence != GUESS
        is_missed = not answer.correct and answer.question in missable
        judged.append((answer.question, answer.at, day, is_well, is_missed))
        newest_read[answer.question] = answer
    counted = list(that_count(judged))
    done_at, came_back = done_by_answers(counted, len(questions))
    last = {question: (at, is_missed) for question, at, _day, _is_well, is_missed in counted}
    read = sorted(newest_read.values(), key=attrgetter("at"))
    needed = min(WELL_ANSWERED, len(questions))
    return TopicHistory(
        done_at,
        came_back,
        max((at for at, is_missed in last.values() if is_missed), default=None),
        read[-needed].at if 0 < needed <= len(read) else None,
        answers[-1].at,
        _ready_on(questions, newest),
        _ready_on([question for question in questions if question in newest], newest),
        sum(not answer.correct and answer.question in missable for answer in read),
    )


def _on_days(answers: Iterable[Answer], zone: tzinfo) -> Iterator[tuple[Answer, date]]:
    """Yield answers that are in order with their days in the zone, which are found once a day."""
    day, end = date.min, datetime.min.replace(tzinfo=UTC)
    for answer in answers:
        if answer.at >= end:
            day = answer.at.astimezone(zone).date()
            end = midnight(day + timedelta(days=1), zone)
        yield answer, day


def _ready_on(questions: Iterable[int], newest: Mapping[int, tuple[Answer, date]]) -> date | None:
    """Return on which day the first of some questions may be asked, by their newest answers; None if one has none.

    What was missed, guessed or unsure comes back on the next day, what was right rests.
    """
    days = []
    for question in questions:
        given = newest.get(question)
        if given is None:
            return None
        answer, day = given
        days.append(day + timedelta(days=1 if comes_back(answer) else REST_DAYS))
    return min(days, default=None)
