"""Spread the topics of a study plan over the weeks until the exam, as many as the questions of a day suffice for.

Weeks have seven days and end on the day before the exam; the first one is what is left over. There are two mock exams
a fortnight, on the last day of each week, and one more in the last week. Topics are for the other days: so many new
ones a day as the questions suffice for, and one that comes back. What does not fit until the exam is left out. No more
mock exams are planned than are kept unused, the last ones.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

DAYS_A_WEEK = 7
MIN_DAYS_WITH_EXAM = 4  # of a week: a shorter one has no mock exam, unless it is the last
REST_BEFORE_EXAM = 2  # days from the last mock exam to the exam
QUESTIONS_A_TOPIC = 5  # at most, that Today asks of each topic of the day, and the button beside a topic
READING_SECONDS = 180  # a page of the study guide: about 400 words, with its tables
SESSION_MINUTES, MIN_SESSION = 20, 5  # of Today without a number of one's choice; at least so many questions
TIMED_ANSWERS = 30  # in practice, from which on a candidate's own time for a question counts
ROUND_MINUTES = 5
DUE_SHARE = 3  # a third of what a day asks is repetition at most
SIZES = (20, 30, 40)  # questions a day until a date, without a number of one's choice
WELL_ANSWERED, WELL_DAYS = 3, 2  # questions of a topic that is done by answers, and the days of these answers


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the plan. `exam_days` are the days of its mock exams."""

    number: int
    first: date
    last: date
    exam_days: tuple[date, ...]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def study_days(self) -> list[date]:
        """The days for topics: those without a mock exam, all of a week that has no others."""
        return [day for day in self.days if day not in self.exam_days] or self.days


def weeks(start: date | None, today: date, target: date) -> list[Week]:
    """Return the weeks from the day `start` to the day before `target`; without a start, from this week on."""
    count = math.ceil((target - (start or today)).days / DAYS_A_WEEK)
    start = start or target - timedelta(days=DAYS_A_WEEK * count)
    result = []
    for number in range(1, count + 1):
        last = target - timedelta(days=1 + DAYS_A_WEEK * (count - number))
        first = max(start, last - timedelta(days=DAYS_A_WEEK - 1))
        result.append(Week(number, first, last, _exam_days(first, last, is_last=number == count)))
    return result


