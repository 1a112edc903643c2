"""Test the review queue: the longest waiting first, own wordings marked, and the next question."""

import datetime
from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from questions.models import Question, Revision, User
from questions.services import approval_queue, authorship, lifecycle, revisions, wordings
from tests import authoring
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> User:
    return account("ina", "Instructor")


def submitted(code: str, author: User, days: int = 0) -> Question:
    """Submit a question, in review since this number of days."""
    row = authoring.question(author, code)
    Question.objects.filter(pk=row.pk).update(status="review")
    Revision.objects.filter(question=row).update(submitted_at=NOW - datetime.timedelta(days=days))
    return Question.objects.get(pk=row.pk)


def test_the_longest_waiting_question_comes_first(author: User, reader: User) -> None:
    assert (approval_queue.waiting_since(), approval_queue.first(reader)) == (None, [])
    submitted("own-new", author)
    submitted("own-old", author, days=3)
    submitted("own-mine", reader, days=1)
    authoring.question(author, "own-draft")
    assert approval_queue.waiting_since() == NOW - datetime.timedelta(days=3)
    listed = [(row.question.code, row.is_own) for row in approval_queue.first(reader)]
    assert listed == [("own-old", False), ("own-mine", True), ("own-new", False)]


def test_a_wording_older_than_the_published_one_leaves_the_queue(author: User, reader: User) -> None:
    row = submitted("own-old", author, days=3)
    newer = wordings.compose(row, wordings.content_of(row.revisions.get()), 2).revision
    newer.save()
    Revision.objects.filter(pk=newer.pk).update(published_at=NOW)
    assert (approval_queue.waiting_since(), approval_queue.first(reader)) == (None, [])


def test_a_wording_without_a_submission_date_comes_last(author: User, reader: User) -> None:
    undated = submitted("own-undated", author)
    Revision.objects.filter(question=undated).update(submitted_at=None)
    submitted("own-new", author)
    assert [row.question.code for row in approval_queue.first(reader)] == ["own-new", "own-undated"]
    assert approval_queue.waiting_since() == NOW


def test_writers_made_the_wording_or_changed_it_since_the_last_publication(author: User, reader: User) -> None:
    made, edited = submitted("own-made", reader), submitted("own-edited", author)
    revision = edited.revisions.get()
    changed = replace(wordings.content_of(revision), stem="Which of these is right now?")
    revisions.rewrite(revision, changed, now=NOW, by=reader)
    other = submitted("own-other", author)
    live = submitted("own-live", author)
    lifecycle.publish([live.revisions.get()], now=NOW + datetime.timedelta(days=1), by=author)
    revisions.revise(live, now=NOW, by=author)
    rows = [row.revisions.order_by("-number")[0] for row in (made, edited, other, live)]
    assert authorship.written_by(reader, rows) == {made.pk, edited.pk}
    assert authorship.written_by(author, rows) == {edited.pk, other.pk, live.pk}


def test_the_next_question_follows_the_order_and_starts_again_at_the_end(
    author: User, reader: User, reviewer: User
) -> None:
    rows = [submitted(f"own-{n}", author, days=9 - n) for n in range(3)]
    own = submitted("own-own", reader, days=8)
    before = approval_queue.first(reader)
    assert approval_queue.next_question(rows[0].pk, before, reader) == rows[1].pk
    assert approval_queue.next_question(rows[1].pk, before, reader) == rows[2].pk
    assert approval_queue.next_question(rows[2].pk, before, reader) == rows[0].pk
    Question.objects.filter(pk__in=[row.pk for row in rows]).update(status="draft")
    Revision.objects.exclude(question=own).update(submitted_at=None)
    assert approval_queue.next_question(rows[0].pk, before, reader) is None


def test_a_wording_overtaken_by_a_newer_published_one_is_not_listed(author: User, reader: User) -> None:
    row = submitted("own-question", author)
    newer = wordings.compose(row, wordings.content_of(row.revisions.get()), 2).revision
    newer.save()
    Revision.objects.filter(pk=newer.pk).update(published_at=NOW)
    assert approval_queue.first(reader) == []


@pytest.mark.parametrize("count", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_queue(
    author: User, reader: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        submitted(f"own-{n}", author)
    with django_assert_num_queries(5):
        assert len(approval_queue.first(reader)) == count
