"""Test that what was drawn before decides what is drawn next: least exposed questions, and pilots with few answers."""

from collections import Counter
from typing import Any

import pytest

from exams.models import Attempt, Candidate, Response
from exams.services.analysis import bulk_simulation
from exams.services.analysis.simulated_items import simulated_items
from exams.services.analysis.simulation import Ability
from exams.services.attempt import assembly, exposure, question_pool
from exams.services.attempt.exposure import ExposureCounts
from questions.models import Blueprint, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LARGE_BANK = (84, 102, 144, 80)  # 410 live questions, each a topic of its own


def pilots_of(blueprint: Blueprint, *, domain: int, count: int) -> list[int]:
    """Make pilots of questions of an exam domain; return the revisions."""
    rows = Question.objects.filter(collection__in=blueprint.exam.collections, exam_domain__number=domain)
    chosen = list(rows.order_by("-pk")[:count])
    Question.objects.filter(pk__in=[question.pk for question in chosen]).update(status=Question.Status.PILOT)
    raise_bank_version()
    return [question.current_id or 0 for question in chosen]


def shares(blueprint: Blueprint) -> list[float]:
    """Return the share of all exams in which each live question was scored."""
    live = Question.objects.filter(status="live", collection__in=blueprint.exam.collections).values_list("current")
    scored = Counter(Response.objects.filter(scored=True).values_list("revision", flat=True))
    return [scored[pk] / Attempt.objects.count() for (pk,) in live]


def answers(revisions: list[int]) -> dict[int, int]:
    counted = Counter(Response.objects.filter(scored=False).values_list("revision", flat=True))
    return {pk: counted[pk] for pk in revisions}


@pytest.mark.walk
@pytest.mark.slow
def test_no_question_is_scored_in_more_than_a_quarter_of_the_exams_and_each_in_some() -> None:
    blueprint = factories.bank(LARGE_BANK)
    list(bulk_simulation.simulate_exams(blueprint, 60, Ability(), 1, lambda: NOW, simulated_items(blueprint)))
    # On average a question is scored in 50 of 410 exams.
    assert 0.08 < min(shares(blueprint)) <= max(shares(blueprint)) < 0.17


@pytest.mark.slow
def test_real_exams_take_the_least_exposed_questions() -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=0, exams=4)  # 36 questions for 32 positions
    for number in range(4):
        factories.attempt(factories.candidate(), blueprint, seed=str(number))
    assert max(shares(blueprint)) == 1 / 4
    for number in range(4, 9):
        factories.attempt(factories.candidate(), blueprint, seed=str(number))
    assert max(shares(blueprint)) <= 3 / 9


def test_simulated_exams_expose_nothing_to_real_candidates() -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=0, exams=2)
    list(bulk_simulation.simulate_exams(blueprint, 3, Ability(), 1, lambda: NOW, simulated_items(blueprint)))
    pool = question_pool.pool_for(blueprint)
    assert exposure.count_real(blueprint, pool.version, pool.items) == ExposureCounts()


@pytest.mark.slow
def test_pilots_with_fewer_answers_come_first() -> None:
    blueprint = factories.small_blueprint(scored=4, unscored=4, exams=3)
    old = pilots_of(blueprint, domain=1, count=2)
    for number in range(4):
        factories.attempt(factories.candidate(), blueprint, seed=str(number))
    assert set(answers(old).values()) == {4}
    new = [pk for pk in pilots_of(blueprint, domain=1, count=6) if pk not in old]
    for number in range(8):
        factories.attempt(factories.candidate(), blueprint, seed=f"later {number}")
    assert set(answers(old).values()) == {4}
    assert set(answers(new).values()) == {4}


@pytest.mark.slow
def test_exams_that_share_a_collection_count_pilots_together_and_scored_questions_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=2, exams=3)
    other = Blueprint.objects.create(
        code="OTHER", version=1, spec=blueprint.spec | {"code": "OTHER", "syllabus": "TINY"}, loaded_at=NOW
    )
    pilots = pilots_of(blueprint, domain=1, count=2) + pilots_of(blueprint, domain=2, count=2)
    pool = question_pool.pool_for(blueprint)
    for exam, seed in ((blueprint, "1"), (other, "2"), (blueprint, "3"), (other, "4")):
        factories.attempt(factories.candidate(), exam, seed=seed)

    def count() -> ExposureCounts:
        return exposure.count_real(blueprint, pool.version, pool.items)

    for known in (1, 200):
        monkeypatch.setattr(exposure, "COUNTED_EXAMS", known)
        exposure._stored.clear()  # as in a process that has just started
        counts = count()
        assert (counts.forms, sum(counts.scored.values())) == (min(known, 2), 8 * min(known, 2))
        assert {pk: counts.pilots[pk] for pk in pilots} == answers(pilots)
        assert sum(answers(pilots).values()) == 8
    factories.attempt(factories.candidate(), other, seed="5")
    later = exposure.monotonic() + exposure.SECONDS_BETWEEN_READS
    monkeypatch.setattr(exposure, "monotonic", lambda: later)
    counts = count()
    assert (counts.forms, sum(counts.scored.values())) == (2, 16)
    assert sum(counts.pilots[pk] for pk in pilots) == 10


def test_a_start_counts_its_questions_without_a_query(django_assert_num_queries: Any) -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=2, exams=3)
    for number in range(3):
        factories.attempt(factories.candidate(), blueprint, seed=str(number))
        with django_assert_num_queries(1):  # the version of the bank
            assembly.draw_form(blueprint, Candidate(), "next", new_candidate=True)


def test_starts_of_other_processes_are_read_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=2, exams=3)
    pool = question_pool.pool_for(blueprint)
    factories.attempt(factories.candidate(), blueprint, seed="this process")
    assert exposure.count_real(blueprint, pool.version, pool.items).forms == 1
    own = exposure._current[blueprint.pk]
    monkeypatch.setitem(exposure._current, blueprint.pk, ExposureCounts())
    factories.attempt(factories.candidate(), blueprint, seed="another process")
    monkeypatch.setitem(exposure._current, blueprint.pk, own)
    with django_assert_num_queries(0):
        assert exposure.count_real(blueprint, pool.version, pool.items).forms == 1
    later = exposure.monotonic() + exposure.SECONDS_BETWEEN_READS
    monkeypatch.setattr(exposure, "monotonic", lambda: later)
    with django_assert_num_queries(1):
        counts = exposure.count_real(blueprint, pool.version, pool.items)
    assert (counts.forms, sum(counts.scored.values()), sum(counts.pilots.values())) == (2, 16, 4)
