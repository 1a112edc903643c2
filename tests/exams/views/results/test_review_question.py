"""Test the review of one question beside the answer sheet: moves under filters, stars, and what it leads to."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Note, Response, Star
from exams.services.attempt import answering, ending
from exams.services.attempt.answering import PostedAnswer, Sitter
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import question_reports
from questions.content.schema import DEFAULT_RATING
from questions.models import Blueprint, Question, Revision
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import form_values, forms
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Return a scored small exam; questions 2, 3 and 5 are flagged, and question 3 has a note."""
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint()))
    attempt.responses.filter(position__in=[2, 3, 5]).update(flagged=True, first_shown=NOW)
    Note.objects.create(attempt=attempt, position=3, text="Read again.", highlights={"stem": [[2, 7]]}, version=1)
    Note.objects.create(attempt=attempt, position=0, text="S3 first", version=1)
    return attempt


@pytest.fixture
def client(attempt: Attempt) -> Client:
    return browser(attempt.candidate)


def address(attempt: Attempt, position: int, query: str = "") -> str:
    return reverse("review_question", args=[attempt.uuid, position]) + query


def links(html: str) -> dict[str, str]:
    """Return the addresses of the links of a page by their text."""
    found = re.findall(r'<a\s[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]*>", " ", text).split()): unescape(href) for href, text in found}


def cells(html: str) -> dict[str, str]:
    """Return the names of the cells of the answer sheet by their address."""
    return dict(re.findall(r'<a class="cell [^"]*" href="([^"]*)"[^>]* aria-label="([^"]*)"', html))


def test_a_question_without_an_explanation_has_no_empty_heading(client: Client, attempt: Attempt) -> None:
    pages = [address(attempt, 3), reverse("review", args=[attempt.uuid])]
    assert all(">Why<" in client.get(page).text for page in pages)
    Revision.objects.update(explanation="", explanation_html="")
    assert not any(">Why<" in client.get(page).text for page in pages)


def test_one_question_is_shown_with_its_solution_and_everything_the_candidate_wrote(
    client: Client, attempt: Attempt
) -> None:
    html = client.get(address(attempt, 3)).text
    response = attempt.responses.select_related("revision__question").get(position=3)
    code = response.revision.question.code
    assert f"The explanation of {code}." in html
    assert html.partition("</main>")[0].count("it is") == len(response.bits)
    assert "A <mark>small</mark> question" in html
    assert "Read again." in html
    assert "S3 first" in html
    for other in attempt.responses.exclude(position=3).select_related("revision"):
        assert other.revision.stem_html not in html


def test_previous_and_next_keep_to_the_filter(client: Client, attempt: Attempt) -> None:
    page = links(client.get(address(attempt, 3, "?show=flagged")).text)
    assert page["Previous"] == address(attempt, 2, "?show=flagged")
    assert page["Next"] == address(attempt, 5, "?show=flagged")
    assert page["All on one page"] == reverse("review", args=[attempt.uuid]) + "?show=flagged"
    first = links(client.get(address(attempt, 2, "?show=flagged")).text)
    assert "Previous" not in first
    last = links(client.get(address(attempt, 5, "?show=flagged")).text)
    assert "Next" not in last
    assert last["Report"] == reverse("report", args=[attempt.uuid])


def test_the_sheet_has_the_matching_questions_and_the_current_one(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt, 1, "?show=flagged&show=noted")).text
    assert set(cells(html)) == {"../1/?show=flagged&amp;show=noted", "../3/?show=flagged&amp;show=noted"}
    assert 'aria-current=page aria-label="Question 1' in html
    assert "1 of 5 questions" in " ".join(html.split())


def test_a_filter_goes_to_the_first_question_that_matches(client: Client, attempt: Attempt) -> None:
    page = links(client.get(address(attempt, 1)).text)
    assert page["Flagged 3"] == "?find=yes&show=flagged"
    found = client.get(address(attempt, 1, "?find=yes&show=flagged"))
    assert (found.status_code, found["Location"]) == (302, address(attempt, 2, "?show=flagged"))
    stays = client.get(address(attempt, 5, "?find=yes&show=flagged"))
    assert stays["Location"] == address(attempt, 5, "?show=flagged")


def test_filters_that_no_question_matches_get_a_message(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt, 4, "?find=yes&show=flagged&show=unanswered"), follow=True).text
    assert "No question matches." in html
    assert list(cells(html)) == ["../4/?show=unanswered&amp;show=flagged"]


