"""Wordings are published and questions retired, with history."""

from dataclasses import replace

import pytest

from questions.models import History, Question, Revision, User
from questions.services import bank_version, lifecycle, revisions
from questions.services.errors import RefusedError
from tests.questions.services.two_keys import CONTENT, LATER, NOW, stored_question, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> Question:
    return stored_question()


def test_publishing_freezes_the_wording_and_makes_it_current(question: Question, author: User) -> None:
    revision = written(question)
    version = bank_version.bank_version()
    lifecycle.publish([revision], now=LATER, by=author)
    question.refresh_from_db()
    revision.refresh_from_db()
    assert (question.current, revision.published_at) == (revision, LATER)
    assert "which **two** help?" in question.search_text
    assert bank_version.bank_version() == version + 1
    entry = History.objects.filter(question=question).first()
    assert entry is not None
    assert (entry.action, entry.by, entry.at, entry.after) == ("published", author, LATER, {"revision": 1})
    with pytest.raises(RefusedError, match="already published"):
        lifecycle.publish([revision], now=LATER, by=author)
    with pytest.raises(RefusedError, match="cannot be changed"):
        revisions.rewrite(revision, CONTENT, now=LATER, by=author)


@pytest.mark.parametrize(
    ("kind", "keys", "sentence"),
    [
        ("multiple-response", "", "needs a key"),
        ("multiple-response", "abcde", "one option that is not a key"),
        ("multiple-response", "a", "Make it multiple choice"),
        ("multiple-choice", "ab", "Make it multiple response"),
    ],
)
def test_a_wording_with_an_impossible_key_is_not_published(
    question: Question, kind: str, keys: str, sentence: str
) -> None:
    options = tuple(replace(option, correct=option.id in keys) for option in CONTENT.options)
    revision = written(question, replace(CONTENT, kind=kind, options=options))
    with pytest.raises(RefusedError, match=sentence):
        lifecycle.publish([revision], now=NOW, by=None)
    assert not Revision.objects.exclude(published_at=None).exists()


def test_a_wording_published_late_gets_the_highest_number(question: Question) -> None:
    lifecycle.publish([written(question)], now=NOW, by=None)
    slow, quick = written(question), written(question)
    assert (slow.number, quick.number) == (2, 3)
    lifecycle.publish([quick], now=NOW, by=None)
    lifecycle.publish([slow], now=NOW, by=None)
    question.refresh_from_db()
    assert question.current == slow
    assert slow.number == 4


def test_retiring_twice_changes_the_question_once(question: Question, author: User) -> None:
    version = bank_version.bank_version()
    assert lifecycle.retire([question], now=NOW, by=author)
    assert not lifecycle.retire([question], now=NOW, by=author)
    question.refresh_from_db()
    assert question.status == "retired"
    assert History.objects.count() == 1
    assert bank_version.bank_version() == version + 1
