"""Test that `audit` prints each difference with its attempt and exits with 1."""

import json
import random
from io import StringIO

import pytest
from django.core.management import call_command

from exams.models import Attempt, Response
from exams.services.analysis import simulation
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return simulation.simulate_exam(factories.small_blueprint(), 0.0, random.Random(1), NOW)


def audit(*args: str) -> tuple[str, int]:
    """Run the command; return its output and exit code."""
    out = StringIO()
    try:
        call_command("audit", *args, stdout=out)
    except SystemExit as stop:
        return out.getvalue(), int(stop.code or 0)
    return out.getvalue(), 0


def test_a_correct_installation_passes(attempt: Attempt) -> None:
    assert audit() == ("Attempts recounted: 1. Differences: none.\n", 0)
    result, code = audit("--json")
    assert (json.loads(result), code) == ({"attempts": 1, "differences": []}, 0)


def test_a_planted_fault_is_printed(attempt: Attempt) -> None:
    Response.objects.filter(position=2).update(version=7)
    sentence = "Question 2: its version is 7, the changes noted make 1."
    result, code = audit()
    assert result == f"Attempt {attempt.uuid}: {sentence}\nAttempts recounted: 1. Differences: 1.\n"
    assert code == 1
    result, code = audit("--json")
    assert json.loads(result)["differences"] == [{"attempt": str(attempt.uuid), "sentence": sentence}]
    assert code == 1
