"""Test the front page: without a bank, with an open exam, and when time is up."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from questions.models import Blueprint, User
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


def address(blueprint: Blueprint) -> str:
    return reverse("exam", args=[blueprint.code])


def test_the_retirement_of_the_exam_is_mentioned_before_the_start(client: Client, blueprint: Blueprint) -> None:
    for page in (client.get("/"), client.get(address(blueprint))):
        html = page.content.decode()
        notice = html.index("AWS retired this exam on 31 March 2026. You can no longer book it.")
        assert notice < html.index("Start")
    assert "MLA-C01" in html
    assert "AIP-C01" in html


def test_an_installation_without_a_bank_gets_a_message(client: Client, settings: Any) -> None:
    settings.FRONT_EXAM = "NONE-C99"
    assert client.get("/").status_code == 503


def test_an_open_exam_is_offered_instead_of_a_second_start(client: Client, blueprint: Blueprint) -> None:
    guest = Guest.start(client, blueprint)
    guest.press("move", "next")
    for path in ("/", address(blueprint)):
        html = client.get(path).content.decode()
        assert "Back to question 2" in html
        assert "Start exam" not in html


def test_only_a_visitor_without_an_account_reads_that_none_is_needed(client: Client, blueprint: Blueprint) -> None:
    sentence = "You do not need an account."
    assert sentence in client.get("/").content.decode()
    client.force_login(User.objects.create_user("ada"))
    assert sentence not in client.get("/").content.decode()


def test_an_overdue_exam_is_closed_by_the_front_page(client: Client, blueprint: Blueprint) -> None:
    Guest.start(client, blueprint)
    day = timedelta(days=1)
    attempt = Attempt.objects.get()
    Attempt.objects.update(started_at=attempt.started_at - day, deadline=attempt.deadline - day)
    assert "An exam is running" not in client.get("/").content.decode()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "time")


def test_somebody_with_results_sees_the_last_one_first(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    older = scored(handed_in(0, candidate, blueprint, now=NOW - timedelta(days=1)))
    newest = scored(handed_in(4, candidate, blueprint))
    page = browser(candidate).get("/").text
    assert reverse("report", args=[newest.uuid]) in page
    assert reverse("report", args=[older.uuid]) not in page
    assert ">1000</span>" in page
    assert "Start another exam" in page
    for words in ("A full mock exam", "What you get at the end", "A sample question"):
        assert words not in page


def test_a_running_exam_comes_before_the_last_result(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    scored(handed_in(4, candidate, blueprint))
    factories.attempt(candidate, blueprint, now=timezone.now())
    page = browser(candidate).get("/").text
    assert page.index("An exam is running") < page.index("Your last result")
    assert page.count("button primary") == 1
    assert "Start another exam" not in page


def test_a_last_result_with_many_repeats_has_no_range(blueprint: Blueprint) -> None:
    attempt = handed_in(4, blueprint=blueprint)
    attempt.responses.update(repeat=True)
    page = " ".join(browser(scored(attempt).candidate).get("/").text.split())
    assert "Probably too high: 4 of 4 questions were repeats." in page
    assert "percent band" not in page


def test_the_sample_question_can_be_answered_without_javascript(client: Client, blueprint: Blueprint) -> None:
    page = client.get("/").text
    assert all(f'type="radio" name="sample" id="sample-{letter}" value="{letter}"' in page for letter in "ABCD")
    assert "98.8% is the accuracy" not in page
    for answer, verdict in (("B", "Correct, selected by you"), ("C", "Incorrect, selected by you")):
        page = client.get("/", {"sample": answer}).text
        assert verdict in page
        assert "98.8% is the accuracy" in page
    assert "Check the answer" in client.get("/", {"sample": "Z"}).text
