"""Test what pages say about booking an exam, its successors and what is published about it."""

from dataclasses import asdict, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from questions.content.blueprint import Note, Successor
from questions.models import Blueprint
from tests import factories
from tests.html_forms import text

pytestmark = pytest.mark.django_db


def publish(**facts: Any) -> Blueprint:
    """Return an exam with these facts in its blueprint."""
    row = factories.small_blueprint()
    values = {"retired_on": None, "successors": ()} | facts
    row.spec = asdict(replace(row.exam, **values))
    row.save()
    return Blueprint.objects.get(pk=row.pk)


def rules(client: Client, code: str = "TINY") -> Any:
    return client.get(reverse("exam", args=[code]))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"available_from": "2026-04-02"}, "AWS offers this exam from 2 April 2026 on. You cannot book it yet."),
        ({"available_from": "2026-04-01"}, "AWS has offered this exam since 1 April 2026. You can book it."),
        ({"retired_on": "2026-04-01"}, "AWS offers this exam until 1 April 2026. You can book it."),
        ({"retired_on": "2026-03-31"}, "AWS retired this exam on 31 March 2026. You can no longer book it."),
    ],
)
def test_the_rules_say_whether_the_exam_can_be_booked(
    client: Client, time_machine: Any, facts: dict[str, Any], sentence: str
) -> None:
    time_machine.move_to(factories.NOW)
    publish(**facts)
    page = text(rules(client))
    assert sentence in page
    assert page.count("book it") == 1


def test_an_exam_without_dates_says_nothing_about_booking(client: Client) -> None:
    publish()
    assert "book it" not in text(rules(client))
    assert "AWS offers" not in text(rules(client))


def test_a_successor_is_a_link_to_its_rules_here_or_to_the_page_about_it(client: Client) -> None:
    successors = (
        Successor("NEXT", "An exam of this site"),
        Successor("AWAY", "An exam of others", "https://example.org/away/"),
        Successor("GONE", "An exam without a page"),
    )
    publish(retired_on="2026-03-31", successors=successors)
    factories.small_blueprint(code="NEXT")
    page = rules(client)
    html = page.content.decode()
    assert f'<a href="{reverse("exam", args=["NEXT"])}">NEXT</a>' in html
    assert '<a href="https://example.org/away/">AWAY</a>' in html
    assert "NEXT (An exam of this site), AWAY (An exam of others) and GONE (An exam without a page)." in text(page)
    assert ">GONE</a>" not in html
    Blueprint.objects.filter(code="NEXT").update(offered=False)
    assert ">NEXT</a>" not in rules(client).content.decode()


def test_the_rules_list_what_is_published_and_what_is_assumed_with_the_day(client: Client) -> None:
    factories.small_blueprint(code="OTHER")
    assert "What is published" not in text(rules(client, "OTHER"))
    notes = (Note("The time is assumed: 30 minutes.", "2026-11-30"), Note("The pass mark is 750.", "2026-11-29"))
    publish(notes=notes)
    page = text(rules(client))
    assert "What is published about this exam" in page
    assert "The time is assumed: 30 minutes. Checked on 30 November 2026." in page
    assert "The pass mark is 750. Checked on 29 November 2026." in page


def test_the_first_note_stands_beside_the_sentence_that_it_is_about(client: Client, time_machine: Any) -> None:
    time_machine.move_to(factories.NOW)
    beta = Note("Until June candidates take the beta: 85 questions.", "2026-03-01")
    assumed = Note("The minutes are assumed.", "2026-03-01")
    publish(available_from="2026-02-01", notes=(beta, assumed))
    for page in (text(rules(client)), text(client.get("/"))):
        assert "You can book it. Until June candidates take the beta: 85 questions." in page
        assert page.count("Until June") == 1
    assert "What is published about this exam The minutes are assumed." in text(rules(client))


def test_of_a_retired_exam_all_notes_are_in_the_list(client: Client, time_machine: Any) -> None:
    time_machine.move_to(factories.NOW)
    publish(retired_on="2026-03-01", notes=(Note("AWS has published all of it.", "2026-03-01"),))
    assert "What is published about this exam AWS has published all of it." in text(rules(client))
