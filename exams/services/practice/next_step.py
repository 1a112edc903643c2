"""Decide the one thing to do next, the same on the start page, progress, plan, end of a quiz and report."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q

from exams.models import Attempt, Candidate, Mode
from exams.psychometrics.study_plan import minutes_for, topics_in
from exams.services.practice.filters import Filters
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.practice import open_practices
from exams.services.practice.selection import Selection, select
from exams.services.practice.study_records import StudyRecords
from exams.services.progress.mastery import NextTopic
from exams.services.results.report import with_haste
from exams.services.results.reviewed import count_unread

MORE_QUESTIONS, REPEATED_AT_ONCE = 10, 20
PREVIEW_SEED = "today"  # pages say how many questions of each kind there are, not which


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and what the reason rests on.

    `kind` is result (a score to read), review (of what was `missed` in an exam of today and is `unread`), practice
    (to go on with), exam, today (its questions), or done (they are answered). `attempt` belongs to the first three,
    `days_since` the last exam to the fourth. With a target date (`has_plan`) in `days_left` days, all have the topics
    `of_day`, those of the plan for today. The rest belongs to today and done: the `session`, the minutes that it takes,
    how many questions of the day are for `later` ones, and what was `answered`; `ahead` is the topic after those of the
    day that the session is about when they are done, and `left` those that it is not about; without a date, `topic` is
    the weakest one. Topics of the day were missed in the mock exam of the day `failed_on`. The pages of the topics
    `to_read` are new. Of the `unused_exams`, `exams_left` stay unused after its new questions, `exams_kept` always.
    When it is done, `due` are the questions that are due still. A question takes so many `seconds`.
    """

    kind: str
    attempt: Attempt | None = None
    missed: int = 0
    unread: int = 0
    session: Selection = field(default_factory=Selection)
    minutes: int = 0
    topic: NextTopic | None = None
    failed_on: date | None = None
    answered: int = 0
    later: int = 0
    days_since: int | None = None
    has_plan: bool = False
    days_left: int = 0
    of_day: tuple[PlanTopic, ...] = ()
    ahead: PlanTopic | None = None
    to_read: tuple[PlanTopic, ...] = ()
    left: tuple[PlanTopic, ...] = ()
    due: int = 0
    unused_exams: int = 0
    exams_left: int = 0
    exams_kept: int = 0
    seconds: float = 0

    @property
    def repeated(self) -> int:
        """How many of those that are due are repeated at once."""
        return min(REPEATED_AT_ONCE, self.due)

    @property
    def minutes_of_due(self) -> int:
        """How long that takes, about."""
        return minutes_for(self.repeated, self.seconds)

    @property
    def minutes_of_review(self) -> int:
        """How long it takes to read why questions were missed, about."""
        return minutes_for(self.unread, self.seconds)

    @property
    def n_worked(self) -> int:
        """How many of the topics of today were practiced or done today."""
        return sum(entry.is_worked for entry in self.of_day)

    @property
    def more(self) -> int:
        """How many questions are offered after those of today."""
        return min(MORE_QUESTIONS, len(self.session.questions))


def next_step(records: StudyRecords, but: Collection[str] = ()) -> NextStep:
    """Return the next step: six queries at most. `but` are the codes of exams to leave out."""
    candidate = records.candidate
    assert candidate is not None
    exams = _exams_to_look_at(records, but)
    return _before_today(records, candidate, exams, but) or todays_step(records, took_exam=bool(exams))


def _before_today(
    records: StudyRecords, candidate: Candidate, exams: Sequence[Attempt], but: Collection[str]
) -> NextStep | None:
    """Return what is to be done before the questions of today, if anything."""
    frame = NextStep("", seconds=records.seconds_a_question)
    if records.has_plan:
        frame = replace(frame, has_plan=True, days_left=records.plan.days_left or 0, of_day=records.plan.due)
    if pending := next((exam for exam in exams if exam.status == Attempt.Status.SUBMITTED), None):
        return replace(frame, kind="result", attempt=pending)
    if exams and (missed := _missed_in(exams[0], records)) and (unread := count_unread(exams[0], missed)):
        return replace(frame, kind="review", attempt=exams[0], missed=missed, unread=unread)
    begun = [attempt for attempt in open_practices([candidate.pk], but) if attempt.n_answered]  # type: ignore[attr-defined]
    if begun:
        return replace(frame, kind="practice", attempt=begun[0])
    if not records.blueprint.exam.practice or not records.pool.items or _is_exam_due(records):
        return replace(frame, kind="exam", days_since=_days_since_exam(records))
    return None


