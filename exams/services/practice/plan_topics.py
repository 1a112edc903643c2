"""Say how each topic of an exam stands in the plan of a candidate: practiced, done, back, and when it may be asked.

A topic is practiced when as many of its questions were answered as make it done, or when its page was read while its
new questions are kept for mock exams. It is to be practiced again if most of its questions were missed in the newest
mock exam, until as many were answered after that. It is done by a tick, or by three of its questions answered well on
two days, and none missed the last time. It comes back when a question of it is missed after that. On the day of a miss,
a right answer to the same question does not put it right yet. Questions that practice does not ask, those on trial and
retired ones, keep no topic open. An answer that was given faster than its question can be read makes none practiced,
done, or missed.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from exams.models import TopicMark
from exams.psychometrics.mastery import ShownVerdict, Verdict, in_study_order, verdict
from exams.psychometrics.study_plan import WELL_ANSWERED
from exams.services.practice.topic_history import topic_history
from exams.services.progress.answers import Answer
from exams.services.progress.mastery import TopicMastery


@dataclass(frozen=True, slots=True)
class PlanTopic:
    """A topic of the plan. `is_known` is whether it has enough answers for pages to show its verdict.

    `done_at` is when it was done, and `is_ticked` whether by a tick; `came_back` is whether it was done before. Of its
    questions, `needed` answered well make it done. It is practiced when as many are answered at all, at `practiced_at`,
    the last time; if its new questions are kept for mock exams (`is_kept`), when its page was read. `answered_at` is
    the newest answer; `ready_on` the first day on which a question of it may be asked, None if one is new. `day` is
    the day on which the plan has it, None if there is none. `is_worked` is whether it was practiced or done
    today, and `in_week` whether one of this week was since the week began. An answered question of it may be asked
    again from `back_on` on; in a plan, that is the next day if the topic will be among those of that day, else None.
    Of its questions that practice asks, `missed` were missed the last time; with one, answers do not make it done.
    `failed_on` is the day of the newest mock exam if most of them were missed in it, and it was not practiced since.
    """

    slug: str
    title: str
    verdict: Verdict = "unseen"
    is_known: bool = False
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
    failed_on: date | None = None

    @property
    def in_plan(self) -> str:
        """How it stands in the plan: done, back, or "" if it is open."""
        return "done" if self.done_at else "back" if self.came_back else ""

    @property
    def told(self) -> ShownVerdict | None:
        """The verdict as pages tell it: beside 'done', not that it was not seen. Answers in haste are too few."""
        if self.is_known:
            return self.verdict
        return "few" if self.verdict != "unseen" or self.answered_at else None if self.done_at else "unseen"

    @property
    def is_new(self) -> bool:
        """Whether it was neither practiced nor done yet."""
        return self.done_at is None and self.practiced_at is None

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be practiced: it was not yet, or was failed in the newest mock exam."""
        return self.is_new or (self.done_at is None and self.failed_on is not None)

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
        if self.is_wanted or self.done_at or self.back_on is None:
            return False
        return self.back_on <= day or (self.ready_on is None and not self.is_kept)

    def is_resting(self, today: date) -> bool:
        """Return whether none of its questions may be asked today."""
        return self.ready_on is not None and self.ready_on > today


def plan_topics(
    topics: Sequence[TopicMastery],
    gains: Mapping[str, float],
    answers: Sequence[Answer],
    marks: Mapping[str, TopicMark],
    askable: Mapping[str, Collection[int]],
    zone: tzinfo,
    until: datetime | None = None,
    kept: Collection[str] = (),
) -> list[PlanTopic]:
    """Return the topics as they stood at the time `until` (None: now).

    They are in the order of study, with those failed in the newest mock exam. `answers` are all until then to the
    questions that may be known, in order, and `askable` has the questions that can be practiced, by slug. Of the topics
    `kept`, all that are new are kept for mock exams.
    """
    by_topic: dict[int | None, list[Answer]] = {}
    for answer in answers:
        by_topic.setdefault(answer.topic, []).append(answer)
    failed = _failed(answers, {topic.key: askable.get(topic.slug, ()) for topic in topics}, zone)

    result: dict[str, PlanTopic] = {}
    for topic in topics:
        mark, questions = marks.get(topic.slug), askable.get(topic.slug, ())
        history = topic_history(by_topic.get(topic.key, ()), questions, zone)
        ticked_at = mark.done_at if mark and mark.done_at and (until is None or mark.done_at < until) else None
        done_at, came_back = history.done_at, history.came_back
        if ticked_at and (done_at is None or ticked_at < done_at):
            came_back = history.missed_at is not None and history.missed_at > ticked_at
            done_at = None if came_back else ticked_at
        read_at = mark.read_at if mark and mark.read_at and (until is None or mark.read_at < until) else None
        is_kept = topic.slug in kept or not questions
        result[topic.slug] = PlanTopic(
            topic.slug,
            topic.title,
            verdict(topic.mastery),
            topic.mastery is not None and topic.mastery.is_known,
            read_at,
            done_at,
            bool(ticked_at),
            came_back,
            min(WELL_ANSWERED, len(questions)),
            history.practiced_at or (read_at if is_kept else None),
            history.answered_at,
            history.ready_on,
            is_kept=is_kept,
            back_on=history.back_on,
            missed=history.missed,
            failed_on=failed.get(topic.key),
        )
    verdicts = {slug: topic.verdict for slug, topic in result.items()}
    wanted = {slug for slug, topic in result.items() if topic.is_wanted}
    missed = {slug for slug in wanted if result[slug].failed_on}
    return [result[slug] for slug in in_study_order(verdicts, gains, wanted, missed)]


def _failed(
    answers: Sequence[Answer], askable: Mapping[int | None, Collection[int]], zone: tzinfo
) -> dict[int | None, date]:
    """Return the topics failed in the newest mock exam and not practiced since, by their keys, with the day of it.

    One is failed if most of its `askable` questions in the exam were missed, until as many of them were answered since.
    """
    answers = [answer for answer in answers if not answer.is_rapid]
    exam = next((answer.exam for answer in reversed(answers) if answer.exam), 0)
    if not exam:
        return {}
    missed, right, since = Counter[int | None](), Counter[int | None](), defaultdict[int | None, set[int]](set)
    began = next(place for place, answer in enumerate(answers) if answer.exam == exam)
    day = answers[began].at.astimezone(zone).date()
    for answer in answers[began:]:
        if answer.exam != exam:
            since[answer.topic].add(answer.question)
        elif answer.question in askable.get(answer.topic, ()):
            (right if answer.correct else missed)[answer.topic] += 1
    return {topic: day for topic, n in missed.items() if n > right[topic] and len(since[topic]) < min(WELL_ANSWERED, n)}
