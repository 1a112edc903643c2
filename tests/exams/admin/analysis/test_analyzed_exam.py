"""Test that the pages of the analysis show one exam, say which one, and let staff choose another one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.services.attempt import active_scale
from questions.models import AnalysisRun, Blueprint, Collection, Job, User
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.html_forms import text

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("instructor")]
PAGES = ["bank_statistics", "scales", "bank_report"]


@pytest.fixture
def two() -> tuple[Blueprint, Blueprint]:
    """Return two exams with banks of their own, the second one the default."""
    return factories.small_blueprint(code="ONE"), factories.small_blueprint(code="TWO", default=True)


def chosen(page: Any) -> Any:
    return page.context["chosen"].code


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_the_default_exam_or_the_one_of_the_query(client: Client, two: Any, name: str) -> None:
    address = reverse(f"admin:{name}")
    assert chosen(client.get(address)) == "TWO"
    page = client.get(address, {"exam": "ONE"})
    assert chosen(page) == "ONE"
    assert '<option value="ONE" selected>ONE: Small</option>' in page.content.decode()


@pytest.mark.parametrize("name", ["bank_statistics", "scales"])
def test_the_page_opens_on_the_exam_that_one_works_for(client: Client, two: Any, instructor: User, name: str) -> None:
    Collection.objects.create(slug="one", owner=instructor)
    assert chosen(client.get(reverse(f"admin:{name}"))) == "ONE"


@pytest.mark.parametrize("name", PAGES)
def test_with_one_exam_there_is_nothing_to_choose(client: Client, name: str) -> None:
    factories.small_blueprint()
    assert "exam-choice" not in client.get(reverse(f"admin:{name}")).content.decode()


@pytest.mark.parametrize("name", ["bank_statistics", "scales"])
def test_a_quiz_shows_the_exam_whose_exam_domains_it_uses(client: Client, name: str) -> None:
    factories.small_blueprint()
    other_exam("QUIZ", "A quiz")
    assert chosen(client.get(reverse(f"admin:{name}"), {"exam": "QUIZ"})) == "TINY"
    assert client.get(reverse(f"admin:{name}"), {"exam": "GONE"}).status_code == 404


def test_each_exam_has_its_own_scale_and_calibration(client: Client, two: tuple[Blueprint, Blueprint]) -> None:
    first = factories.active_scale(two[0], number=1)
    second = factories.active_scale(two[1], number=2)
    assert [active_scale.find(code) for code in ("ONE", "TWO")] == [first, second]
    address = reverse("admin:scales", query={"exam": "ONE"})
    page = client.get(address)
    assert "New exams use scale version 1:" in text(page)
    assert "Version 2" not in text(page)
    assert '<input type="hidden" name="exam" value="ONE">' in page.content.decode()
    answer = client.post(address, {"exam": "ONE"})
    assert answer["Location"] == address
    assert list(Job.objects.values_list("kind", "key")) == [("calibration", "ONE")]
    assert "Waiting for a worker." in text(client.get(address))
    assert "Waiting for a worker." not in text(client.get(reverse("admin:scales")))


def test_each_exam_has_its_own_analysis(client: Client, two: Any) -> None:
    answer = client.post(reverse("admin:analysis_run"), {"exam": "ONE"})
    page = reverse("admin:bank_statistics", query={"exam": "ONE"})
    assert answer["Location"] == page
    assert list(AnalysisRun.objects.values_list("exam", flat=True)) == ["ONE"]
    html = client.get(page).content.decode()
    assert f'hx-get="{reverse("admin:analysis_run")}?exam=ONE"' in html
    assert "Analysis waiting" not in text(client.get(reverse("admin:bank_statistics")))


@pytest.mark.parametrize(("name", "queries"), [("bank_statistics", 21), ("scales", 13)])
def test_the_number_of_queries_does_not_grow_with_the_exams(
    client: Client, two: Any, name: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse(f"admin:{name}")
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
    factories.small_blueprint(code="THREE")
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
