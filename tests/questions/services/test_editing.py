"""Test that questions are copied, autosaved and rolled back."""

from dataclasses import replace

import pytest

from questions.content.parts import fields
from questions.models import AutosavedEdit, Enemy, Question, User
from questions.services import approval, editing, points_and_enemies, ratings, revisions, waivers, wordings
from questions.services.errors import EditConflictError, RefusedError
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


def test_a_copy_has_the_same_content_and_is_a_draft_of_its_author(author: User) -> None:
    source, enemy = authoring.question(author), authoring.question(author, "third-question")
    Enemy.objects.create(low=source, high=enemy)
    ratings.rate([source], 70, now=NOW, by=author)
    waivers.waive([source], "stem-length", "Short on purpose.", now=NOW, by=author)
    ben = account("ben", "Author")
    made = editing.copy(source, "own-question-2", now=NOW, by=ben)
    assert (made.status, made.author, made.rating, made.raters, made.current) == ("draft", ben, None, 0, None)
    one, two = (fields(editing.stored_content(row)) for row in (source, made))  # type: ignore[arg-type]
    same = ("place", "points", "as_of", "license", "wording", "rationales", "explanation", "references")
    assert {name: one[name] for name in same} == {name: two[name] for name in same}
    assert points_and_enemies.enemy_codes(made) == ["own-question", "third-question"]
    assert not made.waivers.exists()
    assert made.history.filter(action="copied", after={"from": "own-question"}).exists()


def test_a_copy_does_not_touch_autosaved_edits(author: User) -> None:
    source = authoring.question(author)
    editing.autosave(None, {"stem": ["Half"]}, now=NOW, by=author)
    editing.copy(source, "own-question-2", now=NOW, by=author)
    assert AutosavedEdit.objects.get().data == {"stem": ["Half"]}


def test_a_free_code_is_proposed(author: User) -> None:
    source = authoring.question(author)
    assert editing.free_code("own-question") == "own-question-2"
    editing.copy(source, "own-question-2", now=NOW, by=author)
    assert editing.free_code("own-question") == editing.free_code("own-question-2") == "own-question-3"
    with pytest.raises(RefusedError, match="Choose another"):
        editing.copy(source, "own-question-2", now=NOW, by=author)
    assert Question.objects.count() == 2


def test_a_code_taken_meanwhile_is_refused_with_a_message(author: User) -> None:
    source = authoring.question(author)
    content = editing.stored_content(source)
    assert content
    links = editing.QuestionLinks(source.exam_domain, source.topic)
    with pytest.raises(RefusedError, match="Choose another"):
        editing.save(Question(code=source.code), content, links, read_version=0, now=NOW, by=author)
    assert Question.objects.count() == 1


def test_rolling_back_does_not_overwrite_an_unseen_edit(author: User) -> None:
    row = authoring.question(author)
    ratings.rate([row], 70, now=NOW, by=author)
    approval.submit([row], now=NOW, by=author)
    approval.approve([row], pilot=False, now=NOW, by=author)
    first = row.revisions.get()
    read = Question.objects.get().lock_version
    work = revisions.revise(row, now=NOW, by=author)
    newer = replace(wordings.content_of(work), stem=authoring.CONTENT.stem.replace("bakery", "mill"))
    revisions.rewrite(work, newer, now=NOW, by=author)
    with pytest.raises(EditConflictError):
        editing.roll_back(row, first, read_version=read, reason="It was right.", now=NOW, by=author)
    assert "mill" in row.revisions.get(number=2).stem
    read = Question.objects.get().lock_version
    editing.roll_back(row, first, read_version=read, reason="It was right.", now=NOW, by=author)
    assert row.revisions.get(number=2).stem == authoring.CONTENT.stem
