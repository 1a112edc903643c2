"""Test that simulating in bulk writes the rows that the services write, one exam after the other."""

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Model

from exams.models import Attempt, Candidate
from exams.services.analysis import bulk_simulation
from exams.services.analysis.simulated_items import Faults, simulated_items
from exams.services.analysis.simulation import Ability
from exams.services.attempt import attempts
from exams.services.results import scoring
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW
from tests.simulated_exams import simulate_exams

pytestmark = pytest.mark.django_db

SEED, EXAMS = 7, 4
OWN = {"id", "uuid", "attempt", "candidate", "form", "report"}  # keys of each row


def clock() -> datetime:
    return NOW


def columns(row: Model) -> dict[str, Any]:
    """Return what the row says, apart from its keys. Floats are rounded: numpy adds in another order."""
    values = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in OWN}
    if "order" in values:  # shuffled by the UUID of the attempt
        values["order"] = sorted(values["order"])
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in values.items()}


def everything(attempt: Attempt) -> list[dict[str, Any]]:
    """Return all rows of an exam."""
    attempt = Attempt.objects.select_related("report", "form", "candidate").get(pk=attempt.pk)
    assert attempt.report
    rows: list[Model] = [attempt, attempt.form, attempt.candidate, attempt.report]
    rows += [*attempt.responses.order_by("position"), *attempt.report.domains.all(), *attempt.events.all()]
    return [columns(row) for row in rows]


def both_ways(blueprint: Blueprint) -> tuple[list[Any], list[Any]]:
    items = simulated_items(blueprint, faults=Faults(rating_error=0.5))
    slow = []
    for sat in simulate_exams(blueprint, EXAMS, Ability(), SEED, clock, items):
        assert scoring.score(sat.attempt.pk, NOW)
        slow.append((sat.theta, everything(sat.attempt)))
    fast = [
        (sat.theta, everything(sat.attempt))
        for sat in bulk_simulation.simulate_exams(blueprint, EXAMS, Ability(), SEED, clock, items)
    ]
    return slow, fast


@pytest.mark.slow
def test_in_bulk_the_same_rows_are_written_as_one_after_the_other() -> None:
    slow, fast = both_ways(factories.bank())
    assert len(fast) == EXAMS
    assert fast == slow


@pytest.mark.slow
def test_in_bulk_a_calibrated_exam_has_the_same_rows_too() -> None:
    blueprint = factories.bank()
    factories.active_scale(blueprint)
    slow, fast = both_ways(blueprint)
    assert fast == slow
    assert set(Attempt.objects.values_list("form__rule", flat=True)) == {"calibrated"}


@pytest.mark.slow
def test_the_number_of_statements_does_not_grow_with_the_exams(django_assert_max_num_queries: Any) -> None:
    blueprint = factories.bank()
    items = simulated_items(blueprint)
    for exams in (3, 30):
        with django_assert_max_num_queries(23):
            list(bulk_simulation.simulate_exams(blueprint, exams, Ability(), exams, clock, items))
    assert Candidate.objects.count() == Attempt.objects.filter(synthetic=True, report__isnull=False).count() == 33
    assert not attempts.open_exams(Candidate.objects.first())
