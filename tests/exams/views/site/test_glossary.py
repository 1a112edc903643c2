"""The glossary page: terms and definitions of the bank's file, and 404 without one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from questions.bank_files.glossary import glossary_file
from questions.models import Blueprint
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(settings: Any, tmp_path: Any) -> None:
    """A small exam whose bank has a glossary."""
    settings.BANKS_DIR = tmp_path
    factories.small_blueprint()
    path = glossary_file(tmp_path / "tiny")
    path.parent.mkdir(parents=True)
    path.write_text("## Recall\n\nA share: `TP / (TP + FN)`.\n\n## t-SNE\n\nA projection.\n", encoding="utf-8")


def test_the_glossary_shows_terms_with_their_definitions(
    client: Client, exam: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(reverse("guide_glossary"))  # each process reads the syllabus once, for the links to topics
    with django_assert_num_queries(2):
        page = client.get(reverse("guide_glossary"))
    html = " ".join(page.content.decode().split())
    assert "2 terms of Small, each in a sentence or two." in html
    assert '<div id="recall"> <dt>Recall</dt>' in html
    assert '<a href="#letter-R">R</a><a href="#letter-T">T</a>' in html
    assert html.index('id="letter-R"') < html.index('id="recall"') < html.index('id="letter-T"')
    assert "<p>A share: <code>TP / (TP + FN)</code>.</p>" in html
    assert html.index("Recall") < html.index("t-SNE")


def test_a_term_leads_to_the_topics_that_explain_it(client: Client, exam: None) -> None:
    factories.change_topics("TINY", "tiny-2-1", title="Recall and its cost")
    html = client.get(reverse("guide_glossary")).text
    assert f'<a href="{reverse("guide_topic", args=["tiny-2-1"])}">Recall and its cost</a>' in html
    assert html.count('class="small glossary-topics"') == 1


def test_a_bank_without_a_glossary_and_a_site_without_an_exam_have_no_page(
    client: Client, exam: None, settings: Any
) -> None:
    glossary_file(settings.BANKS_DIR / "tiny").unlink()
    assert client.get(reverse("guide_glossary")).status_code == 404
    Blueprint.objects.all().delete()
    assert client.get(reverse("guide_glossary")).status_code == 404