@pytest.mark.slow
def test_a_question_is_starred_and_the_star_is_taken_back(client: Client, attempt: Attempt) -> None:
    here = address(attempt, 2, "?show=flagged")
    assert "Starred 1" not in links(client.get(here).text)
    client.get(here + "&star=on")
    assert not Star.objects.exists(), "a GET writes nothing"
    form = forms(client.get(here))["star"]
    back = client.post(here, form.data(form.button("star")))
    assert (back.status_code, back["Location"]) == (303, here)
    assert Star.objects.get().question == attempt.responses.get(position=2).revision.question
    starred = client.get(here)
    assert 'value="off" aria-pressed="true"' in " ".join(starred.text.split())
    assert "Starred 1" in links(starred.text)
    form = forms(starred)["star"]
    client.post(here, form.data(form.button("star")))
    assert not Star.objects.exists()


def test_a_question_leads_to_its_study_page_to_practice_and_to_a_report(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt, 2, "?show=flagged")).text
    topic = attempt.responses.select_related("revision__question__topic").get(position=2).revision.question.topic
    assert topic
    page = links(html)
    assert page[topic.title] == reverse("guide_topic", args=[topic.slug])
    report = reverse("question_report", args=[attempt.uuid, 2]) + "?show=flagged"
    assert page["Report a problem with this question"] == report
    assert "Practice this topic" in html
    assert f'name="topic" value="{topic.slug}"' in html


def test_a_report_and_its_answer_are_shown(client: Client, attempt: Attempt) -> None:
    report = question_reports.send(attempt, 2, "C is right, too.", NOW)
    assert report
    assert "C is right, too." in client.get(address(attempt, 2)).text
    question_reports.close_with_answer(type(report).objects.all(), "Not with these rows.")
    assert "Not with these rows." in client.get(address(attempt, 2)).text


def test_slow_questions_and_changes_are_named(client: Client, attempt: Attempt) -> None:
    response = attempt.responses.get(position=2)
    wrong = next(1 << bit for bit in response.bits if not response.key >> bit & 1)
    trail = f"{wrong}@5;{response.key}@9;"
    Response.objects.filter(pk=response.pk).update(ticked=response.key, choose=1, seconds=560, trail=trail)
    html = client.get(address(attempt, 2)).text
    assert "9 min 20 s, slow" in html
    assert "once, from wrong to right" in html


def test_questions_that_do_not_exist_or_were_not_shown_are_not_in_the_review() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    attempt.responses.filter(position=1).update(first_shown=NOW)
    ending.abandon(attempt, NOW)
    client = browser(attempt.candidate)
    assert client.get(address(attempt, 1)).status_code == 200
    for position in (0, 6):
        assert client.get(address(attempt, position)).status_code == 404
    hidden = client.get(address(attempt, 2), follow=True)
    assert hidden.request["PATH_INFO"] == reverse("review", args=[attempt.uuid])
    assert "Question 2 is not in this review." in hidden.text
    client.post(address(attempt, 2), {"star": "on"})
    assert not Star.objects.exists()


def test_an_open_exam_has_no_review() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    answer = browser(attempt.candidate).get(address(attempt, 1))
    assert (answer.status_code, answer["Location"]) == (302, reverse("attempt", args=[attempt.uuid]))


def test_practice_is_reviewed_with_the_guesses_and_without_questions_that_were_not_shown() -> None:
    blueprint = factories.small_blueprint()
    questions = list(practice_pool(blueprint).items)[:4]
    options: Any = {"feedback": "each", "timed": False, "now": NOW}
    attempt = practice.start(factories.candidate(), blueprint, "quiz", questions, **options).attempt
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    for position, sure in ((1, 1), (2, 3)):
        key = attempt.responses.get(position=position).key
        answering.save(attempt.uuid, sitter, position, PostedAnswer(key, 0), NOW)
        assert practice.reveal(attempt.uuid, sitter, {position: practice.Check(key, sure)}, NOW)
    ending.finish(attempt, NOW)
    client = browser(attempt.candidate)
    html = client.get(address(attempt, 1, "?show=guessed")).text
    assert "2 of 2 questions" not in " ".join(html.split())
    assert "1 of 2 questions" in " ".join(html.split())
    page = links(html)
    assert {"Guessed 1", "All 2"} < set(page)
    assert "Scored 2" not in page
    assert page["Result"] == reverse("report", args=[attempt.uuid])
    assert "guessing" in html
    assert client.get(address(attempt, 3))["Location"] == reverse("review", args=[attempt.uuid])
    slots = client.get(reverse("export", args=[attempt.uuid])).json()["slots"]
    assert [slot["confidence"] for slot in slots] == [1, 3, None, None]
    assert ["key" in slot for slot in slots] == [True, True, False, False]


