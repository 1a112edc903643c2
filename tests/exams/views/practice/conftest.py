"""An exam with enough questions for practice, and a time at which its first attempt is over."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from questions.models import Blueprint
from tests import factories
from tests.factories import NOW


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture
def after_the_exam() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        yield
