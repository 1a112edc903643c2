"""Rows inserted at once read as if each had been created: times, decimals, JSON and empty values."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exams.models import AttemptEvent, ScoreReport
from exams.models.bulk_insert import insert_rows
from exams.services.results.score_reports import REPORT_COLUMNS
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_events_read_as_if_created() -> None:
    attempt = factories.attempt()
    at = NOW + timedelta(seconds=1.5)
    columns = ("attempt_id", "at", "kind", "data", "by_id")
    insert_rows(AttemptEvent, columns, [(attempt.pk, at, "tried", '{"text": "\\\\N, é\\n"}', None)] * 2)
    created = AttemptEvent.objects.create(attempt=attempt, at=at, kind="tried", data={"text": "\\N, é\n"})
    rows = list(AttemptEvent.objects.filter(kind="tried").values(*columns))
    assert len(rows) == 3
    assert rows[0] == rows[1] == rows[2]
    assert rows[0]["data"] == created.data
    assert AttemptEvent.objects.filter(at=at, data__text__startswith="\\N").count() == 3


def test_a_report_reads_as_if_created() -> None:
    report = factories.scored(factories.handed_in(5, blueprint=factories.one_form_blueprint())).report
    assert report is not None
    columns = [name for name in REPORT_COLUMNS if name != "number"]
    insert_rows(ScoreReport, ["number", *columns], [(9, *(getattr(report, name) for name in columns))])
    copy = ScoreReport.objects.get(number=9)
    assert [getattr(copy, name) for name in columns] == [getattr(report, name) for name in columns]
    assert (copy.passed, copy.pass_line) == (report.passed, Decimal(report.pass_line))
    assert ScoreReport.objects.filter(made_at=report.made_at, pass_line=report.pass_line).count() == 2


def test_no_rows_are_no_error() -> None:
    insert_rows(AttemptEvent, ("attempt_id", "at", "kind", "data", "by_id"), [])
    assert not AttemptEvent.objects.exists()
