"""A small blueprint whose exams all have the same questions."""

import pytest

from questions.models import Blueprint
from tests import factories


@pytest.fixture
def blueprint() -> Blueprint:
    """Return a blueprint whose exams have the same ten scored and two unscored questions."""
    return factories.one_form_blueprint()