def todays_step(records: StudyRecords, *, took_exam: bool = False) -> NextStep:
    """Return the questions of today, or that they are done, as after a mock exam of today: three queries at most."""
    candidate = records.candidate
    assert candidate is not None
    of_day_size, answered = records.questions_a_day, records.done_today
    left = of_day_size - answered if 0 < answered < of_day_size else of_day_size
    size = left if records.goal.daily_questions else min(left, records.session_size)
    took_exam = took_exam or records.took_exam
    session = Selection() if took_exam else select(records, Filters(size=size), seed=PREVIEW_SEED, today=True)
    is_done = took_exam or records.is_done_today
    asked = {records.pool.items[question].topic for question in session.questions}
    n = topics_in(size)
    planned = () if is_done else [entry for entry in records.planned if entry.slug in asked][:n]
    of_day = records.plan.due if records.has_plan else ()
    weak = {row.topic.slug: row for row in records.weak}
    step = NextStep(
        "done" if is_done else "today" if session.questions else "exam",
        session=session,
        topic=weak[planned[0].slug] if planned and not records.has_plan else None,
        failed_on=next((entry.failed_on for entry in of_day or planned if entry.failed_on), None),
        answered=answered,
        later=left - size if records.has_plan and len(session.questions) == size else 0,
        has_plan=records.has_plan,
        days_left=records.plan.days_left or 0,
        of_day=of_day,
        ahead=next((entry for entry in planned if entry not in of_day), None) if records.has_plan else None,
        to_read=tuple(
            entry
            for entry in dict.fromkeys((*of_day, *planned))
            if entry.read_at is None and (entry in planned or entry.is_kept)
        )[:n],
        left=tuple(entry for entry in of_day if not entry.is_worked and entry not in planned),
        due=len(records.due_now) if is_done else 0,
        unused_exams=records.unused_exams,
        exams_left=records.unused_after(session.questions),
        exams_kept=records.reserved_exams,
        seconds=records.seconds_a_question,
    )
    return replace(step, minutes=minutes_for(len(session.questions), step.seconds, len(step.to_read)))


def next_page(step: NextStep, but: str = "") -> PlanTopic | None:
    """Return the first topic whose page Today says to read, without the one that is being read."""
    pages = step.to_read if step.kind == "today" else ()
    return next((topic for topic in pages if topic.slug != but), None)


def _exams_to_look_at(records: StudyRecords, but: Collection[str]) -> list[Attempt]:
    """Return the exams that wait for their score, and those of this exam that ended today, the newest first.

    Those that were answered faster than their questions can be read are left out: there is nothing to remember.
    """
    ended_today = Q(
        mode=Mode.EXAM,
        status=Attempt.Status.SCORED,
        sitting=None,
        blueprint_code=records.blueprint.code,
        submitted_at__gte=records.day_began,
    )
    mine = Attempt.objects.filter(candidate=records.candidate).exclude(blueprint_code__in=but)
    exams = with_haste((mine.awaiting_score() | mine.filter(ended_today)).order_by("-started_at"))
    return [exam for exam, was_hasty in exams if not was_hasty]


def _missed_in(exam: Attempt, records: StudyRecords) -> int:
    """Return how many questions were missed in a finished exam."""
    assert exam.submitted_at
    return sum(not answer.correct and exam.started_at <= answer.at <= exam.submitted_at for answer in records.known)


def _is_exam_due(records: StudyRecords) -> bool:
    """Return whether the plan has a mock exam now: its day has come."""
    if not records.has_plan or not records.plan.weeks[0].exam_days:
        return False
    return records.plan.weeks[0].exam_days[0] <= records.today


def _days_since_exam(records: StudyRecords) -> int | None:
    """Return how many days ago the newest exam began; None without one, or without a target date."""
    return (records.now - records.exams_begun[0]).days if records.exams_begun else None
