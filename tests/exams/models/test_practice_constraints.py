"""Test that the database refuses practice, stars, marks and cards that contradict themselves, with a message."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from exams.models import Attempt, RepetitionCard, Response, Star, StudyGoal, TopicMark
from questions.models import Question, Topic
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def practice(**fields: Any) -> Attempt:
    """Turn a new exam into practice: the row is what matters here."""
    attempt = Attempt.objects.last() or factories.attempt()
    values = {field.attname: getattr(attempt, field.attname) for field in Attempt._meta.concrete_fields}
    values |= {"id": None, "mode": "practice", "practice_kind": "quiz", "timed": False} | fields
    return Attempt.objects.create(**{name: value for name, value in values.items() if name != "uuid"})


BROKEN: dict[str, Callable[[], Any]] = {
    "attempt_kind_iff_practice": lambda: practice(practice_kind=None),
    "attempt_exam_is_timed": lambda: Attempt.objects.filter(pk=factories.attempt().pk).update(timed=False),
    "attempt_predicted_is_a_chance": lambda: practice(predicted=1.2),
    "response_confidence_known": lambda: Response.objects.filter(attempt=factories.attempt()).update(confidence=4),
    "star_unique": lambda: [star() for _ in range(2)],
    "topic_mark_unique": lambda: [mark(read_at=NOW) for _ in range(2)],
    "study_goal_unique": lambda: [goal("TINY") for _ in range(2)],
    "study_goal_has_exam": lambda: goal(""),
    "study_goal_day_or_questions": lambda: goal("TINY", target_date=None),
    "study_goal_planned_before_day": lambda: goal("TINY", planned_on=NOW.date()),
    "study_goal_daily_questions": lambda: goal("TINY", daily_questions=15),
    "topic_mark_read_or_done": lambda: mark(),
    "repetition_card_state_known": lambda: RepetitionCard.objects.create(
        candidate=factories.attempt().candidate, question=Question.objects.all()[0], state=4, due=NOW
    ),
}


def goal(exam: str, **fields: Any) -> StudyGoal:
    attempt = Attempt.objects.last() or factories.attempt()
    return StudyGoal.objects.create(candidate=attempt.candidate, exam=exam, **{"target_date": NOW.date(), **fields})


def star() -> Star:
    attempt = Attempt.objects.last() or factories.attempt()
    return Star.objects.create(candidate=attempt.candidate, question=Question.objects.all()[0], created_at=NOW)


def mark(**fields: Any) -> TopicMark:
    attempt = Attempt.objects.last() or factories.attempt()
    return TopicMark.objects.create(candidate=attempt.candidate, topic=Topic.objects.all()[0], **fields)


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BROKEN[name]()
    constraints = [each for model in apps.get_app_config("exams").get_models() for each in model._meta.constraints]
    (constraint,) = [each for each in constraints if each.name == name]
    assert constraint.violation_error_message != constraint.default_violation_error_message


def test_an_exam_and_one_practice_of_each_kind_can_be_open() -> None:
    exam = factories.attempt()
    for kind in Attempt.PracticeKind.values:
        practice(practice_kind=kind, deadline=NOW + timedelta(days=30))
    assert exam.candidate.attempts.open().count() == 1 + len(Attempt.PracticeKind.values)
