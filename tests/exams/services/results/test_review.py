"""Test that the review finds the questions that match a filter."""

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Response
from exams.services.results import review
from tests import factories

pytestmark = pytest.mark.django_db

# By position: the ticks are correct, incorrect or missing.
ROWS = {
    1: {"scored": True, "right": True, "flagged": True},
    2: {"scored": True, "right": False},
    3: {"scored": True, "right": None, "flagged": True},
    4: {"scored": True, "right": False, "withdrawn": True},
    5: {"scored": False, "right": False},
    6: {"scored": False, "right": None},
    7: {"scored": False, "right": True},
}


@pytest.fixture
def attempt() -> Attempt:
    attempt = factories.attempt(blueprint=factories.small_blueprint(scored=4, unscored=3))
    for position, row in ROWS.items():
        response = attempt.responses.get(position=position)
        ticked = {True: response.key, False: response.key ^ response.full, None: 0}[row["right"]]
        attempt.responses.filter(position=position).update(
            ticked=ticked,
            scored=row["scored"],
            flagged=row.get("flagged", False),
            withdrawn=row.get("withdrawn", False),
            exam_domain=1 + position % 2,
        )
    return attempt


@pytest.mark.parametrize(
    ("show", "positions"),
    [
        ("all", [1, 2, 3, 4, 5, 6, 7]),
        ("missed", [2, 3]),  # scored questions without a point
        ("wrong", [2, 4, 5]),
        ("unanswered", [3, 6]),
        ("flagged", [1, 3]),
        ("unscored", [5, 6, 7]),
        ("1", [2, 4, 6]),
        ("2", [1, 3, 5, 7]),
        ("3", []),
    ],
)
def test_each_filter_matches_its_questions(attempt: Attempt, show: str, positions: list[int]) -> None:
    positions_shown = [response.position for response in review.responses(attempt) if review.matches(response, show)]
    assert positions_shown == positions


def test_a_whole_exam_takes_two_queries(attempt: Attempt, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        responses = review.responses(attempt)
        options = review.options_by_revision(responses)
        for response in responses:
            assert response.revision.question.topic
            assert {option.bit for option in options[response.revision_id]} == set(response.bits)
            assert {option.revision for option in options[response.revision_id]} == {response.revision}


def test_options_are_those_of_the_revision_that_was_shown(attempt: Attempt) -> None:
    shown = list(Response.objects.filter(attempt=attempt, position=2).select_related("revision"))
    assert set(review.options_by_revision(shown)) == {shown[0].revision_id}
