"""Test the filters of attempts and score reports whose values are known without a look at the table."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories

pytestmark = pytest.mark.django_db

ATTEMPTS, REPORTS = "/admin/exams/attempt/", "/admin/exams/scorereport/"


@pytest.mark.parametrize(
    ("path", "parameter", "known", "other"),
    [
        (ATTEMPTS, "blueprint_code__exact", "TINY", "OTHER"),
        (REPORTS, "exam", "TINY", "OTHER"),
        (REPORTS, "cause__exact", "finish", "ruling"),
    ],
)
def test_a_filter_shows_the_rows_of_its_value(
    admin_client: Client, path: str, parameter: str, known: str, other: str
) -> None:
    factories.scored(factories.handed_in(3, blueprint=factories.small_blueprint()))
    for value, n in ((known, 1), (other, 0), ("invented", 0)):
        assert admin_client.get(path, {parameter: value}).context["cl"].result_count == n


def test_no_list_looks_for_the_values_of_its_filters_in_the_table(admin_client: Client) -> None:
    factories.scored(factories.handed_in(3, blueprint=factories.small_blueprint()))
    for path in (ATTEMPTS, REPORTS, "/admin/questions/history/"):
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(path)
        distinct = [query["sql"] for query in captured.captured_queries if "DISTINCT" in query["sql"]]
        assert all("questions_blueprint" in sql for sql in distinct), distinct
