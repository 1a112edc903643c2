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

from exams.models import Attempt, Candidate, FlashCard, Response, Star, StudyGoal
from exams.services.people import candidates
from exams.services.practice.study_records import study_records
from questions.bank_files.glossary import glossary_file, services_file
from questions.models import Blueprint, Question
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import Form, forms, text
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
    form = rating_form(client.get(deck(name)))
    return client.post(form.action, {**form.data(), "rating": rating, **fields})


def form_with(page: Any, button: str) -> Form | None:
    return next((form for form in forms(page).values() if button in {row.name for row in form.buttons}), None)


def rating_form(page: Any) -> Form:
    form = form_with(page, "rating")
    assert form
    return form


def asked(client: Client) -> str:
    """Return which of all cards is asked: its kind and name."""
    return rating_form(client.get(deck("all"))).data()["card"]


def starred_exam(candidate: Candidate) -> Attempt:
    """Return a scored exam of a day before, whose first question has a star."""
    attempt = factories.scored(factories.handed_in(4, candidate, now=NOW - DAY), NOW - DAY)
    Response.objects.filter(attempt=attempt).update(first_shown=NOW - DAY)
    question = attempt.responses.get(position=1).revision.question
    Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    return attempt


def row(page: str, title: str) -> list[int]:
    """Return the numbers of a deck: due, not seen, in all."""
    match = re.search(rf"{title} (\d+) (\d+) (\d+)", page)
    assert match, page
    return [int(number) for number in match.groups()]


def test_the_decks_say_what_is_due_and_new_by_kind_and_by_exam_domain(client: Client) -> None:
    response = client.get(reverse("cards"))
    page = text(response)
    assert "4 cards: 0 due, 4 new today. About 1 minute." in page
    assert "Topics of today" not in page, "without an answer or an exam date, a day has no topics"
    assert row(page, "Services") == [0, 1, 1]
    assert row(page, "Glossary") == [0, 2, 2]
    assert row(page, "Do not confuse") == [0, 1, 1]
    assert row(page, "First things") == [0, 1, 1]
    assert row(page, "Of no exam domain") == [0, 3, 3]
    sums = [sum(deck.queue.total for deck in decks) for _title, decks in response.context["groups"]]
    assert sums == [response.context["deck"].queue.total] * 2, "the decks of each table add up to all cards"
    assert "Starred questions A star in a review or a solution puts the question here." in page
    assert "Study 4 cards" in page
    assert client.get(deck("verses")).status_code == client.get(deck("domain-9")).status_code == 404
    assert "Crawler or job: which one" in client.get(deck("domain-1")).text


def test_new_cards_of_the_topics_of_today_come_first_and_pairs_after_other_kinds(exam: Blueprint) -> None:
    """Today had a deck of its own with other counts: '0 new' there, '30 new' among all cards."""
    candidate = factories.candidate()
    StudyGoal.objects.create(candidate=candidate, exam=exam.exam.syllabus_code, target_date=NOW.date() + 20 * DAY)
    client = browser(candidate)
    topics = {entry.slug for entry in study_records(candidate, exam, NOW).plan.due}
    assert "tiny-1-1" in topics
    page = client.get(reverse("cards"))
    today = page.text.partition('id="today"')[2].partition("</section>")[0]
    assert re.findall(r'href="/guide/([^/]+)/"', today) == ["tiny-1-1"], "the others have no cards"
    assert "4 cards: 0 due, 4 new today. About 1 minute." in " ".join(re.sub("<[^>]+>", " ", today).split())
    assert asked(client).startswith("pair:")
    rate(client, "all")
    assert not asked(client).startswith("pair:"), "services and terms of other topics follow"
    StudyGoal.objects.all().delete()
    FlashCard.objects.all().delete()
    assert not asked(client).startswith("pair:"), "no topic is of today"


