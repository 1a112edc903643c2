"""Test which exams are analyzed: each with finished attempts apart, or the one that is named."""

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.services.analysis.analyzed_exams import chosen_exams, finished_exams
from questions.services.errors import RefusedError
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.factories import handed_in

pytestmark = pytest.mark.django_db


def test_only_exams_that_somebody_has_finished_are_analyzed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert chosen_exams(None) == []
    first = factories.small_blueprint(code="ONE")
    assert (finished_exams(), chosen_exams(None)) == ([], ["ONE"])
    second = factories.small_blueprint(code="TWO")
    factories.attempt(blueprint=first)
    handed_in(1, blueprint=second)
    with django_assert_num_queries(1):
        assert finished_exams() == ["TWO"]
    assert chosen_exams(None) == ["TWO"]
    assert finished_exams(synthetic=True) == []
    handed_in(1, blueprint=first)
    with django_assert_num_queries(1):
        assert finished_exams() == ["ONE", "TWO"]


def test_a_quiz_is_analyzed_with_the_exam_whose_exam_domains_it_uses() -> None:
    factories.small_blueprint()
    handed_in(1, blueprint=other_exam("QUIZ", "A quiz"))
    assert finished_exams() == ["TINY"] == chosen_exams("quiz")


def test_an_exam_that_is_not_here_is_refused_with_those_that_are() -> None:
    factories.small_blueprint()
    with pytest.raises(RefusedError, match=r"There is no exam with the code GONE-C01\. Exams: TINY\."):
        chosen_exams("GONE-C01")
