"""Test that `serve` prints how much time open exams have left when it stops."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mlsprep.management.commands.serve import running_exams_notice
from tests import factories

pytestmark = pytest.mark.django_db


def test_no_exam() -> None:
    assert running_exams_notice() == "No exam is running."


def test_one_exam() -> None:
    factories.small_blueprint(minutes=90)
    factories.attempt(now=timezone.now())
    assert (
        running_exams_notice()
        == "One exam is running. Its clock keeps running for 1 h 29 min: start mlsprep again before that."
    )


def test_two_exams_and_an_overdue_one() -> None:
    factories.small_blueprint(minutes=90)
    now = timezone.now()
    for minutes in (0, 60, 100):
        factories.attempt(now=now - timedelta(minutes=minutes))
    notice = "2 exams are running. Their clocks keep running, the first for 0 h 29 min, the last for 1 h 29 min."
    assert running_exams_notice() == notice
