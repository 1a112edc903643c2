"""Test that the database refuses attempts whose end contradicts their status."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exams.models import Attempt
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
END = {"submitted_at": NOW + timedelta(minutes=1), "closed_by": "candidate"}


@pytest.mark.parametrize("status", ["submitted", "scoring_failed", "abandoned"])
@pytest.mark.parametrize("missing", END)
def test_a_closed_attempt_has_an_end_and_who_closed_it(status: str, missing: str) -> None:
    row = Attempt.objects.filter(pk=factories.attempt().pk)
    fields: dict[str, Any] = {"status": status, **END, missing: None}
    with pytest.raises(IntegrityError, match="attempt_closed_iff_ended"), transaction.atomic():
        row.update(**fields)
    row.update(status=status, **END)


@pytest.mark.parametrize("field", END)
def test_an_open_attempt_has_no_end(field: str) -> None:
    with pytest.raises(IntegrityError, match="attempt_closed_iff_ended"), transaction.atomic():
        Attempt.objects.filter(pk=factories.attempt().pk).update(**{field: END[field]})
