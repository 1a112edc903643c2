"""Test the notebook: the notes of finished attempts only, their search, and what an open exam hides."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Note, Response
from exams.services.attempt import ending
from tests import factories
from tests.factories import NOW
from tests.sitting import browser

pytestmark = pytest.mark.django_db
PAGE = "/notes/"


def noted(candidate: Candidate, texts: dict[int, str], *, days: int = 0) -> Attempt:
    """Return a scored exam with these notes by position."""
    attempt = factories.scored(factories.handed_in(3, candidate, now=NOW + timedelta(days=days)))
    Response.objects.filter(attempt=attempt).update(first_shown=NOW + timedelta(days=days))
    Note.objects.bulk_create(Note(attempt=attempt, position=place, text=text) for place, text in texts.items())
    return attempt


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", response.content.decode()).split())


def test_notes_and_scratchpads_are_shown_newest_attempt_first_with_links_to_the_review() -> None:
    candidate = factories.candidate()
    first = noted(candidate, {0: "sleep more", 2: "Glue crawlers\nmove no data", 3: ""})
    second = noted(candidate, {5: "read the stem twice <b>"}, days=1)
    response = browser(candidate).get(PAGE)
    shown = text(response)
    assert "3 notes." in shown
    places = [shown.index(words) for words in ("read the stem twice &lt;b&gt;", "sleep more", "Glue crawlers")]
    assert places == sorted(places)
    assert f'href="/attempts/{second.uuid}/review/5/"' in response.content.decode()
    stem = first.responses.get(position=2).revision.stem
    assert f"Question 2 {stem}" in shown
    assert "Scratchpad sleep more" in shown


def test_a_search_marks_its_words_in_notes_and_questions() -> None:
    candidate = factories.candidate()
    noted(candidate, {0: "sleep more", 2: "Glue crawlers move no data", 4: "nothing"})
    response = browser(candidate).get(PAGE, {"q": "DATA glue"})
    assert "1 of 3 notes matches." in text(response)
    assert "<mark>Glue</mark> crawlers move no <mark>data</mark>" in response.content.decode()
    assert "sleep more" not in text(response)
    assert "2 of 3 notes match." in text(browser(candidate).get(PAGE, {"q": "small question"}))
    assert "0 of 3 notes match." in text(browser(candidate).get(PAGE, {"q": "<script>"}))


def test_notes_of_an_open_attempt_and_about_its_questions_stay_hidden() -> None:
    candidate = factories.candidate(now=NOW)
    first = noted(candidate, dict.fromkeys(range(1, 6), "an old note"))
    second = noted(candidate, dict.fromkeys(range(1, 6), "a newer note"), days=1)
    current = factories.attempt(candidate, now=NOW + timedelta(days=2), seed="third")
    Note.objects.create(attempt=current, position=1, text="about the open exam")
    repeats = set(current.responses.values_list("revision__question", flat=True))
    hidden = Response.objects.filter(attempt__in=[first, second], revision__question__in=repeats).count()
    assert hidden
    response = browser(candidate).get(PAGE)
    assert f"{10 - hidden} notes." in text(response)
    assert f"{hidden} note" in text(response)
    assert "left out until you finish your exam" in text(response)
    assert "about the open exam" not in text(response)
    ending.finish(current, NOW + timedelta(days=2, minutes=1))
    assert "11 notes." in text(browser(candidate).get(PAGE))


def test_other_candidates_and_newcomers_see_none(client: Client) -> None:
    noted(factories.candidate(), {1: "a secret"})
    assert "Sign in to see your notes." in text(client.get(PAGE))
    response = browser(factories.candidate()).get(PAGE)
    assert "No notes yet." in text(response)
    assert "a secret" not in text(response)


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "note"), [("e a i o n t s r", "e a i o n t s r "), ("x", "x " * 10)])
def test_a_search_that_finds_nearly_every_letter_makes_a_small_page(typed: str, note: str) -> None:
    candidate = factories.candidate()
    for days in range(12):
        noted(candidate, dict.fromkeys(range(6), (note * 200)[:4000]), days=days)
    page = browser(candidate).get(PAGE, {"q": typed}).content.decode()
    assert page.count('class="notebook-entry"') == 50
    assert "72 of 72 notes match." in text(browser(candidate).get(PAGE, {"q": typed}))
    assert len(page) < 50 * 15_000
    assert page.count("<mark>") < 50 * 300
    second = browser(candidate).get(PAGE, {"q": typed, "page": "2"}).content.decode()
    assert second.count('class="notebook-entry"') == 22


def test_a_search_shows_what_is_around_the_word_in_a_long_note_and_the_notebook_all_of_it() -> None:
    candidate = factories.candidate()
    noted(candidate, {1: f"first {'alpha ' * 200}needle {'omega ' * 200}last"})
    found = text(browser(candidate).get(PAGE, {"q": "needle"}))
    assert "… alpha" in found
    assert "omega …" in found
    assert "first" not in found
    whole = text(browser(candidate).get(PAGE))
    assert "first alpha" in whole
    assert "omega last" in whole


def test_many_notes_are_on_pages_that_keep_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.views.results.notebook.NOTES_PER_PAGE", 1)
    candidate = factories.candidate()
    noted(candidate, {1: "early words"})
    noted(candidate, {1: "late words"}, days=1)
    response = browser(candidate).get(PAGE, {"q": "words"})
    assert "late words" in text(response)
    assert "early words" not in text(response)
    assert 'href="?q=words&amp;page=2" rel="next"' in response.content.decode()
    assert "early words" in text(browser(candidate).get(PAGE, {"page": "9"}))


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    candidate = factories.candidate()
    client = browser(candidate)
    for days in (0, 1):
        noted(candidate, {1: "a note", 2: "another"}, days=days)
        with django_assert_num_queries(6):
            client.get(PAGE)


def test_only_the_newest_notes_are_searched_and_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.services.results.notebook.MAX_SEARCHED_NOTES", 3)
    candidate = factories.candidate()
    noted(candidate, dict.fromkeys(range(5), "early words"))
    noted(candidate, {0: "late words", 7: "late words"}, days=1)
    found = text(browser(candidate).get(PAGE, {"q": "early"}))
    assert "1 of 7 notes matches. Only your newest 3 notes are searched." in found
    assert "Scratchpad early words" in found
    assert "newest 3" not in text(browser(candidate).get(PAGE))


def test_a_search_reads_the_texts_of_the_newest_notes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.services.results.notebook.MAX_SEARCHED_NOTES", 2)
    candidate = factories.candidate()
    attempt = noted(candidate, dict.fromkeys(range(20), "words"))
    keys = Note.objects.filter(attempt=attempt).order_by("position").values_list("pk", flat=True)[:2]
    client = browser(candidate)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE, {"q": "words"})
    with_texts = [query["sql"] for query in queries if '"exams_note"."text"' in query["sql"].split(" FROM ")[0]]
    assert len(with_texts) == 2, "the search, and the page"
    for sql in with_texts:
        assert f'"exams_note"."id" IN ({keys[0]}, {keys[1]})' in sql


def test_an_account_that_has_done_nothing_yet_is_not_asked_to_sign_in(client: Client) -> None:
    assert "Sign in to see your notes." in text(client.get(PAGE))
    client.force_login(factories.user())
    page = text(client.get(PAGE))
    assert "Sign in to see your notes." not in page
    assert "No notes yet." in page