@pytest.mark.parametrize(("scored_questions", "unscored"), [(4, 1), (30, 10)])
def test_the_page_takes_a_constant_number_of_queries(
    scored_questions: int, unscored: int, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint(scored_questions, unscored)))
    client = browser(attempt.candidate)
    # session, attempt with score, open exams, responses, notes, revision, what others chose, options, question reports
    with django_assert_num_queries(10):
        client.get(address(attempt, 2, "?show=missed"))


def write_note(client: Client, attempt: Attempt, position: int, text: str, html: str = "") -> Any:
    """Submit the form of the note with another text, as the page `html` or a page opened now has it."""
    values = form_values(html or client.get(address(attempt, position)), "note-form")
    return client.post(address(attempt, position), values | {"note": text})


def notes(attempt: Attempt) -> dict[int, str]:
    return dict(Note.objects.filter(attempt=attempt).values_list("position", "text"))


def test_a_note_is_written_and_changed_while_reviewing(client: Client, attempt: Attempt) -> None:
    reply = write_note(client, attempt, 1, "IAM first\r\nthen KMS")
    assert (reply.status_code, reply["Location"]) == (303, address(attempt, 1))
    assert "Your note is saved." in client.get(address(attempt, 1)).text
    write_note(client, attempt, 3, "Read the page on Kinesis.")
    assert notes(attempt) == {0: "S3 first", 1: "IAM first\nthen KMS", 3: "Read the page on Kinesis."}
    assert Note.objects.get(attempt=attempt, position=3).highlights == {"stem": [[2, 7]]}, "the highlights stay"
    html = client.get(reverse("notebook")).text
    assert "IAM first\nthen KMS" in html
    assert "Read the page on Kinesis." in html


def test_a_note_that_is_emptied_is_gone_from_the_review(client: Client, attempt: Attempt) -> None:
    def name() -> str:
        return cells(client.get(address(attempt, 1)).text)["../3/"]

    assert "with a note" in name()
    write_note(client, attempt, 3, "")
    assert "with a note" not in name()


def test_a_note_that_is_too_long_is_refused_and_stays_in_its_field(client: Client, attempt: Attempt) -> None:
    reply = write_note(client, attempt, 3, "long " * 4000)
    assert reply.status_code == 400
    assert "A note can have at most 4000 characters. It was not saved." in reply.text
    assert reply.text.count("long ") == 4000, "nothing that was typed is lost"
    assert notes(attempt)[3] == "Read again."


def test_two_pages_with_one_note_keep_both_texts(client: Client, attempt: Attempt) -> None:
    html = client.get(address(attempt, 3)).text
    write_note(client, attempt, 3, "From the phone.", html)
    write_note(client, attempt, 3, "From the laptop.", html)
    assert notes(attempt)[3] == "From the phone.\n\nFrom the laptop."
    assert "Another page had changed this note. It has both texts now." in client.get(address(attempt, 3)).text


def test_nobody_else_writes_a_note_and_nobody_on_a_question_that_is_not_in_the_review(
    client: Client, attempt: Attempt
) -> None:
    post = {"note": "mine", "note_version": "0", "note_was": ""}
    assert Client().post(address(attempt, 3), post).status_code == 404
    assert browser(factories.candidate()).post(address(attempt, 3), post).status_code == 404
    assert client.post(address(attempt, 99), post).status_code == 404
    running = factories.attempt(now=timezone.now())
    browser(running.candidate).post(address(running, 1), post)
    assert notes(attempt)[3] == "Read again."
    assert notes(running) == {}


@pytest.mark.parametrize(
    ("rating", "b", "word"), [(80, None, "easy"), (65, None, "medium"), (64, None, "hard"), (64, -2, "easy")]
)
def test_the_difficulty_of_a_question_is_said_in_words(
    client: Client, attempt: Attempt, rating: int, b: float | None, word: str
) -> None:
    attempt.responses.filter(position=1).update(rating=rating, b=b)
    assert f"<dt>Difficulty</dt><dd>{word}</dd>" in client.get(address(attempt, 1)).text


def test_what_nobody_has_said_about_a_question_is_left_out(client: Client, attempt: Attempt) -> None:
    attempt.responses.filter(position=1).update(rating=DEFAULT_RATING, b=None)
    response = attempt.responses.select_related("revision").get(position=1)
    Question.objects.filter(pk=response.revision.question_id).update(topic=None)
    shipped = client.get(address(attempt, 1)).text
    assert "<dt>Difficulty</dt>" in shipped
    assert "<dt>Topic</dt>" not in shipped
    Blueprint.objects.filter(pk=attempt.form.blueprint_id).update(origin=Blueprint.Origin.LOCAL)
    assert "<dt>Difficulty</dt>" not in client.get(address(attempt, 1)).text
