"""Test the page of words, and that other pages of staff do without the words of psychometricians."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import authoring, factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db


def test_each_page_of_staff_leads_to_the_words(client: Client) -> None:
    client.force_login(account("ada", "Author"))
    assert f'href="{reverse("admin:words")}"' in client.get(reverse("admin:index")).text
    page = text(client.get(reverse("admin:words")))
    for word in ("Key", "Rationale", "Pilot", "Discrimination", "logit", "kept warning"):
        assert word in page


def test_the_pages_of_authors_name_neither_enemies_nor_waivers_nor_distractors(client: Client) -> None:
    ina = account("ina", "Instructor")
    client.force_login(ina)
    question = authoring.question(ina)
    factories.small_blueprint()
    for address in (
        reverse("admin:questions_question_change", args=[question.pk]),
        reverse("admin:questions_question_add"),
        reverse("admin:approval", args=[question.pk]),
        reverse("admin:pilots"),
        reverse("admin:bank_statistics"),
    ):
        page = text(client.get(address)).lower()
        for word in ("enemies", "enemy", "waiver", "distractor", "logit"):
            assert word not in page, (address, word)
