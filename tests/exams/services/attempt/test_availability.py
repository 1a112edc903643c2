"""Test what a blueprint needs and what the bank has: by exam domain, by collection, before it is stored."""

from collections import Counter
from dataclasses import asdict, replace

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Candidate
from exams.services.attempt import assembly, availability, question_pool
from questions.content.blueprint import DomainWeight
from questions.models import Blueprint, Question
from questions.services import lifecycle
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    """Two exam domains with six live questions each; four scored and one unscored are needed."""
    return factories.small_blueprint(scored=4, unscored=1)


def test_needed_and_available_questions_are_counted_in_one_query(
    blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = Question.objects.filter(exam_domain__number=1).first()
    assert first is not None
    Question.objects.filter(pk=first.pk).update(status=Question.Status.PILOT)
    with django_assert_num_queries(1):
        one, two = availability.by_exam_domain(blueprint)
    assert (one.title, one.scored, one.unscored, one.live, one.pilots, one.missing) == ("First things", 2, 1, 5, 1, 0)
    assert (two.scored, two.unscored, two.live, two.pilots, two.missing) == (2, 0, 6, 0, 0)


def test_the_missing_numbers_equal_those_of_the_rules_page(blueprint: Blueprint) -> None:
    for question in Question.objects.filter(exam_domain__number=2).order_by("pk")[1:]:
        lifecycle.retire([question], now=NOW, by=None)
    assert [row.missing for row in availability.by_exam_domain(blueprint)] == [0, 1]
    shortage = assembly.blueprint_shortage(blueprint)
    assert shortage is not None
    assert (shortage.scored, shortage.unscored) == ({2: 1}, {})


def test_collections_are_counted_with_questions_not_in_use(blueprint: Blueprint) -> None:
    rows = list(Question.objects.order_by("pk"))
    Question.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(collection="own")
    Question.objects.filter(pk=rows[0].pk).update(status=Question.Status.PILOT)
    Question.objects.filter(pk=rows[1].pk).update(status=Question.Status.RETIRED)
    assert availability.by_collection("TINY") == [
        availability.CollectionAvailability("own", 1, 1, 1),
        availability.CollectionAvailability("tiny", 9, 0, 0),
    ]
    assert availability.by_collection("OTHER") == []


def test_weights_follow_the_live_questions_and_sum_to_a_hundred() -> None:
    live = Counter[int]()
    assert availability.proportional_weights(live) == {}
    live.update({1: 13, 2: 17, 4: 0})
    assert availability.proportional_weights(live) == {1: 43, 2: 57}


def test_an_exam_draws_only_from_its_syllabus_and_from_exam_domains_with_a_weight(blueprint: Blueprint) -> None:
    factories.small_blueprint(code="OTHER")
    spec = replace(
        blueprint.exam,
        code="QUIZ",
        syllabus="TINY",
        scored=3,
        unscored=0,
        collections=("tiny", "other"),
        exam_domains=(DomainWeight(2, "Second things", 100),),
    )
    quiz = Blueprint(code="QUIZ", version=1, spec=asdict(spec))
    pool = question_pool.pool_for(quiz)
    drawn = Question.objects.filter(pk__in=[item.question for item in pool.items])
    assert set(drawn.values_list("exam_domain__exam", "exam_domain__number")) == {("TINY", 2)}
    assert len(assembly.draw_form(quiz, Candidate(), "seed").plan.slots) == 3
    assert len(question_pool.pool_for(replace_spec(quiz, exam_domains=blueprint.exam.exam_domains)).items) == 12


def replace_spec(row: Blueprint, **changes: object) -> Blueprint:
    return Blueprint(code=row.code, version=row.version, spec=asdict(replace(row.exam, **changes)))  # type: ignore[arg-type]
