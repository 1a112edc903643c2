"""The writer of Star, StudyGoal and TopicMark beside `study_state`: what a candidate notes about studying.

These are the questions to come back to, the goal for an exam (the day on which to be ready, the questions each day;
`exam` is the code of the syllabus that the plan has), and the topics whose pages are read or that are ticked off.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from exams.models import Candidate, Response, Star, StudyGoal, TopicMark
from questions.models import Question, Topic

READ, DONE = MARKS = ("read_at", "done_at")  # columns of TopicMark


def add_star(candidate: Candidate, question: Question, now: datetime) -> None:
    """Star a question. A question that has a star keeps it, with its date."""
    Star.objects.get_or_create(candidate=candidate, question=question, defaults={"created_at": now})


def remove_star(candidate: Candidate, question: Question) -> None:
    """Remove the star of a question, if it has one."""
    Star.objects.filter(candidate=candidate, question=question).delete()


def star_solutions(attempt: UUID, candidate: int, stars: Mapping[int, bool], now: datetime) -> Collection[int]:
    """Star questions of an attempt whose solutions are shown, by position, or take the stars away.

    Return the positions at which it was done, whether or not it changed anything.
    """
    shown = Response.objects.filter(attempt__uuid=attempt, position__in=stars, revealed_at__isnull=False)
    questions = dict(shown.order_by().values_list("position", "revision__question"))
    added = [question for position, question in questions.items() if stars[position]]
    removed = [question for position, question in questions.items() if not stars[position]]
    if added:
        rows = [Star(candidate_id=candidate, question_id=question, created_at=now) for question in added]
        Star.objects.bulk_create(rows, ignore_conflicts=True)
    if removed:
        Star.objects.filter(candidate=candidate, question__in=removed).delete()
    return questions.keys()


def starred(candidate: int, questions: Collection[int]) -> set[int]:
    """Return which of these questions have a star: one query."""
    return set(Star.objects.filter(candidate=candidate, question__in=questions).values_list("question", flat=True))


def goal(candidate: Candidate | None, exam: str) -> StudyGoal:
    """Return the goal for this exam, an unsaved empty one without any."""
    found = candidate and StudyGoal.objects.filter(candidate=candidate, exam=exam).first()
    return found or StudyGoal(exam=exam)


def set_goal(
    candidate: Candidate, exam: str, target: date | None, daily_questions: int | None, today: date | None = None
) -> None:
    """Store the day and the number of questions each day for this exam; without both the goal is removed.

    A plan for another day or with another number begins `today`; the same one goes on.
    """
    if target is None and daily_questions is None:
        StudyGoal.objects.filter(candidate=candidate, exam=exam).delete()
        return
    before = goal(candidate, exam)
    is_same = (before.target_date, before.daily_questions) == (target, daily_questions)
    start = before.planned_on if is_same else today
    values = {
        "target_date": target,
        "planned_on": start if start and target and start < target else None,
        "daily_questions": daily_questions,
    }
    StudyGoal.objects.update_or_create(candidate=candidate, exam=exam, defaults=values)


def marks(candidate: Candidate | None) -> dict[str, TopicMark]:
    """Return the marks of a candidate by the slug of the topic: one query, none without a candidate."""
    if candidate is None:
        return {}
    rows = TopicMark.objects.filter(candidate=candidate).select_related("topic")
    return {row.topic.slug: row for row in rows}


def set_mark(candidate: Candidate, topic: Topic, mark: str, now: datetime) -> None:
    """Mark the topic as read or done. A topic that is marked already keeps its time."""
    assert mark in MARKS
    rows = TopicMark.objects.filter(candidate=candidate, topic=topic)
    if rows.update(**{mark: Coalesce(mark, Value(now))}):
        return
    try:
        with transaction.atomic():
            TopicMark.objects.create(candidate=candidate, topic=topic, **{mark: now})
    except IntegrityError:  # another click was faster; a third one may have taken it back since
        set_mark(candidate, topic, mark, now)


@transaction.atomic
def clear_mark(candidate: Candidate, topic: Topic, mark: str) -> None:
    """Remove a mark, and the row with its last one."""
    assert mark in MARKS
    row = TopicMark.objects.select_for_update().filter(candidate=candidate, topic=topic).first()
    if row is None:
        return
    setattr(row, mark, None)
    if row.read_at or row.done_at:
        row.save(update_fields=[mark])
    else:
        row.delete()
