"""Test that the review reads a whole exam in a few queries, as it was shown."""

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Response
from exams.services.practice import study_marks
from exams.services.results import review
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(scored=4, unscored=3))


def test_a_whole_exam_takes_four_queries(attempt: Attempt, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4):
        responses = review.responses(attempt)
        options = review.options_by_revision(responses)
        for response in responses:
            texts = options[response.revision_id]
            assert {option.bit for option in texts} == set(response.bits)
            assert all(option.revision is texts[0].revision for option in texts)
            topic = texts[0].revision.question.topic
            assert topic
            assert topic.slug == vars(response)["topic_slug"]


def test_options_are_those_of_the_revision_that_was_shown(attempt: Attempt) -> None:
    shown = list(Response.objects.filter(attempt=attempt, position=2).select_related("revision"))
    assert set(review.options_by_revision(shown)) == {shown[0].revision_id}


def test_responses_have_the_topic_and_the_star_of_their_candidate(attempt: Attempt) -> None:
    first, second = attempt.responses.select_related("revision__question__topic")[:2]
    study_marks.add_star(attempt.candidate, first.revision.question, NOW)
    study_marks.add_star(factories.candidate(), second.revision.question, NOW)
    rows = {row.position: vars(row) for row in review.responses(attempt)}
    assert [position for position, row in rows.items() if row["starred"]] == [first.position]
    assert rows[first.position]["topic_slug"] == first.revision.question.topic.slug
    assert rows[first.position]["topic_title"] == first.revision.question.topic.title