@pytest.mark.parametrize("dated", [True, False])
def test_due_cards_come_first_today_whatever_they_are_about_and_all_pages_count_them_alike(
    exam: Blueprint, clock: Any, *, dated: bool
) -> None:
    """The link of each day had only cards of its topics: a learner who followed it never saw a card again."""
    candidate = scored(handed_in(0, blueprint=exam, now=NOW)).candidate
    if dated:
        target = NOW.date() + 20 * DAY
        StudyGoal.objects.create(candidate=candidate, exam=exam.exam.syllabus_code, target_date=target)
    question = Question.objects.get(pk=Response.objects.filter(attempt__candidate=candidate)[0].revision.question_id)
    Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    client = browser(candidate)
    rate(client, "glossary")
    rate(client, "stars")
    clock.move_to(NOW + 4 * DAY)
    client = browser(candidate)
    words = "5 cards: 2 due, 3 new today."
    assert f"Flash cards of today : {words}" in text(client.get("/"))
    page = text(client.get(reverse("cards")))
    assert f"Today {words}" in page
    assert "Study 5 cards" in page
    first = client.get(deck("all"))
    assert "2 due, 3 new today" in text(first)
    assert "Crawler or job: which one" not in first.text, "what is due comes before what is new"
    for _card in range(5):
        rate(client, "all")
    assert "Done for today." in text(client.get(deck("all")))
    assert "Flash cards : those of today are done." in text(client.get("/"))


def test_a_card_is_turned_and_rated_without_a_script_and_makes_a_guest(client: Client) -> None:
    front, back = (re.sub(r"\s+", " ", part) for part in client.get(deck("services")).text.split("<details"))
    assert "<p>Which service?</p>" in front
    assert "<p>Moves <code>data</code>.</p>" in front
    assert "AWS Glue" not in front.split("<article")[1]
    assert "<p>AWS Glue</p>" in back
    assert not Candidate.objects.exists()
    assert rate(client, "services", "4").status_code == 303
    card = FlashCard.objects.get()
    assert (card.exam, card.kind, card.name) == ("TINY", "service", "AWS Glue")
    page = text(client.get(deck("services")))
    assert "Done for today. You rated 1 card today, 1 of them new." in page
    assert "Back tomorrow 0 In 2 to 7 days 0 Later 1" in page
    assert row(text(client.get(reverse("cards"))), "Services") == [0, 0, 1]


def test_each_kind_asks_a_question_and_answers_it(client: Client) -> None:
    front, back = client.get(deck("pairs")).text.split("<details")
    sides = [("Crawler", "Reads schemas"), ("Job", "Moves data")]
    (answer, clue), other = sides if "Reads schemas" in front else sides[::-1]
    assert "Crawler or job: which one, and what is the other?" in front
    assert f"Topic 1.1 1: <strong>{clue}</strong>" in front
    assert other[1] not in front
    places = [back.index(part) for part in (answer, clue, *other)]
    assert places == sorted(places), "the answer comes first"
    front, back = client.get(deck("glossary")).text.split("<details")
    name, what = ("Recall", "A share.") if "Recall" in front else ("t-SNE", "A map.")
    assert f"What does “{name}” mean?" in front
    assert what in back
    assert what not in front


def test_the_last_rating_is_taken_back_and_its_card_shown_again(client: Client) -> None:
    assert form_with(client.get(deck("all")), "undo") is None
    asked = rating_form(client.get(deck("all"))).data()["card"]
    rate(client, "all", "4")
    page = client.get(deck("all"))
    assert rating_form(page).data()["card"] != asked
    form = form_with(page, "undo")
    assert form
    assert form.data()["card"] == asked
    again = client.post(form.action, {**form.data(), "undo": "1"}, follow=True)
    assert not FlashCard.objects.exists()
    assert rating_form(again).data()["card"] == asked
    late = client.post(form.action, {**form.data(), "undo": "1"})
    assert late.status_code == 400
    assert "Nothing was changed." in text(late)


