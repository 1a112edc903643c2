"""Copying a question: what goes with the copy, and what stays behind."""

import pytest
from django.contrib.auth.models import User

from questions import lifecycle, reviewing, writing
from questions.interchange.merge import fields
from questions.models import Draft, Enemy, Question
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


def test_a_copy_says_the_same_and_is_a_draft_of_the_one_who_copied(author: User) -> None:
    source, enemy = authoring.question(author), authoring.question(author, "third-question")
    Enemy.objects.create(low=source, high=enemy)
    reviewing.rate(source, 70, now=NOW, by=author)
    reviewing.waive(source, "stem-length", "Short on purpose.", now=NOW, by=author)
    ben = account("ben", "Author")
    made = writing.copy(source, "own-question-2", now=NOW, by=ben)
    assert (made.status, made.author, made.rating, made.raters, made.current) == ("draft", ben, None, 0, None)
    one, two = (fields(writing.stored(each)) for each in (source, made))  # type: ignore[arg-type]
    same = ("place", "points", "as_of", "license", "wording", "rationales", "explanation", "references")
    assert {name: one[name] for name in same} == {name: two[name] for name in same}
    assert writing.enemies(made) == ["own-question", "third-question"]
    assert not made.waivers.exists()
    assert made.history.filter(what="copied", after={"from": "own-question"}).exists()


def test_a_copy_leaves_what_somebody_is_typing_alone(author: User) -> None:
    source = authoring.question(author)
    writing.keep_draft(None, {"stem": ["Half"]}, read=0, now=NOW, by=author)
    writing.copy(source, "own-question-2", now=NOW, by=author)
    assert Draft.objects.get().data == {"stem": ["Half"]}


def test_a_code_is_proposed_that_nobody_has(author: User) -> None:
    source = authoring.question(author)
    assert writing.free_code("own-question") == "own-question-2"
    writing.copy(source, "own-question-2", now=NOW, by=author)
    assert writing.free_code("own-question") == writing.free_code("own-question-2") == "own-question-3"
    with pytest.raises(lifecycle.Refused, match="Choose another"):
        writing.copy(source, "own-question-2", now=NOW, by=author)
    assert Question.objects.count() == 2
