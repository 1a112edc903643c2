"""Test that questions are copied, autosaved and rolled back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from questions.content.parts import fields
from questions.models import AutosavedEdit, Enemy, Question, User
from questions.services import approval, editing, lifecycle, points_and_enemies, ratings, revisions, waivers, wordings
from questions.services.errors import EditConflictError, ReasonRequiredError, RefusedError
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


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


def live(author: User) -> Question:
    """Return a question of this author that candidates get, approved by somebody else."""
    row, rob = authoring.question(author), account("rob", "Reviewer")
    ratings.rate([row], 70, now=NOW, by=author)
    approval.submit([row], now=NOW, by=author)
    approval.approve([row], pilot=False, now=NOW, by=rob)
    return row


def save(row: Question, by: User, reason: str = "Two steps.", **changes: Any) -> Question:
    row.refresh_from_db()
    content = editing.stored_content(row)
    assert content
    links = editing.QuestionLinks(row.exam_domain, row.topic, tuple(row.points.all()))
    changed = replace(content, **changes)
    return editing.save(row, changed, links, read_version=row.lock_version, now=LATER, by=by, reason=reason)


SCORED_OTHERWISE: dict[str, Any] = {"worth": 300, "partial": True, "shuffle": False}


def scored_as(row: Question) -> dict[str, Any]:
    row.refresh_from_db()
    return {name: getattr(row, name) for name in SCORED_OTHERWISE}


@pytest.mark.parametrize("role", ["Author", "Instructor"])
def test_what_decides_the_score_of_a_live_question_waits_for_approval(role: str, author: User) -> None:
    row, cora = live(author), account("cora", role)
    before = scored_as(row)
    with pytest.raises(ReasonRequiredError):
        save(row, cora, reason="", **SCORED_OTHERWISE)
    save(row, cora, **SCORED_OTHERWISE)
    assert scored_as(row) == before, "candidates get it as it was approved"
    work = revisions.revision_in_work(row)
    assert (work.number, work.reason, work.same_item_as_id) == (2, "Two steps.", row.current_id)
    content = editing.stored_content(row)
    assert content
    assert {name: getattr(content, name) for name in SCORED_OTHERWISE} == SCORED_OTHERWISE
    approval.submit([row], now=NOW, by=cora)
    row.refresh_from_db()
    if role == "Instructor":
        with pytest.raises(RefusedError, match="A second person must approve it"):
            approval.approve([row], pilot=False, now=NOW, by=cora)
    row.refresh_from_db()
    approval.approve([row], pilot=False, now=LATER, by=User.objects.get(username="rob"))
    assert scored_as(row) == SCORED_OTHERWISE
    published = row.history.filter(action="published").order_by("-at", "-pk")[0]
    assert published.before == {"revision": 1, **before}
    assert published.after == {"revision": 2, **SCORED_OTHERWISE}


def test_who_changes_the_points_that_wait_counts_as_their_author(author: User) -> None:
    row, cora = live(author), account("cora", "Instructor")
    save(row, author, worth=200)
    save(row, cora, worth=900)
    row.refresh_from_db()
    approval.submit([row], now=NOW, by=author)
    row.refresh_from_db()
    with pytest.raises(RefusedError, match="A second person must approve it"):
        approval.approve([row], pilot=False, now=NOW, by=cora)
    assert scored_as(row)["worth"] == 100


def test_points_that_wait_can_be_taken_back(author: User) -> None:
    row = live(author)
    save(row, author, worth=200)
    save(row, author, worth=100)
    assert revisions.revision_in_work(row).facts == {}
    save(row, author, worth=200)
    row.refresh_from_db()
    first = row.revisions.get(number=1)
    editing.roll_back(row, first, read_version=row.lock_version, reason="It was right.", now=NOW, by=author)
    assert revisions.revision_in_work(row).facts == {}


def test_the_points_of_a_retired_question_wait_too(author: User) -> None:
    row = live(author)
    lifecycle.retire([row], now=NOW, by=author)
    save(row, author, worth=200)
    assert scored_as(row)["worth"] == 100


def test_the_points_of_a_draft_are_its_own_at_once(author: User) -> None:
    row = authoring.question(author)
    save(row, author, worth=200)
    assert scored_as(row)["worth"] == 200
    assert revisions.revision_in_work(row).number == 1


def test_only_questions_of_strict_collections_need_a_place(author: User) -> None:
    content = replace(authoring.CONTENT, id="free", collection="course")
    none = editing.QuestionLinks(None, None)
    made = editing.save(Question(code="free"), content, none, read_version=0, now=NOW, by=author)
    assert (made.exam_domain, made.syllabus) == (None, "")
    copied = editing.copy(made, "free-2", now=NOW, by=author)
    assert (copied.exam_domain, copied.collection) == (None, "course")
    with pytest.raises(RefusedError, match="the collection local need a topic or an exam domain"):
        editing.save(
            Question(code="other"), replace(content, collection="local"), none, read_version=0, now=NOW, by=author
        )
    assert Question.objects.count() == 2


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
