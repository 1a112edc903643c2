"""Test the marks of topics: what concurrent clicks leave behind, and what the rows say."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from exams.models import TopicMark
from exams.services.practice import topic_marks
from exams.services.practice.topic_marks import DONE, READ
from questions.models import Topic
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_concurrent_clicks_leave_one_row_with_both_marks() -> None:
    factories.small_blueprint()
    candidate, topic = factories.candidate(), Topic.objects.all()[0]
    barrier = Barrier(8)
    failures: list[Exception] = []

    def click(act: Callable[[], None]) -> None:
        try:
            barrier.wait()
            act()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def read() -> None:
        topic_marks.set_mark(candidate, topic, READ, NOW)

    def done_again() -> None:
        topic_marks.set_mark(candidate, topic, DONE, NOW)
        topic_marks.clear_mark(candidate, topic, DONE)
        topic_marks.set_mark(candidate, topic, DONE, NOW)

    threads = [Thread(target=click, args=[act]) for act in (read, done_again) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    mark = TopicMark.objects.get()
    assert (mark.read_at, mark.done_at) == (NOW, NOW)


def test_marks_are_read_by_slug_and_only_of_this_candidate() -> None:
    factories.small_blueprint()
    candidate, other = factories.candidate(), factories.candidate()
    first, second = Topic.objects.all()[:2]
    topic_marks.set_mark(candidate, first, READ, NOW)
    topic_marks.set_mark(other, second, DONE, NOW)
    assert {slug: (mark.read_at, mark.done_at) for slug, mark in topic_marks.marks(candidate).items()} == {
        first.slug: (NOW, None)
    }
    topic_marks.clear_mark(candidate, second, DONE)
    assert TopicMark.objects.count() == 2
    assert topic_marks.marks(None) == {}
