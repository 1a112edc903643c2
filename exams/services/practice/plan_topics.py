"""Say how each topic of an exam stands in the plan of a candidate: practiced, done, back, and when it may be asked.

A topic is practiced when as many of its questions were answered as make it done, or when its page was read while its
new questions are kept for mock exams. It is done by a tick, or by three of its questions answered well on two days, and
none missed the last time. It comes back when a question of it is missed after that. On the day of a miss, a right
answer to the same question does not put it right yet. Questions that practice does not ask, those on trial and retired
ones, keep no topic open.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from operator import attrgetter

from exams.models import Response, TopicMark
from exams.psychometrics.mastery import Verdict, study_order, verdict
from exams.psychometrics.quiz_order import REST_DAYS
from exams.psychometrics.study_plan import WELL_ANSWERED, done_by_answers, that_count
from exams.services.practice.repetition import comes_back
from exams.services.practice.study_days import midnight
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import TopicMastery

GUESS = Response.Confidence.GUESS


@dataclass(frozen=True, slots=True)
class PlanTopic:
    """A topic of the plan.

    `done_at` is when it was done, and `is_ticked` whether by a tick; `came_back` is whether it was done before. Of its
    questions, `needed` answered well make it done. It is practiced when as many are answered at all, at `practiced_at`,
    the last time; if its new questions are kept for mock exams (`is_kept`), when its page was read. `answered_at` is
    the newest answer; `ready_on` the first day on which a question of it may be asked, None if one is new. `day` is
    the day on which the plan has it, None if there is none. `is_worked` is whether it was practiced or done
    today, and `in_week` whether one of this week was since the week began. An answered question of it may be asked
    again from `back_on` on; in a plan, that is the next day if the topic will be among those of that day, else None.
    Of its questions that practice asks, `missed` were missed the last time; with one, answers do not make it done.
    """

    slug: str
    title: str
    verdict: Verdict = "unseen"
    read_at: datetime | None = None
    done_at: datetime | None = None
    is_ticked: bool = False
    came_back: bool = False
    needed: int = WELL_ANSWERED
    practiced_at: datetime | None = None
    answered_at: datetime | None = None
    ready_on: date | None = None
    day: date | None = None
    is_kept: bool = False
    is_worked: bool = False
    in_week: bool = False
    back_on: date | None = None
    missed: int = 0

    @property
    def in_plan(self) -> str:
        """How it stands in the plan: done, back, or "" if it is open."""
        return "done" if self.done_at else "back" if self.came_back else ""

    @property
    def is_new(self) -> bool:
        """Whether it was neither practiced nor done yet."""
        return self.done_at is None and self.practiced_at is None

    @property
    def is_practiced(self) -> bool:
        """Whether it was practiced today, and is not done: answers have not shown yet that it is known."""
        return self.is_worked and self.done_at is None

    def worked_on(self, today: date, zone: tzinfo | None) -> bool:
        """Return whether it was done or practiced today, or answered until nothing of it was left to ask today."""
        days = [at.astimezone(zone).date() for at in (self.done_at, self.practiced_at) if at]
        if self.answered_at and self.is_resting(today):
            days.append(self.answered_at.astimezone(zone).date())
        return today in days

    def was_answered_since(self, day: date, zone: tzinfo | None) -> bool:
        """Return whether a question of it was answered on this day or later."""
        return self.answered_at is not None and self.answered_at.astimezone(zone).date() >= day

    def comes_back(self, day: date) -> bool:
        """Return whether it was practiced, is not done, and has a question that may be asked on a day."""
        if self.is_new or self.done_at or self.back_on is None:
            return False
        return self.back_on <= day or (self.ready_on is None and not self.is_kept)

    def is_resting(self, today: date) -> bool:
        """Return whether none of its questions may be asked today."""
        return self.ready_on is not None and self.ready_on > today


def plan_topics(
    topics: Sequence[TopicMastery],
    gains: Mapping[str, float],
    answers: Iterable[Answer],
    marks: Mapping[str, TopicMark],
    askable: Mapping[str, Collection[int]],
    zone: tzinfo,
    until: datetime | None = None,
    kept: Collection[str] = (),
) -> list[PlanTopic]:
    """Return the topics as they stood at the time `until` (None: now).

    Those below the standard come first, then those with the most points to gain. `answers` are all until then to the
    questions that may be known, in order, and `askable` has the questions that can be practiced, by slug. Of the topics
    `kept`, all that are new are kept for mock exams.
    """
    known: dict[int, _Given] = {}
    by_topic: dict[int | None, list[_Given]] = {}
    for given_on in _on_days(answers, zone):
        known[given_on[0].question] = given_on
        by_topic.setdefault(given_on[0].topic, []).append(given_on)
    result = []
    for topic in sorted(topics, key=lambda topic: study_order(verdict(topic.mastery), gains.get(topic.slug, 0))):
        mark, questions, every = marks.get(topic.slug), askable.get(topic.slug, ()), by_topic.get(topic.key, ())
        given = sorted({answer.question: answer for answer, _day in every}.values(), key=attrgetter("at"))
        ticked_at = mark.done_at if mark and mark.done_at and (until is None or mark.done_at < until) else None
        missable = frozenset(questions)  # nothing else can be put right
        judged = (
            (answer.question, answer.at, day, _is_well(answer), _is_missed(answer, missable)) for answer, day in every
        )
        counted = list(that_count(judged))
        done_at, came_back = done_by_answers(counted, len(questions))
        if ticked_at and (done_at is None or ticked_at < done_at):
            newest = {question: (at, is_missed) for question, at, _day, _well, is_missed in counted}
            came_back = any(is_missed and at > ticked_at for at, is_missed in newest.values())
            done_at = None if came_back else ticked_at
        needed = min(WELL_ANSWERED, len(questions))
        read_at = mark.read_at if mark and mark.read_at and (until is None or mark.read_at < until) else None
        is_kept = topic.slug in kept or not questions
        result.append(
            PlanTopic(
                topic.slug,
                topic.title,
                verdict(topic.mastery),
                read_at,
                done_at,
                bool(ticked_at),
                came_back,
                needed,
                given[-needed].at if needed and len(given) >= needed else read_at if is_kept else None,
                given[-1].at if given else None,
                _ready_on(questions, known),
                is_kept=is_kept,
                back_on=_ready_on([question for question in questions if question in known], known),
                missed=sum(_is_missed(answer, missable) for answer in given),
            )
        )
    return result


type _Given = tuple[Answer, date]


def _on_days(answers: Iterable[Answer], zone: tzinfo) -> Iterator[_Given]:
    """Yield answers that are in order with their days in the zone, which are found once a day: there are thousands."""
    day, end = date.min, datetime.min.replace(tzinfo=UTC)
    for answer in answers:
        if answer.at >= end:
            day = answer.at.astimezone(zone).date()
            end = midnight(day + timedelta(days=1), zone)
        yield answer, day


def _ready_on(questions: Iterable[int], known: Mapping[int, _Given]) -> date | None:
    """Return on which day the first of some questions may be asked, by their newest answers; None if one has none.

    What was missed, guessed or unsure comes back on the next day, what was right rests.
    """
    days = []
    for question in questions:
        given = known.get(question)
        if given is None:
            return None
        answer, day = given
        days.append(day + timedelta(days=1 if comes_back(answer) else REST_DAYS))
    return min(days, default=None)


def _is_missed(answer: Answer, missable: Collection[int]) -> bool:
    return not answer.correct and answer.question in missable


def _is_well(answer: Answer) -> bool:
    return answer.correct and answer.confidence != GUESS
