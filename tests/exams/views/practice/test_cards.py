"""Test the pages of flash cards: decks, the card that is due, ratings, and that no held question is among them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, FlashCard, Response, Star
from questions.bank_files.glossary import glossary_file, services_file
from questions.models import Blueprint, Question
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.questions.bank_files.test_study_pages import PAGE
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
DAY = timedelta(days=1)
PAIRS = "| Pair | First | Second |\n|---|---|---|\n| Crawler or job | Reads schemas | Moves data |\n\n"


@pytest.fixture(autouse=True)
def exam(settings: Any, tmp_path: Path) -> Blueprint:
    settings.BANKS_DIR = tmp_path
    services_file(tmp_path / "tiny").parent.mkdir(parents=True)
    services_file(tmp_path / "tiny").write_text("## AWS Glue\n\nMoves `data`.\n", encoding="utf-8")
    glossary_file(tmp_path / "tiny").write_text("## Recall\n\nA share.\n\n## t-SNE\n\nA map.\n", encoding="utf-8")
    page = PAGE.replace("## References", f"{PAIRS}## References")
    (tmp_path / "tiny" / "guide" / "tiny-1-1.md").write_text(page, encoding="utf-8")
    return factories.one_form_blueprint()


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def deck(name: str) -> str:
    return reverse("card_deck", args=[name])


def rate(client: Client, name: str, rating: str = "3", **fields: str) -> Any:
    """Press a rating as a browser does."""
    page = client.get(deck(name))
    form = next(form for form in forms(page).values() if "version" in form.data())
    return client.post(form.action, {**form.data(), "rating": rating, **fields})


def starred_exam(candidate: Candidate) -> Attempt:
    """Return a scored exam of a day before, whose first question has a star."""
    attempt = factories.scored(factories.handed_in(4, candidate, now=NOW - DAY), NOW - DAY)
    Response.objects.filter(attempt=attempt).update(first_shown=NOW - DAY)
    question = attempt.responses.get(position=1).revision.question
    Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    return attempt


def test_the_decks_say_what_is_due_and_new(client: Client) -> None:
    page = text(client.get(reverse("cards")))
    assert "Services 0 due, 1 new, 1 in all" in page
    assert "Glossary 0 due, 2 new, 2 in all" in page
    assert "Do not confuse 0 due, 1 new, 1 in all" in page
    assert "Starred questions No card yet." in page
    assert client.get(deck("verses")).status_code == 404


def test_a_card_is_turned_and_rated_without_a_script_and_makes_a_guest(client: Client) -> None:
    page = client.get(deck("services"))
    assert "<p>AWS Glue</p>" in page.text
    assert "<p>Moves <code>data</code>.</p>" in re.sub(r"\s+", " ", page.text.split("<details")[1])
    assert not Candidate.objects.exists()
    assert rate(client, "services", "4").status_code == 303
    card = FlashCard.objects.get()
    assert (card.exam, card.kind, card.name) == ("TINY", "service", "AWS Glue")
    assert "No card is left for today. The next one comes back on" in text(client.get(deck("services")))
    assert "Services 0 due, 0 new, 1 in all" in text(client.get(reverse("cards")))


def test_a_pair_has_both_names_in_front_and_what_they_are_behind(client: Client) -> None:
    front, back = client.get(deck("pairs")).text.split("<details")
    assert "<p>Crawler</p>" in front
    assert "<p>Job</p>" in front
    assert "Reads schemas" not in front
    assert [back.index(part) for part in ("Crawler", "Reads schemas", "Job", "Moves data")] == sorted(
        back.index(part) for part in ("Crawler", "Reads schemas", "Job", "Moves data")
    )


@pytest.mark.parametrize("fields", [{"rating": "5"}, {"rating": ""}, {"card": "AWS Glee"}, {"card": "x" * 5000}])
def test_a_rating_of_nothing_changes_nothing(client: Client, fields: dict[str, str]) -> None:
    page = rate(client, "services", **fields)
    assert page.status_code == 400
    assert "Nothing was changed." in text(page)
    assert not FlashCard.objects.exists()
    assert not Candidate.objects.exists()


def test_a_card_that_was_rated_in_another_window_keeps_that_rating() -> None:
    client = browser(factories.candidate())
    form = next(form for form in forms(client.get(deck("services"))).values() if "version" in form.data())
    assert rate(client, "services", "1").status_code == 303
    late = client.post(form.action, {**form.data(), "rating": "4"})
    assert late.status_code == 409
    assert "rated in another window" in text(late)
    stored = FlashCard.objects.get()
    assert stored.due - stored.last_review == DAY


def test_a_starred_question_is_a_card_of_its_candidate() -> None:
    candidate = factories.candidate()
    attempt = starred_exam(candidate)
    code = attempt.responses.get(position=1).revision.question.code
    client = browser(candidate)
    front, back = client.get(deck("stars")).text.split("<details")
    assert code in front
    assert "The explanation of" not in front
    assert f"The explanation of {code}." in back
    assert rate(client, "stars").status_code == 303
    assert FlashCard.objects.get().name == code
    assert "This deck has no cards." in text(browser(factories.candidate()).get(deck("stars")))


def test_no_question_of_an_open_exam_or_of_a_paper_that_a_class_sits_is_a_card(clock: Any, exam: Blueprint) -> None:
    candidate = factories.candidate()
    attempt = starred_exam(candidate)
    question = attempt.responses.get(position=1).revision.question
    client = browser(candidate)
    form = next(form for form in forms(client.get(deck("stars"))).values() if "version" in form.data())
    factories.sitting(exam)
    page = client.get(deck("stars"))
    assert "This deck has no cards." in text(page)
    assert question.code not in page.text
    assert client.post(form.action, {**form.data(), "rating": "3"}).status_code == 400
    assert not FlashCard.objects.exists()
    clock.move_to(NOW + timedelta(minutes=61))
    assert question.code in client.get(deck("stars")).text


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    candidate = factories.candidate()
    client = browser(candidate)
    starred_exam(candidate)
    for page, queries in ((reverse("cards"), 15), (deck("stars"), 13), (deck("glossary"), 10)):
        client.get(page)
        with django_assert_num_queries(queries):
            client.get(page)
    for question in Question.objects.exclude(pk__in=Star.objects.values("question"))[:3]:
        Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    rate(client, "glossary")
    for page, queries in ((reverse("cards"), 15), (deck("stars"), 13), (deck("glossary"), 10)):
        with django_assert_num_queries(queries):
            client.get(page)
