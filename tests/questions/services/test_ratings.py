"""Ratings: the mean of the raters becomes the rating of the question."""

import pytest

from questions.models import Question, User
from questions.services import approval, ratings
from questions.services.errors import RefusedError
from tests.authoring import NOW

pytestmark = pytest.mark.django_db


def submitted(question: Question, author: User) -> Question:
    approval.submit([question], now=NOW, by=author)
    return Question.objects.get(pk=question.pk)


def live(question: Question, author: User, reviewer: User) -> Question:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    return question


@pytest.mark.parametrize(("values", "mean"), [([60], 60), ([60, 65], 63), ([60, 60, 61], 60), ([1, 2], 2), ([99], 99)])
def test_the_mean_of_raters_rounds_a_half_up(values: list[int], mean: int) -> None:
    assert ratings.mean_half_up(values) == mean


def test_each_rater_counts_once(question: Question, author: User, reviewer: User) -> None:
    ratings.rate([question], 60, now=NOW, by=author)
    ratings.rate([question], 75, now=NOW, by=reviewer)
    ratings.rate([question], 65, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.rating, question.raters) == (63, 2)
    with pytest.raises(RefusedError, match="from 1 to 99"):
        ratings.rate([question], 100, now=NOW, by=author)


def test_a_rating_that_a_live_question_must_not_have_is_refused(
    question: Question, author: User, reviewer: User
) -> None:
    question = live(question, author, reviewer)
    with pytest.raises(RefusedError, match="must stay from 5 to 97"):
        ratings.rate([question], 99, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.rating, question.raters) == (70, 1)


def test_the_rating_of_a_live_question_waits_unless_the_rater_may_approve(
    question: Question, author: User, reviewer: User
) -> None:
    question = live(question, author, reviewer)
    assert ratings.rate([question], 20, now=NOW, by=author)
    question.refresh_from_db()
    assert (question.rating, question.raters) == (70, 1)
    assert question.history.filter(action="rating proposed", by=author, after={"rating": 20}).exists()
    assert not ratings.rate([question], 60, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.rating, question.raters) == (40, 2), "the author's rating counts now"


def test_the_date_of_the_last_rating_is_known(question: Question, reviewer: User) -> None:
    assert ratings.rated_at(question) is None
    ratings.rate([question], 70, now=NOW, by=reviewer)
    assert ratings.rated_at(question) == NOW
