"""A small blueprint whose exams all have the same questions."""

import pytest

from questions.models import Blueprint
from tests import factories


@pytest.fixture
def blueprint() -> Blueprint:
    """Return a blueprint with a bank of twelve questions: all exams have the same ten scored and two unscored ones."""
    return factories.small_blueprint(scored=10, unscored=2)
