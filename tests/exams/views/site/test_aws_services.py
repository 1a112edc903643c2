"""The index of services: sorted by name, with former names and links to topics."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from questions.bank_files.glossary import services_file
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(settings: Any) -> None:
    """A small exam of which three topics name services."""
    factories.small_blueprint()
    factories.change_topics(
        "TINY",
        "tiny-1-1",
        services=(
            "Amazon S3",
            "Amazon Data Firehose",
        ),
    )
    factories.change_topics(
        "TINY",
        "tiny-1-2",
        services=(
            "Amazon S3",
            "AWS Glue",
        ),
    )
    factories.change_topics("TINY", "tiny-2-6", services=("Amazon SageMaker AI",))


def shown(client: Client) -> str:
    page = client.get(reverse("guide_services"))
    assert page.status_code == 200
    return re.sub(r">\s+|\s+<", lambda match: match[0].strip(), page.content.decode())


def test_services_are_sorted_without_their_maker(client: Client, exam: None) -> None:
    html = shown(client)
    assert re.findall(r"<h3>([^<]+)</h3>", html) == [
        "Amazon Data Firehose",
        "AWS Glue",
        "Amazon S3",
        "Amazon SageMaker AI",
    ]
    assert re.findall(r'<h2 id="letter-(.)">', html) == ["D", "G", "K", "S"]
    assert "The 4 services in the syllabus of Small" in html


def test_a_service_links_to_its_topics(client: Client, exam: None) -> None:
    html = shown(client)
    entry = html[html.index('id="amazon-s3"') :].partition("</ul>")[0]
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', entry) == [
        (reverse("guide_topic", args=["tiny-1-1"]), "Topic 1.1 1"),
        (reverse("guide_topic", args=["tiny-1-2"]), "Topic 1.1 2"),
    ]


def test_a_service_says_in_a_sentence_what_it_is(client: Client, exam: None, settings: Any, tmp_path: Any) -> None:
    settings.BANKS_DIR = tmp_path
    path = services_file(tmp_path / "tiny")
    path.parent.mkdir(parents=True)
    path.write_text("## Amazon S3\n\nStores `objects`.\n", encoding="utf-8")
    html = shown(client)
    assert '<h3>Amazon S3</h3><div class="text flow"><p>Stores<code>objects</code>.</p></div><ul>' in html
    assert html.count('class="text flow"') == 1


def test_a_former_name_leads_to_the_current_one_unless_both_have_one_letter(client: Client, exam: None) -> None:
    html = shown(client)
    assert 'Amazon Kinesis Data Firehose: see<a href="#amazon-data-firehose">Amazon Data Firehose</a>' in html
    assert "formerly Amazon Kinesis Data Firehose" in html
    assert "formerly Amazon SageMaker" in html
    assert "Amazon SageMaker: see" not in html


def test_a_syllabus_without_services_has_a_message(client: Client, exam: None) -> None:
    factories.change_topics("TINY", services=())
    assert "The syllabus names no services." in shown(client)


def test_services_without_an_exam_are_not_found(client: Client) -> None:
    assert client.get(reverse("guide_services")).status_code == 404


def test_the_number_of_queries_does_not_grow_with_services(
    client: Client, exam: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shown(client)  # each process reads the syllabus once
    with django_assert_num_queries(2):
        shown(client)
    factories.change_topics("TINY", services=("Amazon S3", "AWS Glue", "Amazon Athena"))
    assert "Amazon Athena" in shown(client)
    with django_assert_num_queries(2):
        shown(client)
