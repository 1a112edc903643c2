"""Test the history of a candidate: own exams, newest first."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt
from exams.services.attempt import ending
from exams.services.results import history
from tests import factories
from tests.factories import NOW, handed_in, scored

pytestmark = pytest.mark.django_db


def test_all_own_exams_are_listed_newest_first_however_they_ended(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice, blueprint = factories.candidate(), factories.small_blueprint()
    first = scored(handed_in(2, alice, blueprint))
    ended = factories.attempt(alice, blueprint, now=NOW + timedelta(days=1))
    ending.abandon(ended, NOW + timedelta(days=1))
    running = factories.attempt(alice, blueprint, now=NOW + timedelta(days=2))
    factories.attempt(factories.candidate(), blueprint)
    with django_assert_num_queries(2):
        exams = list(history.candidate_exams(alice))
        assert history.specifications(exams) == {blueprint.pk: blueprint.exam}
        assert [attempt.report and attempt.report.raw for attempt in exams] == [None, None, 2]
    assert exams == [running, ended, first]


def test_practice_is_not_listed() -> None:
    alice = factories.candidate()
    attempt = factories.attempt(alice, factories.small_blueprint())
    Attempt.objects.filter(pk=attempt.pk).update(mode="practice", practice_kind="quiz")
    assert not history.candidate_exams(alice).exists()
