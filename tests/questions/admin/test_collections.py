"""Test the pages of collections: the list, and what a collection holds its questions to."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Collection, Question
from questions.services import collections
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ina(client: Client) -> Client:
    client.force_login(account("ina", "Instructor"))
    factories.small_blueprint()
    return client


def save(client: Client, slug: str, **fields: object) -> str:
    data = {"title": "Mine", "language": "de", "switches": ["references"], "practicable": "on"} | fields
    return text(client.post(reverse("admin:collection", args=[slug]), data, follow=True))


def test_the_list_has_questions_and_exams_of_each_collection(ina: Client) -> None:
    collections.ensure(["mine"], factories.user("bob"))
    page = text(ina.get(reverse("admin:collections")))
    assert "tiny en – 12 Small" in page
    assert "mine en bob 0 –" in page


def test_rules_of_a_collection_are_switched(ina: Client) -> None:
    collections.ensure(["mine"])
    assert "The collection mine was saved." in save(ina, "mine")
    row = Collection.objects.get(slug="mine")
    assert (row.title, row.language, row.house_rules, row.practicable) == ("Mine", "de", ["references"], True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"language": "German"}, "Enter the code of a language"), ({"switches": ["x"]}, "Select a valid choice")],
)
def test_impossible_rules_are_refused(ina: Client, fields: dict[str, object], sentence: str) -> None:
    collections.ensure(["mine"])
    assert sentence in save(ina, "mine", **fields)
    assert Collection.objects.get(slug="mine").title == ""


def test_a_collection_that_nobody_named_is_not_found(ina: Client) -> None:
    assert ina.get(reverse("admin:collection", args=["nowhere"])).status_code == 404
    assert ina.get(reverse("admin:collection", args=["tiny"])).status_code == 200
    assert set(Collection.objects.get(slug="tiny").house_rules) != set(), "its questions came first: strict"


def test_authors_see_the_list_and_change_nothing(client: Client) -> None:
    factories.small_blueprint()
    client.force_login(account("ada", "Author"))
    page = client.get(reverse("admin:collections"))
    assert page.status_code == 200
    assert reverse("admin:collection", args=["tiny"]) not in page.text
    assert client.get(reverse("admin:collection", args=["tiny"])).status_code == 403
    assert Question.objects.exists()
