"""What `serve` says of running exams when it stops: their clocks do not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mlsprep.management.commands.serve import clocks
from tests import factories

pytestmark = pytest.mark.django_db


def test_no_exam() -> None:
    assert clocks() == "No exam is running."


def test_one_exam() -> None:
    factories.small_blueprint(minutes=90)
    factories.attempt(now=timezone.now())
    assert clocks() == "One exam is running. Its clock goes on for 1 h 29 min: start mlsprep again before that."


def test_two_exams_and_one_whose_time_is_over() -> None:
    factories.small_blueprint(minutes=90)
    now = timezone.now()
    for ago in (0, 60, 100):
        factories.attempt(now=now - timedelta(minutes=ago))
    said = "2 exams are running. Their clocks go on, the first for 0 h 29 min, the last for 1 h 29 min."
    assert clocks() == said
