"""Test the filters of attempts and score reports whose values are known without a look at the table."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories

pytestmark = pytest.mark.django_db

ATTEMPTS, REPORTS = "/admin/exams/attempt/", "/admin/exams/scorereport/"


@pytest.mark.parametrize(
    ("path", "parameter", "known", "other"),
    [
        (ATTEMPTS, "blueprint_code__exact", "TINY", "OTHER"),
        (REPORTS, "exam", "TINY", "OTHER"),
        (REPORTS, "cause__exact", "finish", "ruling"),
        (ATTEMPTS, "status__exact", "scored", "open"),
        (ATTEMPTS, "mode__exact", "exam", "practice"),
        (ATTEMPTS, "synthetic__exact", "0", "1"),
    ],
)
def test_a_filter_shows_the_rows_of_its_value(
    admin_client: Client, path: str, parameter: str, known: str, other: str
) -> None:
    factories.scored(factories.handed_in(3, blueprint=factories.small_blueprint()))
    for value, n in ((known, 1), (other, 0), ("invented", 0)):
        assert admin_client.get(path, {parameter: value}).context["cl"].result_count == n


@pytest.mark.parametrize("value", ["1", "99999999999999999999999", "-99999999999999999999999"])
def test_other_fields_of_a_row_are_no_filters(admin_client: Client, value: str) -> None:
    for path in (ATTEMPTS, REPORTS, "/admin/exams/candidate/", "/admin/questions/revision/"):
        for field in ("candidate", "attempt", "user", "question", "id__in", "pk"):
            assert admin_client.get(path, {field: value}).status_code == 400, (path, field)


def test_attempts_of_the_last_days_are_found(admin_client: Client) -> None:
    factories.handed_in(3, blueprint=factories.small_blueprint(), now=timezone.now() - timedelta(days=3))
    found = {
        days: admin_client.get(ATTEMPTS, {"started": days}).context["cl"].result_count for days in ("1", "7", "30")
    }
    assert found == {"1": 0, "7": 1, "30": 1}


LISTS = [
    "exams/attempt", "exams/scorereport", "exams/form", "exams/keyruling", "questions/questionreport",
    "questions/blueprint", "questions/user", "questions/revision", "questions/history", "questions/task",
    "questions/topic", "questions/question",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_the_filters_of_each_list_are_fields_of_one_form_with_chips(admin_client: Client, path: str) -> None:
    factories.scored(factories.handed_in(3, blueprint=factories.small_blueprint()))
    specs = admin_client.get(f"/admin/{path}/").context["cl"].first_filters
    assert specs
    for spec in specs:
        value, _label = spec.lookup_choices[-1]
        page = admin_client.get(f"/admin/{path}/", {spec.parameter_name: value, "o": ""}, follow=True)
        assert page.redirect_chain == [(f"/admin/{path}/?{urlencode({spec.parameter_name: value})}", 302)]
        assert f'name="{spec.parameter_name}" form="changelist-search"' in page.text
        assert [str(title) for title, _, _ in page.context["cl"].chosen_filters] == [str(spec.title)]
        assert '<form id="changelist-search"' in page.text
        assert "Clear all filters" in page.text
        assert f'value="http://testserver{page.redirect_chain[0][0]}" readonly' in page.text, "the link to copy"


def test_no_list_looks_for_the_values_of_its_filters_in_the_table(admin_client: Client) -> None:
    factories.scored(factories.handed_in(3, blueprint=factories.small_blueprint()))
    for path in (ATTEMPTS, REPORTS, "/admin/questions/history/"):
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(path)
        distinct = [query["sql"] for query in captured.captured_queries if "DISTINCT" in query["sql"]]
        assert all("questions_blueprint" in sql for sql in distinct), distinct
