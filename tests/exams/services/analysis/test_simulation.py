"""Test that simulated candidates sit like real ones, and that scores follow from their ability."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections

from exams.models import Attempt, AttemptEvent
from exams.services.analysis import simulation
from exams.services.analysis.simulated_items import SimulatedItem, simulated_items
from exams.services.analysis.simulation import Ability
from exams.services.attempt import ending
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW
from tests.simulated_exams import simulate_exams

pytestmark = pytest.mark.django_db


def clock() -> datetime:
    return NOW


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=8, unscored=2)


def reproducible_part(sat: simulation.SimulatedExam) -> list[tuple[Any, ...]]:
    """Return everything that must depend on the seed only."""
    rows = sat.attempt.responses.values_list("revision", "scored", "ticked", "seconds", "flagged", "trail")
    return [(sat.theta, sat.attempt.form.seed), *rows]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_exams_and_another_seed_gives_others(blueprint: Blueprint) -> None:
    first, same, other = (
        [reproducible_part(sat) for sat in simulate_exams(blueprint, 3, Ability(), seed, clock)] for seed in (1, 1, 2)
    )
    assert first == same
    assert first != other
    assert first[0] != first[1]


def test_a_simulated_exam_is_marked_submitted_and_answered_in_time(blueprint: Blueprint) -> None:
    attempt = simulation.simulate_exam(blueprint, 0.0, random.Random(1), NOW)
    attempt.refresh_from_db()
    assert (attempt.synthetic, attempt.status, attempt.closed_by) == (True, "submitted", "candidate")
    assert attempt.submitted_at == NOW
    assert attempt.started_at + timedelta(minutes=10) < NOW < attempt.deadline
    assert list(AttemptEvent.objects.values_list("kind", flat=True)) == ["started", "finished"]
    rows = list(attempt.responses.all())
    assert attempt.position == len(rows) == 10
    assert all(row.ticked.bit_count() == row.choose and row.version == 1 for row in rows)
    assert all(row.trail == f"{row.ticked}@{row.seconds};" for row in rows)
    shown = [row.first_shown for row in rows]
    assert all(early < late for early, late in pairwise(shown))
    assert shown[-1] == NOW


@pytest.mark.parametrize(("theta", "accepts"), [(-20.0, lambda n: n == 0), (20.0, lambda n: n == 10)])
def test_ability_decides_and_an_incorrect_answer_is_never_the_key(
    blueprint: Blueprint, theta: float, accepts: Callable[[int], bool]
) -> None:
    attempt = simulation.simulate_exam(blueprint, theta, random.Random(1), NOW)
    assert accepts(attempt.responses.filter(correct=True).count())


def test_a_standard_deviation_of_zero_gives_every_candidate_the_same_ability(blueprint: Blueprint) -> None:
    sat = simulate_exams(blueprint, 3, Ability(0.7, 0), 1, clock)
    assert {exam.theta for exam in sat} == {0.7}


@pytest.mark.slow
def test_a_candidate_at_the_standard_answers_as_often_correctly_as_rated() -> None:
    blueprint = factories.bank()
    sat = list(simulate_exams(blueprint, 8, Ability(0, 0), 4, clock))
    right = sum(exam.attempt.responses.filter(correct=True).count() for exam in sat)
    ratings = sum(sum(exam.attempt.responses.values_list("rating", flat=True)) for exam in sat) / 100
    # 520 answers; the standard deviation of their sum is about 10.5.
    assert abs(right - ratings) < 35


def test_real_attempts_are_not_marked_synthetic(blueprint: Blueprint) -> None:
    factories.attempt(blueprint=blueprint)
    assert Attempt.objects.get().synthetic is False


class SweptItems(dict[int, SimulatedItem]):
    """Items with which another connection closes what is overdue, as the sweeper does, before each answer."""

    def __getitem__(self, revision: int) -> SimulatedItem:
        sweeper = threading.Thread(target=close_overdue)
        sweeper.start()
        sweeper.join(60)
        return super().__getitem__(revision)


def close_overdue() -> None:
    for attempt in Attempt.objects.overdue(NOW):
        ending.close_if_overdue(attempt, NOW)
    connections.close_all()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_server_that_runs_does_not_close_the_simulated_exams_of_earlier_days(blueprint: Blueprint) -> None:
    items = SweptItems(simulated_items(blueprint))
    candidate = factories.candidate()
    career = list(simulation.simulate_career(blueprint, candidate, 2, Ability(), 1, NOW, items))
    assert [Attempt.objects.get(pk=sat.attempt.pk).closed_by for sat in career] == ["candidate"] * 2
