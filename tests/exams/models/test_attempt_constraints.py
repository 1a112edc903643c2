"""Test that the database refuses attempts whose end contradicts their status."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exams.models import Allowance, Attempt, Outage
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


def test_only_an_open_exam_is_paused_and_before_its_deadline() -> None:
    attempt = factories.attempt()
    row = Attempt.objects.filter(pk=attempt.pk)
    row.update(paused_at=attempt.deadline)
    for fields in ({"paused_at": attempt.deadline + timedelta(seconds=1)}, {"status": "submitted", **END}):
        with pytest.raises(IntegrityError, match="attempt_paused_while_open"), transaction.atomic():
            row.update(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("outage_ends_after_it_began", {"ended_at": NOW}),
        ("outage_cause_known", {"cause": "flood"}),
        ("outage_decided_iff_time", {"decision": "closed"}),
        ("outage_decided_iff_time", {"decided_at": NOW}),
    ],
)
def test_an_outage_that_contradicts_itself_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    row = Outage.objects.create(began_at=NOW, ended_at=NOW + timedelta(minutes=5), cause="silence")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Outage.objects.filter(pk=row.pk).update(**fields)


def test_an_exam_gets_its_minutes_of_an_outage_once() -> None:
    attempt = factories.attempt()
    row = Outage.objects.create(began_at=NOW, ended_at=NOW + timedelta(minutes=5), cause="silence")
    granted = {"attempt": attempt, "minutes": 5, "reason": "Power cut.", "at": NOW}
    Allowance.objects.create(**granted, outage=row)
    Allowance.objects.create(**granted)
    Allowance.objects.create(**granted)
    with (
        pytest.raises(IntegrityError, match=r"allowance_one_for_an_outage|exams_allowance\.outage_id"),
        transaction.atomic(),
    ):
        Allowance.objects.create(**granted, outage=row)
