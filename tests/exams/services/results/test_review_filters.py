"""Test which questions of a review match a filter, and several filters at once."""

import pytest

from exams.models import Attempt, Response
from exams.services.practice import study_marks
from exams.services.results import review
from exams.services.results.review_filters import FILTERS, ReviewFilters, ReviewItem, review_items
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

# By position: the ticks are correct, incorrect or missing.
ROWS = {
    1: {"scored": True, "right": True, "flagged": True},
    2: {"scored": True, "right": False, "seconds": 700},
    3: {"scored": True, "right": None, "flagged": True},
    4: {"scored": True, "right": False, "withdrawn": True, "confidence": 1},
    5: {"scored": False, "right": False, "flagged": True, "seconds": 300},
    6: {"scored": False, "right": None},
    7: {"scored": False, "right": True, "confidence": 3},
}


@pytest.fixture
def items() -> list[ReviewItem]:
    """Return the questions of an exam of 7 questions in 35 minutes; question 7 was changed, question 6 has a star."""
    attempt: Attempt = factories.attempt(blueprint=factories.small_blueprint(scored=4, unscored=3, minutes=35))
    for position, row in ROWS.items():
        response = attempt.responses.get(position=position)
        ticked = {True: response.key, False: response.key ^ response.full, None: 0}[row["right"]]
        attempt.responses.filter(position=position).update(
            ticked=ticked,
            scored=row["scored"],
            flagged=row.get("flagged", False),
            withdrawn=row.get("withdrawn", False),
            confidence=row.get("confidence"),
            seconds=row.get("seconds", 0),
            exam_domain=1 + position % 2,
        )
    last = attempt.responses.get(position=7)
    other = next(1 << bit for bit in last.bits if not last.key >> bit & 1)
    trail = f"{other}@5;{last.key}@9;"
    Response.objects.filter(pk=last.pk).update(trail=trail, choose=1, ticked=1 << (last.key.bit_length() - 1))
    study_marks.add_star(attempt.candidate, attempt.responses.get(position=6).revision.question, NOW)
    return review_items(attempt, review.responses(attempt), noted={2, 6})


def matching(items: list[ReviewItem], *show: str, domain: int | None = None, topic: str = "") -> list[int]:
    filters = ReviewFilters(show, domain, topic)
    return [item.position for item in items if filters.matches(item)]


@pytest.mark.parametrize(
    ("show", "positions"),
    [
        ("missed", [2, 5]),  # answered, as everywhere
        ("lost", [2, 3]),  # scored questions without a point
        ("wrong", [2, 4, 5]),
        ("unanswered", [3, 6]),
        ("flagged", [1, 3, 5]),
        ("changed", [7]),
        ("slow", [2]),  # more than 7.5 minutes
        ("guessed", [4]),
        ("starred", [6]),
        ("noted", [2, 6]),
        ("scored", [1, 2, 3, 4]),
        ("unscored", [5, 6, 7]),
    ],
)
def test_a_filter_matches_its_questions(items: list[ReviewItem], show: str, positions: list[int]) -> None:
    assert matching(items, show) == positions


def test_filters_combine(items: list[ReviewItem]) -> None:
    assert matching(items) == [1, 2, 3, 4, 5, 6, 7]
    assert matching(items, "wrong", "flagged") == [5]
    assert matching(items, "flagged", domain=2) == [1, 3, 5]
    assert matching(items, "wrong", domain=1) == [2, 4]
    assert matching(items, "wrong", "unanswered") == []
    assert matching(items, topic=items[2].topic) == [3]
    assert matching(items, "unscored", topic=items[2].topic) == []


def test_filters_are_read_from_a_query_and_written_to_one() -> None:
    fields = {"show": ["flagged", "missed", "all", "7"], "domain": ["2"], "topic": ["boats"]}
    filters = ReviewFilters.read(fields, [1, 2])
    assert filters == ReviewFilters(("missed", "flagged"), 2, "boats")
    assert filters.fields() == [("show", "missed"), ("show", "flagged"), ("domain", "2"), ("topic", "boats")]


@pytest.mark.parametrize("fields", [{}, {"show": ["secret"]}, {"domain": ["9"]}, {"domain": ["one"]}, {"show": []}])
def test_what_is_not_a_filter_is_ignored(fields: dict[str, list[str]]) -> None:
    assert ReviewFilters.read(fields, [1, 2]) == ReviewFilters()


def test_a_filter_is_added_and_taken_away() -> None:
    both = ReviewFilters(("wrong",)).toggled("flagged")
    assert both.show == ("wrong", "flagged")
    assert both.toggled("wrong").show == ("flagged",)
    assert set(both.show) < set(FILTERS)
