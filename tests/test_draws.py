"""Test the draws of CI: the same in each run of a test, others in another test."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from exams.services.classes import sittings
from exams.services.classes.sittings import Terms
from questions.models import Blueprint
from tests import draws, factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def drawn(test: str, blueprint: Blueprint) -> list[Any]:
    """Return the paper of a class and the order of options in an exam, as this test draws them."""
    terms = Terms(name="7b", opens_at=NOW, closes_at=NOW + timedelta(hours=1))
    factories.start_versions()  # counts of the forms drawn before are cached for a version
    with transaction.atomic(), draws.repeated(test):
        form = sittings.create(blueprint, terms, None).form
        assert form is not None
        rows = factories.attempt(blueprint=blueprint).responses.order_by("position")
        result = [form.plan, list(rows.values_list("order", flat=True))]
        transaction.set_rollback(True)
    return result


def test_the_same_test_draws_the_same_and_another_test_something_else() -> None:
    blueprint = factories.small_blueprint(exams=3)
    paper, orders = drawn("one", blueprint)
    assert drawn("one", blueprint) == [paper, orders]
    other_paper, other_orders = drawn("two", blueprint)
    assert paper != other_paper
    assert orders != other_orders