def test_new_cards_a_day_are_as_many_as_the_candidate_wants(client: Client, clock: Any) -> None:
    def choose(number: str) -> Any:
        form = forms(client.get(reverse("cards")))["new-cards"]
        return client.post(form.action, {**form.data(), "new_cards": number})

    assert choose("3").status_code == 400
    assert not Candidate.objects.exists()
    assert choose("0").status_code == 303
    page = text(client.get(deck("all")))
    assert "Done for today." in page
    assert "4 new cards wait: today's number of new ones is reached." in page
    choose("5")
    for _card in range(4):
        assert rate(client, "all").status_code == 303
    assert "Done for today. You rated 4 cards today, 4 of them new." in text(client.get(deck("all")))


def test_a_card_that_was_not_known_returns_in_the_same_session(client: Client) -> None:
    assert "in 10 minutes" in text(client.get(deck("all")))
    assert "now, since it is the last" not in text(client.get(deck("all")))
    page = text(client.get(deck("services")))
    assert "Again now, since it is the last" in page, "no other card is there to wait for"
    assert "in 10 minutes" not in page
    rate(client, "services", "1")
    page = text(client.get(deck("services")))
    assert "1 due, 0 new today" in page
    rate(client, "services", "3")
    assert "Done for today." in text(client.get(deck("services")))


@pytest.mark.parametrize(
    "fields",
    [
        {"rating": "5"},
        {"rating": ""},
        {"card": "service:AWS Glee"},
        {"card": "x" * 5000},
        {"rating": "", "undo": "1"},
    ],
)
def test_a_rating_of_nothing_changes_nothing(client: Client, fields: dict[str, str]) -> None:
    page = rate(client, "services", **fields)
    assert page.status_code == 400
    assert "Nothing was changed." in text(page)
    assert not FlashCard.objects.exists()
    assert not Candidate.objects.exists()


def test_a_card_that_was_rated_in_another_window_keeps_that_rating() -> None:
    client = browser(factories.candidate())
    form = rating_form(client.get(deck("services")))
    assert rate(client, "services", "1").status_code == 303
    late = client.post(form.action, {**form.data(), "rating": "4"})
    assert late.status_code == 409
    assert "rated in another window" in text(late)
    stored = FlashCard.objects.get()
    assert stored.due - stored.last_review == timedelta(minutes=10)


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
    form = rating_form(client.get(deck("stars")))
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
    for page, queries in ((reverse("cards"), 20), (deck("stars"), 13), (deck("glossary"), 6)):
        client.get(page)
        with django_assert_num_queries(queries):
            client.get(page)
    for question in Question.objects.exclude(pk__in=Star.objects.values("question"))[:3]:
        Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    rate(client, "glossary")
    for page, queries in ((reverse("cards"), 20), (deck("stars"), 13), (deck("glossary"), 6)):
        with django_assert_num_queries(queries):
            client.get(page)


def test_the_new_cards_of_a_day_fit_the_days_until_the_exam(tmp_path: Path) -> None:
    sitter = factories.candidate()
    client, address = browser(sitter), reverse("cards")
    assert "until your exam" not in text(client.get(address))
    names = "".join(f"## Term {n:02}\n\nA word.\n\n" for n in range(28))
    glossary_file(tmp_path / "tiny").write_text(names, encoding="utf-8")
    StudyGoal.objects.create(candidate=sitter, exam="TINY", target_date=NOW.date() + 2 * DAY, planned_on=NOW.date())
    page = text(client.get(address))
    assert "2 days until your exam: at 20 a day, you see 30 of the 30 new cards of the guide by then." in page
    candidates.update_preferences(sitter.pk, sitter.epoch, {"new_cards": 5})
    page = text(client.get(address))
    assert "at 5 a day, you see 10 of the 30 new cards of the guide by then. 20 a day show you more." in page
