"""Test stars and the marks of topics: what clicks and concurrent clicks leave behind, and what the rows say."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from exams.models import Star, TopicMark
from exams.services.practice import study_marks
from exams.services.practice.study_marks import DONE, READ
from questions.models import Question, Topic
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.slow
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
        study_marks.set_mark(candidate, topic, READ, NOW)

    def done_again() -> None:
        study_marks.set_mark(candidate, topic, DONE, NOW)
        study_marks.clear_mark(candidate, topic, DONE)
        study_marks.set_mark(candidate, topic, DONE, NOW)

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
    study_marks.set_mark(candidate, first, READ, NOW)
    study_marks.set_mark(other, second, DONE, NOW)
    assert {slug: (mark.read_at, mark.done_at) for slug, mark in study_marks.marks(candidate).items()} == {
        first.slug: (NOW, None)
    }
    study_marks.clear_mark(candidate, second, DONE)
    assert TopicMark.objects.count() == 2
    assert study_marks.marks(None) == {}


def test_a_star_is_added_once_and_removed() -> None:
    factories.small_blueprint()
    candidate, question = factories.candidate(), Question.objects.all()[0]
    study_marks.add_star(candidate, question, NOW)
    study_marks.add_star(candidate, question, NOW + timedelta(days=1))
    assert Star.objects.get().created_at == NOW
    study_marks.remove_star(candidate, question)
    study_marks.remove_star(candidate, question)
    assert not Star.objects.exists()


def test_stars_belong_to_one_candidate() -> None:
    factories.small_blueprint()
    one, other = factories.candidate(), factories.candidate()
    question = Question.objects.all()[0]
    study_marks.add_star(one, question, NOW)
    study_marks.add_star(other, question, NOW)
    study_marks.remove_star(other, question)
    assert Star.objects.get().candidate == one
