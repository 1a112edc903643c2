"""Test that questions are found by code and by words, without retired ones."""

from dataclasses import replace

import pytest
from django.test import TestCase

from questions.models import Question, User
from questions.services import lifecycle, search
from tests import authoring
from tests.authoring import CONTENT, NOW

pytestmark = pytest.mark.django_db


def codes(typed: str, without: int = 0) -> list[str]:
    return [row.code for row in search.search(typed, without=without)]


def test_every_word_must_match_and_matching_codes_come_first(author: User) -> None:
    authoring.question(author, "a-mill", replace(CONTENT, stem="A bakery weighs all loaves twice.\n\nWhich is right?"))
    bakery = authoring.question(author, "the-bakery")
    authoring.question(author, "other-town", replace(CONTENT, stem="A mill grinds rye.\n\nWhich is right?"))
    assert codes("BAKERY") == ["the-bakery", "a-mill"]
    assert codes("bakery twice") == ["a-mill"]
    assert codes("bakery", without=bakery.pk) == ["a-mill"]
    assert codes("  ") == codes("bakery %") == []
    lifecycle.retire([bakery], now=NOW, by=author)
    assert codes("the-bakery") == []


def test_a_result_has_the_beginning_of_its_newest_stem(author: User) -> None:
    long = "A bakery weighs its loaves. " * 9
    authoring.question(author, "one", replace(CONTENT, stem=long))
    authoring.question(author, "two")
    with TestCase().assertNumQueries(1):
        one, two = search.by_codes(["two", "one", "nobody"])
    assert (one.code, two.code) == ("one", "two")
    assert long.startswith(one.beginning.removesuffix("…"))
    assert len(one.beginning) <= search.MAX_STEM_CHARS
    assert search.by_codes([]) == []


def test_the_results_are_limited_in_the_query(author: User) -> None:
    topic = authoring.place()
    Question.objects.bulk_create(
        Question(code=f"mass-{n:02}", exam_domain=topic.task.exam_domain, search_text=f"mass-{n:02}\nmass")
        for n in range(search.MAX_RESULTS + 5)
    )
    assert codes("mass") == [f"mass-{n:02}" for n in range(search.MAX_RESULTS)]
