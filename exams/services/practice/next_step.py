"""Decide the one thing to do next. The start page, report, progress, plan and the end of a quiz show the same one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import tzinfo

from exams.models import Attempt
from exams.services.practice.daily_goal import answered_today, todays_size
from exams.services.practice.filters import Filters
from exams.services.practice.practice import open_practices
from exams.services.practice.selection import Selection, select
from exams.services.practice.study_records import StudyRecords
from exams.services.progress.mastery import NextTopic

EXAM_EVERY_DAYS = 7  # until the target date, as the plan has it
SECONDS_A_QUESTION, READING_SECONDS = 45, 300  # with its explanation; a page of the study guide
PREVIEW_SEED = "today"  # pages say how many questions of each kind there are, not which


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and what the reason rests on.

    `kind` is result (a score to read), practice (to go on with), exam, today (its questions), or done (they are
    answered). `attempt` belongs to the first two, `days_since` the last exam to the third, the rest to today and done:
    the `session`, the minutes that it takes, the weakest topic, and what was `answered`.
    """

    kind: str
    attempt: Attempt | None = None
    session: Selection = field(default_factory=Selection)
    minutes: int = 0
    topic: NextTopic | None = None
    answered: int = 0
    days_since: int = 0


def next_step(records: StudyRecords, but: Collection[str] = (), zone: tzinfo | None = None) -> NextStep:
    """Return the next step: four queries at most. `but` are the codes of exams to leave out, `zone` is the reader's."""
    candidate = records.candidate
    assert candidate is not None
    waiting = Attempt.objects.awaiting_score().filter(candidate=candidate).exclude(blueprint_code__in=but)
    if pending := waiting.order_by("-started_at").first():
        return NextStep("result", pending)
    begun = [attempt for attempt in open_practices([candidate.pk], but) if attempt.n_answered]  # type: ignore[attr-defined]
    if begun:
        return NextStep("practice", begun[0])
    days_since = _days_since_exam(records)
    if not records.blueprint.exam.practice or not records.pool.items or days_since >= EXAM_EVERY_DAYS:
        return NextStep("exam", days_since=days_since)
    return todays_step(records, zone)


def todays_step(records: StudyRecords, zone: tzinfo | None = None) -> NextStep:
    """Return the questions of today, or that they are done: one query."""
    candidate = records.candidate
    assert candidate is not None
    size = todays_size(records.goal)
    answered = answered_today(records.blueprint.exam.syllabus_code, [candidate.pk], records.now, zone)
    left = size - answered if 0 < answered < size else size
    session = select(records, Filters(size=left), seed=PREVIEW_SEED, today=True)
    topic = records.weak[0] if records.weak else None
    seconds = len(session.questions) * SECONDS_A_QUESTION + (READING_SECONDS if topic else 0)
    kind = "done" if answered >= size else "today" if session.questions else "exam"
    return NextStep(kind, None, session, max(1, round(seconds / 60)), topic, answered)


def _days_since_exam(records: StudyRecords) -> int:
    """Return how many days ago the newest exam began; 0 without one or without a target date. One query at most."""
    if not records.scheduled:
        return 0
    exams = Attempt.objects.filter(candidate=records.candidate, mode="exam", blueprint_code=records.blueprint.code)
    newest = exams.order_by("-started_at").values_list("started_at", flat=True).first()
    return (records.now - newest).days if newest else 0
