"""Test that near duplicates are found after any change, and that only changed wordings are read again."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.models import Question, User
from questions.services import editing, lifecycle, near_duplicates, revisions
from tests import many_questions
from tests.authoring import NOW

pytestmark = pytest.mark.django_db


def near(n: int) -> list[str]:
    """Return the codes of near duplicates of the n-th question."""
    asked = replace(many_questions.content(n), id="asked")
    return [code for code, share in near_duplicates.index().matches(asked).found]


def test_a_question_is_found_with_its_current_wording(author: User) -> None:
    one, two = many_questions.questions(author, 2)
    assert (near(0), near(1), near(2)) == (["own-000"], ["own-001"], [])
    revisions.rewrite(revisions.revision_in_work(one), many_questions.content(2, id="own-000"), now=NOW, by=author)
    assert (near(0), near(2)) == ([], ["own-000"])
    lifecycle.retire([two], now=NOW, by=author)
    assert near(1) == [], "retired questions are not compared"


def test_for_a_live_question_the_published_wording_counts(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=author)
    Question.objects.filter(pk=question.pk).update(status="live", rating=70)
    work = revisions.revise(Question.objects.get(pk=question.pk), now=NOW, by=author)
    revisions.rewrite(work, many_questions.content(5, id="own-000"), now=NOW, by=author)
    assert (near(0), near(5)) == (["own-000"], [])


def test_unchanged_wordings_are_not_read_again(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    near_duplicates.index()
    Question.objects.filter(pk=question.pk).update(license="MIT", lock_version=9)
    with CaptureQueriesContext(connection) as caught:
        near_duplicates.index()
    assert len(caught) == 2, "codes and hashes, no texts"


def test_a_copy_does_not_block_its_source_but_is_blocked_by_it(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    copy = editing.copy(question, "own-copy", now=NOW, by=author)
    assert near(0) == ["own-000"]
    matches = near_duplicates.index().matches(replace(many_questions.content(0), id=copy.code)).found
    assert [code for code, share in matches] == ["own-000"]
