"""Test that a changed key of a sat question is found, with the number of exams that keep the old one."""

from dataclasses import replace

import pytest

from exams.models import Attempt
from questions.content.schema import QuestionContent
from questions.models import Question, Revision, User
from questions.services import key_changes, lifecycle, revisions, wordings
from questions.services.key_changes import KeyChange
from tests import factories
from tests.exams.services.results.key_rulings import carry_out, decide
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return factories.user("staff", is_superuser=True)


@pytest.fixture
def attempt() -> Attempt:
    return factories.scored(factories.handed_in(2, blueprint=factories.small_blueprint()))


@pytest.fixture
def live(attempt: Attempt) -> Revision:
    return attempt.responses.filter(choose=1).select_related("revision__question")[0].revision


def with_key(content: QuestionContent, key: str) -> QuestionContent:
    return replace(content, options=tuple(replace(row, correct=row.id == key) for row in content.options))


def revise(live: Revision, content: QuestionContent, staff: User, same_item_as: Revision | None = None) -> Question:
    """Return the question with this wording in work."""
    work = revisions.revise(live.question, now=NOW, by=staff)
    revisions.rewrite(work, content, now=NOW, by=staff)
    revisions.set_reason(work, "Better.", same_item_as)
    return Question.objects.get(pk=live.question_id)


def codes(change: KeyChange | None) -> tuple[list[str], list[str], int]:
    assert change
    return [option.code for option in change.old], [option.code for option in change.new], change.n_exams


def test_exams_that_sat_the_old_key_are_counted(live: Revision, staff: User) -> None:
    factories.attempt(synthetic=True)
    change = key_changes.key_change(revise(live, with_key(wordings.content_of(live), "b"), staff))
    assert codes(change) == (["a"], ["b"], 1)
    assert change
    assert change.disputed == live


def test_a_key_and_another_option_that_exchange_their_texts_are_a_changed_key(live: Revision, staff: User) -> None:
    content = wordings.content_of(live)
    first, second, *others = content.options
    options = (replace(first, text=second.text), replace(second, text=first.text), *others)
    question = revise(live, replace(content, options=options), staff, live)
    assert codes(key_changes.key_change(question))[2] == 1


def test_another_spelling_of_the_key_is_no_changed_key(live: Revision, staff: User) -> None:
    content = wordings.content_of(live)
    first, *others = content.options
    options = (replace(first, text=f"{first.text}!"), *others)
    assert key_changes.key_change(revise(live, replace(content, options=options), staff, live)) is None


def test_exams_of_earlier_revisions_keep_the_old_key_too(live: Revision, staff: User) -> None:
    content = wordings.content_of(live)
    question = revise(live, replace(content, stem=f"{content.stem} Say it."), staff, live)
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=staff, status="live")
    question.refresh_from_db()
    assert question.current
    change = key_changes.key_change(revise(question.current, with_key(content, "b"), staff))
    assert codes(change) == (["a"], ["b"], 1)
    assert change
    assert change.disputed == live, "the revision that exams contain"


def test_the_key_after_a_ruling_is_the_one_that_exams_keep(live: Revision, staff: User) -> None:
    carry_out(decide(live, 1 << live.options.get(code="b").bit))
    question = Question.objects.select_related("current").get(pk=live.question_id)
    assert question.current
    change = key_changes.key_change(revise(question.current, with_key(wordings.content_of(live), "a"), staff))
    assert codes(change) == (["b"], ["a"], 1)