def _exam_days(first: date, last: date, *, is_last: bool) -> tuple[date, ...]:
    n = (last - first).days + 1
    if not is_last:
        return (last,) if n >= MIN_DAYS_WITH_EXAM else ()
    final = max(first, last - timedelta(days=REST_BEFORE_EXAM - 1))
    return (first + timedelta(days=(n - MIN_DAYS_WITH_EXAM + 1) // 2), final) if n >= MIN_DAYS_WITH_EXAM else (final,)


def open_exams(week: Week, taken: Iterable[date]) -> tuple[date, ...]:
    """Return the days of the mock exams of a week that are not taken, by the days on which some were taken."""
    return week.exam_days[sum(day in week for day in taken) :]


def new_questions_in(questions: int) -> int:
    """Return how many of so many questions a day are new, while there are new ones and enough that are due."""
    return questions - questions // DUE_SHARE


def topics_in(questions: int) -> int:
    """Return for how many topics so many questions a day suffice, beside those that are repeated."""
    return max(1, new_questions_in(questions) // WELL_ANSWERED)


def new_topics_in(questions: int) -> int:
    """Return how many of them are new: one comes back."""
    return max(1, topics_in(questions) - 1)


def size_for(topics: int) -> int:
    """Return the questions of a day with so many topics, within the bounds of `SIZES`."""
    return next((size for size in SIZES if topics_in(size) >= topics), SIZES[-1])


def topics_a_day(left: int, days: int, questions: int | None) -> int:
    """Return how many new topics a day has: an even share of those `left`, if its questions suffice for so many."""
    return max(1, min(new_topics_in(questions or SIZES[-1]), math.ceil(left / max(1, days))))


def new_a_day(left: int, days: int) -> int:
    """Return how many new questions a day has if those `left` are spread over so many days: a few at least."""
    return max(WELL_ANSWERED, math.ceil(left / max(1, days)))


def seconds_a_question(pace: float, timed: Sequence[int]) -> float:
    """Return how long a question takes, by the pace of the exam and the seconds of the answers timed in practice.

    With few of these it is the pace, then their median, but at least half the pace: the explanation is read as well.
    """
    return max(pace / 2, median(timed)) if len(timed) >= TIMED_ANSWERS else pace


def session_size(seconds: float, unread: Sequence[bool]) -> int:
    """Return how many questions a session has, of so many seconds each, beside the pages that are read first.

    `unread` says of the next topics whether their pages are; a session has as many topics as its questions suffice for.
    """
    whole = 60 * SESSION_MINUTES
    sizes = range(int(whole / seconds), MIN_SESSION, -1)
    fits = (n for n in sizes if n * seconds + READING_SECONDS * sum(unread[: topics_in(n)]) <= whole)
    return next(fits, MIN_SESSION)


def minutes_for(questions: int, seconds: float, pages: int = 0) -> int:
    """Return how long so many questions of so many seconds take, with the pages of the guide that are read first."""
    return max(1, round((questions * seconds + pages * READING_SECONDS) / 60))


def minutes_a_day(questions: int, seconds: float) -> int:
    """Return about how long so many questions take, with the pages of their new topics."""
    return max(1, round(minutes_for(questions, seconds, new_topics_in(questions)) / ROUND_MINUTES)) * ROUND_MINUTES


def fill[T](new: Sequence[T], again: Sequence[T], days: Iterable[int], a_day: int) -> tuple[list[list[T]], list[T]]:
    """Fill spans of so many days with topics in their order, and return those of each span and the new ones left over.

    A day has `a_day` new topics and one that comes back `again`, more of these where new ones are missing.
    """
    spans, new_left, again_left = [], list(new), list(again)
    for n in days:
        span, new_left = new_left[: n * a_day], new_left[n * a_day :]
        room = n * (a_day + 1) - len(span)
        spans.append(span + again_left[:room])
        again_left = again_left[room:]
    return spans, new_left


def enough(left: int, days: int, questions: int, choices: Iterable[int]) -> int | None:
    """Return the smallest choice above `questions` at which so many days suffice for what is left; None without one."""
    return next((size for size in choices if size > questions and days * new_topics_in(size) >= left), None)


def later_date(left: int, questions: int, today: date, target: date) -> date:
    """Return a date after the target date until which these new topics can be practiced."""
    a_day = new_topics_in(questions)
    later = max(target, today + timedelta(days=math.ceil(left / a_day)))
    while sum(len(week.study_days) for week in weeks(today, today, later)) * a_day < left:
        later += timedelta(days=1)
    return later


# An answer to a question: when, on which day of the reader, whether it was given well, and whether it was a miss.
type Judged = tuple[int, datetime, date, bool, bool]


def that_count(answers: Iterable[Judged]) -> Iterator[Judged]:
    """Return the answers without those given well on the day on which their question was missed or guessed before.

    Right a few minutes after the solution shows no knowledge: the topic stays as it was until another day.
    """
    failed_on: dict[int, date] = {}
    for answer in answers:
        question, _at, day, is_well, _is_missed = answer
        if not is_well:
            failed_on[question] = day
        elif failed_on.get(question) == day:
            continue
        yield answer


def done_by_answers(answers: Iterable[Judged], available: int) -> tuple[datetime | None, bool]:
    """Return since when answers make a topic done, None if they do not, and whether they did on a day before.

    It is done while three of its questions were answered well the last time, of fewer all `available` ones, these
    answers were given on two days, and no question of it was missed the last time. `answers` are those `that_count` in
    order; a right guess is neither given well nor a miss. Of a day, its end counts: between two answers of one quiz, a
    topic is done for a moment, which no page has told.
    """
    needed = min(WELL_ANSWERED, available)
    days: dict[int, set[date]] = {}  # of the questions that were answered well the last time
    missed: set[int] = set()
    since, was_done, last = None, False, date.min
    for question, at, day, is_well, is_missed in answers:
        was_done, last = was_done or (since is not None and day > last), day
        if is_well:
            days.setdefault(question, set()).add(day)
        else:
            days.pop(question, None)
        (missed.add if is_missed else missed.discard)(question)
        if missed or not needed or len(days) < needed:
            since = None
        elif since is None or not is_well:  # what is done stays so by an answer that was given well
            is_done = len(set().union(*days.values())) >= WELL_DAYS
            since = (since or at) if is_done else None
    return since, was_done and since is None
