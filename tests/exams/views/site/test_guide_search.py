"""Test the search: study pages, terms and reviewed questions, never those that were not seen or are in an open exam."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response
from exams.models import attempt as attempt_models
from exams.services.attempt import ending
from exams.services.practice import practice
from exams.services.results.reviewed_questions import BATCH, MAX_BATCHES
from questions.models import Blueprint, Point, Topic
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.questions.bank_files.test_study_pages import PAGE
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exam(settings: Any, tmp_path: Path) -> Blueprint:
    settings.BANKS_DIR = tmp_path
    blueprint = factories.small_blueprint()
    factories.change_topics("TINY", "tiny-2-1", title="Crawlers at work", services=("AWS Glue",))
    Point.objects.create(topic=Topic.objects.get(slug="tiny-1-4"), code="g1", text="A zebra moves no data.")
    guide = tmp_path / "tiny" / "guide"
    guide.mkdir(parents=True)
    (guide / "tiny-1-1.md").write_text(PAGE, encoding="utf-8")
    (guide / "glossary.md").write_text("## Crawler\n\nA `crawler` reads schemas.\n", encoding="utf-8")
    return blueprint


def search(client: Client, typed: str) -> Any:
    response = client.get(reverse("guide_search"), {"q": typed})
    assert response.status_code == 200
    return response


def found(client: Client, typed: str) -> list[str]:
    """Return the codes of the questions in the results: their stems have them."""
    return sorted(re.findall(r"tiny-d\d-\d+", re.sub(r"</?mark>", "", search(client, typed).text.split("<main")[1])))


def codes(*attempts: Attempt) -> set[str]:
    return set(Response.objects.filter(attempt__in=attempts).values_list("revision__question__code", flat=True))


def sat(candidate: Candidate, *, days: int = 0) -> Attempt:
    """Return a scored exam of which all questions were shown."""
    attempt = factories.scored(factories.handed_in(4, candidate, now=NOW + timedelta(days=days)))
    Response.objects.filter(attempt=attempt).update(first_shown=NOW + timedelta(days=days))
    return attempt


def test_topics_are_found_by_title_service_point_and_page_and_titles_come_first(client: Client) -> None:
    def slugs(typed: str) -> list[str]:
        return [match.topic.slug for match in search(client, typed).context["found"].topics]

    assert slugs("crawler") == ["tiny-2-1", "tiny-1-1"]
    assert slugs("GLUE work") == ["tiny-2-1"]
    assert slugs("zebra") == ["tiny-1-4"]
    page = search(client, "crawler")
    assert "<mark>Crawler</mark>s at work" in page.text
    assert f'href="{reverse("guide_glossary")}#crawler"' in page.text


def test_a_typo_is_corrected_and_the_page_says_so(client: Client) -> None:
    page = search(client, "crwler")
    assert "Showing results for <b>crawler</b>. Nothing has “crwler”." in " ".join(page.text.split())
    assert 'value="crwler"' in page.text, "as it was typed"
    assert [match.topic.slug for match in page.context["found"].topics] == ["tiny-2-1", "tiny-1-1"]
    assert "Showing results" not in search(client, "crawler").text
    assert "Nothing has all of these words." in search(client, "crawler zebra").text
    assert "Showing results" not in search(client, "<script>alert(1)</script>").text


def test_services_and_terms_that_the_words_name_come_first(client: Client, settings: Any) -> None:
    services = settings.BANKS_DIR / "tiny" / "guide" / "services.md"
    services.write_text("## AWS Glue\n\nMoves data.\n\n## AWS Glue DataBrew\n\nCleans data.\n", encoding="utf-8")
    page = text(search(client, "glue"))
    best, _pages, others = (page.index(heading) for heading in ("Best match 1", "Study pages 1", "Services 1"))
    assert best < page.index("Moves data.") < _pages < others < page.index("Cleans data.")


def test_where_nothing_has_all_words_the_nearest_are_shown(client: Client) -> None:
    page = search(client, "crawler zebra")
    assert "Nothing has all of these words. The nearest are below: they have some of the words." in text(page)
    assert {match.topic.slug for match in page.context["found"].topics} >= {"tiny-1-4", "tiny-2-1"}
    assert "look through the topics of the guide" in text(search(client, "quagga"))


def test_a_word_that_the_guide_does_not_have_is_named_and_all_with_the_others_is_shown(client: Client) -> None:
    """'glue bookmark' showed two of the pages about Glue, and did not say which word was missing."""
    page = search(client, "crawler quagga")
    assert "Nothing has all of these words. The guide of this exam does not contain “quagga”." in text(page)
    assert [match.topic.slug for match in page.context["found"].topics] == ["tiny-2-1", "tiny-1-1"]
    assert "does not contain" not in text(search(client, "crawler zebra"))


def test_pages_with_most_of_the_words_come_after_those_with_all(client: Client, settings: Any) -> None:
    """A question in words found 2 pages, since each word of it had to occur."""
    for topic, words in (("tiny-1-1", "gannet auk puffin"), ("tiny-1-2", "gannet auk"), ("tiny-1-3", "puffin")):
        page = settings.BANKS_DIR / "tiny" / "guide" / f"{topic}.md"
        page.write_text(PAGE.replace("## References", f"The {words}.\n\n## References"), encoding="utf-8")
    page = search(client, "gannet auk puffin")
    assert [match.topic.slug for match in page.context["found"].topics] == ["tiny-1-1"]
    assert [match.topic.slug for match in page.context["with_most"]] == ["tiny-1-2"], "one of three words is not most"
    said = text(page)
    assert said.index("Study pages 1") < said.index("Study pages with most of the words 1")
    assert "with most of the words" not in text(search(client, "gannet auk"))
    page = search(client, "how to do the gannet with auk quagga")
    first, second, *_others = page.context["found"].topics
    assert {first.topic.slug, second.topic.slug} == {"tiny-1-1", "tiny-1-2"}, "most of what the question is about"


def test_cells_of_a_table_are_apart_in_what_is_found(client: Client, settings: Any) -> None:
    table = "| Pair | First | Second |\n|---|---|---|\n| Tumbling or sliding | Separate | Overlapping |\n\n"
    page = settings.BANKS_DIR / "tiny" / "guide" / "tiny-1-1.md"
    page.write_text(PAGE.replace("## References", f"{table}## References"), encoding="utf-8")
    (match,) = search(client, "tumbling").context["found"].topics
    assert "Tumbling: Separate; Sliding: Overlapping." in "".join(part.text for part in match.excerpt)


def test_words_are_found_where_they_begin(client: Client) -> None:
    sat(candidate := factories.candidate())
    assert found(browser(candidate), "small") != []
    assert found(browser(candidate), "mall") == []
    assert found(browser(candidate), "small question option") != []
    assert found(browser(candidate), "small question option qq") == [], "also of many words, all have to be there"
    assert not search(client, "awler").context["found"]


def test_an_empty_search_shows_the_form_and_one_without_a_match_says_so(client: Client) -> None:
    assert "Nothing has all of these words." not in search(client, " ").text
    page = search(client, '<b>"quagga')
    assert "Nothing has all of these words." in page.text
    assert 'value="&lt;b&gt;&quot;quagga"' in page.text
    assert search(client, "x" * 300).context["search"].typed == "x" * 100


def test_reviewed_questions_are_found_by_stem_option_and_rationale() -> None:
    candidate = factories.candidate()
    attempt = sat(candidate)
    client = browser(candidate)
    assert set(found(client, "small question")) == codes(attempt)
    code = sorted(codes(attempt))[0]
    assert found(client, f"option b {code}").count(code) >= 1
    response = attempt.responses.get(revision__question__code=code)
    page = search(client, code)
    assert f'href="/attempts/{attempt.uuid}/review/{response.position}/"' in page.text
    assert "Questions you have reviewed" in page.text
    assert "Only questions have all of these words." in text(page), "what the guide has nearest comes, too"


def test_the_excerpt_of_a_question_is_of_its_key_or_explanation_never_of_a_wrong_option() -> None:
    """A wrong option stood above the word 'Right', as if it were the answer."""
    candidate = factories.candidate()
    attempt = sat(candidate)
    client = browser(candidate)

    def passages(words: str) -> list[str]:
        matches = search(client, words).context["questions"]
        assert {match.response.revision.question.code for match in matches} == codes(attempt)
        return ["".join(part.text for part in match.passage) for match in matches]

    assert all(passage.startswith("Option a of ") for passage in passages("option a"))
    assert all(passage.startswith("The explanation of ") for passage in passages("explanation"))
    assert all(passage.startswith("Option a of ") for passage in passages("option d"))
    assert passages("wrong") == [""] * len(codes(attempt))


def test_questions_that_were_not_shown_or_not_seen_at_all_are_not_found(client: Client) -> None:
    candidate = factories.candidate()
    attempt = sat(candidate)
    hidden = attempt.responses.order_by("position")[0]
    Response.objects.filter(pk=hidden.pk).update(first_shown=None)
    shown = codes(attempt) - {hidden.revision.question.code}
    assert set(found(browser(candidate), "small")) == shown
    assert found(client, "small") == []
    assert found(browser(factories.candidate()), "small") == []


def test_questions_of_an_open_exam_are_not_found_until_it_is_finished() -> None:
    candidate = factories.candidate()
    first, second = sat(candidate), sat(candidate, days=1)
    current = factories.attempt(candidate, now=NOW + timedelta(days=2), seed="third")
    Response.objects.filter(attempt=current).update(first_shown=NOW + timedelta(days=2))
    assert codes(first, second) & codes(current)
    client = browser(candidate)
    assert set(found(client, "small")) == codes(first, second) - codes(current)
    ending.finish(current, NOW + timedelta(days=2, minutes=1))
    assert set(found(client, "small")) == codes(first, second, current)


def test_open_practice_shows_a_question_once_its_solution_is_shown(exam: Blueprint) -> None:
    candidate = factories.candidate()
    questions = list(Topic.objects.filter(slug__in=["tiny-1-1", "tiny-1-2"]).values_list("questions", flat=True))
    attempt = practice.start(
        candidate, exam, "quiz", questions, feedback="each", timed=False, now=NOW - timedelta(minutes=1)
    ).attempt
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    client = browser(candidate)
    assert found(client, "small") == []
    revealed = attempt.responses.get(position=2)
    Response.objects.filter(pk=revealed.pk).update(revealed_at=NOW, ticked=revealed.key, confidence=3)
    assert found(client, "small") == [revealed.revision.question.code]
    assert f'href="/attempts/{attempt.uuid}/questions/2/"' in search(client, "small").text


def test_a_question_seen_twice_is_found_once_at_its_newest_attempt() -> None:
    candidate = factories.candidate()
    attempt = sat(candidate)
    again = sat(candidate, days=1)
    third = sat(candidate, days=2)
    results = found(browser(candidate), "small")
    assert len(results) == len(set(results))
    assert set(results) == codes(attempt, again, third)


def test_a_search_sorts_and_reads_no_more_wordings_than_it_looks_at_however_long_the_history_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    candidate = factories.candidate()
    first, second = sat(candidate), sat(candidate, days=1)
    with CaptureQueriesContext(connection) as queries:
        assert set(found(browser(candidate), "small")) == codes(first, second)
    reading = [query["sql"] for query in queries if '"stem"' in query["sql"].split(" FROM ")[0]]
    assert reading
    assert all(f"LIMIT {BATCH * MAX_BATCHES})" in sql for sql in reading)
    monkeypatch.setattr(attempt_models, "MAX_STUDIED_ATTEMPTS", 1)
    assert set(found(browser(candidate), "small")) == codes(second)


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    candidate = factories.candidate()
    client = browser(candidate)
    search(client, "small question")  # each process reads the syllabus once
    for days in (0, 1):
        sat(candidate, days=days)
        with django_assert_num_queries(7):
            search(client, "small question")


def test_the_guide_of_an_exam_that_the_address_names_is_searched(client: Client) -> None:
    factories.small_blueprint(code="NEW", default=True)
    named = next(form for form in forms(client.get("/guide/?exam=TINY")).values() if "q" in form.data())
    assert named.data()["exam"] == "TINY"
    found = client.get(named.action, {**named.data(), "q": "crawlers"})
    assert "Crawlers at work" in text(found)
    chosen = next(form for form in forms(client.get("/guide/")).values() if "q" in form.data())
    assert "exam" not in chosen.data()
