"""Test reading the filters of practice from the fields of a form or a query."""

import uuid

import pytest

from exams.services.practice.filters import DEFAULT_SIZE, FilterError, Filters


def test_no_fields_mean_all_questions() -> None:
    assert Filters.read({}) == Filters(size=DEFAULT_SIZE)


def test_the_fields_of_filters_give_the_same_filters() -> None:
    filters = Filters(
        domain=(1, 3),
        task=("1.2",),
        topic=("a-topic", "another"),
        ask=("setting",),
        collection=("workouts",),
        state=("wrong", "starred"),
        attempt=uuid.uuid4(),
        size=25,
        new=True,
        rested=True,
    )
    fields: dict[str, list[str]] = {}
    for name, value in filters.fields():
        fields.setdefault(name, []).append(value)
    assert Filters.read(fields) == filters


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"size": ["0"]}, "from 1 to 100"),
        ({"size": ["101"]}, "from 1 to 100"),
        ({"size": ["ten"]}, "from 1 to 100"),
        ({"domain": ["x"]}, "does not exist"),
        ({"state": ["lost"]}, "does not exist"),
        ({"attempt": ["x"]}, "This attempt does not exist."),
    ],
)
def test_fields_that_cannot_be_meant_are_refused_with_a_sentence(fields: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(FilterError, match=sentence):
        Filters.read(fields)
