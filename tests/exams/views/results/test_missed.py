"""Test the missed questions: what is in them, that no key of an open exam is, and the file for flash cards."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from questions.content.markdown import render
from questions.models import Blueprint, Question, Revision
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW, handed_in
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def shown(attempt: Attempt) -> Attempt:
    Response.objects.filter(attempt=attempt).update(first_shown=attempt.submitted_at)
    return attempt


def codes(attempt: Attempt, *, correct: bool) -> set[str]:
    rows = attempt.responses.filter(correct=correct)
    return set(rows.values_list("revision__question__code", flat=True))


def cards(candidate: Candidate) -> dict[str, list[str]]:
    """Return the rows of the file by their id."""
    response = browser(candidate).get(reverse("missed_cards"))
    assert response["Content-Disposition"].startswith('attachment; filename="mlsprep-missed-')
    lines = io.StringIO(response.content.decode())
    header = [next(lines).strip() for _ in range(5)]
    assert header[:2] == ["#separator:Comma", "#html:true"]
    return {row[0]: row for row in csv.reader(lines)}


def test_what_was_wrong_the_last_time_is_missed() -> None:
    candidate, blueprint = factories.candidate(), factories.small_blueprint()
    first = shown(handed_in(1, candidate, blueprint, now=NOW))
    wrong = codes(first, correct=False)
    assert set(cards(candidate)) == wrong
    again = shown(handed_in(4, candidate, blueprint, now=NOW + timedelta(days=1)))
    assert set(cards(candidate)) == wrong - codes(again, correct=True)


def test_a_second_key_is_on_the_card_and_a_point_for_everybody_is_not_missed() -> None:
    attempt = shown(handed_in(0, blueprint=factories.small_blueprint()))
    accepted, credited = attempt.responses.filter(scored=True, choose=1)[:2]
    other = next(bit for bit in accepted.bits if 1 << bit not in (accepted.key, accepted.ticked))
    Response.objects.filter(pk=accepted.pk).update(also=1 << other)
    Response.objects.filter(pk=credited.pk).update(credited=True)
    rows = cards(attempt.candidate)
    letters = sorted("ABCD"[accepted.bits.index(bit)] for bit in (other, accepted.key.bit_length() - 1))
    assert f"<b>{' or '.join(letters)}</b>" in rows[accepted.revision.question.code][2]
    assert credited.revision.question.code not in rows
    page = browser(attempt.candidate).get(reverse("missed")).text
    assert f"{' or '.join(letters)} accepted" in page


def test_a_card_has_the_question_in_front_and_the_solution_behind() -> None:
    attempt = shown(handed_in(0))
    response = attempt.responses.filter(correct=False).select_related("revision__question__topic")[0]
    question = response.revision.question
    _id, front, back, tags = cards(attempt.candidate)[question.code]
    assert f"A small question {question.code} is asked." in front
    assert f"Option a of {question.code}" in front
    assert "Right: it is a." not in front
    assert "Right: it is a." in back
    assert f"The explanation of {question.code}." in back
    assert question.topic
    assert tags == f"mlsprep tiny {question.topic.slug}"


@pytest.mark.slow
def test_a_candidate_gets_a_few_files_a_minute() -> None:
    attempt, other = shown(handed_in(0)), shown(handed_in(0))
    address = reverse("missed_cards")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False) as clock:
        answers = [browser(attempt.candidate).get(address) for _click in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[-1]["Retry-After"] == "60"
        assert "Wait a minute, then try again." in answers[-1].text
        assert cards(other.candidate)
        assert browser(attempt.candidate).get(reverse("missed")).status_code == 200
        clock.shift(61)
        assert cards(attempt.candidate)


def test_the_page_shows_them_with_their_rationales() -> None:
    attempt = shown(handed_in(2))
    page = browser(attempt.candidate).get(reverse("missed"))
    assert page["Cache-Control"].count("no-store") == 1
    for code in codes(attempt, correct=False):
        assert f"The explanation of {code}." in page.text
    for code in codes(attempt, correct=True):
        assert code not in page.text
    assert reverse("missed_cards") in page.text


def test_each_answer_is_folded_so_that_one_can_test_oneself_and_one_question_alone_is_no_quiz() -> None:
    attempt = shown(handed_in(2))
    wrong = attempt.responses.filter(correct=False).order_by("position")
    page = browser(attempt.candidate).get(reverse("missed"))
    articles = page.text.split("<article")[1:]
    assert len(articles) == len(wrong) == 2
    for article in articles:
        asked, _summary, answer = article.partition("Show the answer")
        summary, _question, asked = asked.partition('<div class="stem"')
        assert "A small question" in summary, "what it is about is seen before it is opened"
        assert "option a" not in summary
        assert not any(word in asked for word in ("verdict", "rationale", "The explanation of"))
        assert all(word in answer for word in ("verdict", "rationale", "The explanation of"))
    assert 'value="mistakes"' in page.text
    attempt.responses.filter(pk=wrong[0].pk).update(ticked=wrong[0].key)
    alone = browser(attempt.candidate).get(reverse("missed"))
    assert "1 missed question" in text(alone)
    assert 'value="mistakes"' not in alone.text


def test_a_partly_right_answer_is_marked_with_its_points() -> None:
    blueprint = factories.percent_blueprint(60, points=(200,), partial=True)
    attempt = shown(handed_in(19, blueprint=blueprint))
    row = attempt.responses.filter(partial=True, correct=True)[0]
    Response.objects.filter(pk=row.pk).update(ticked=row.key & -row.key)
    words = text(browser(attempt.candidate).get(reverse("missed")))
    assert "2 missed questions" in words
    assert words.count("Partly right: 1 of 2 points") == 1


def test_many_are_in_pages_and_on_one_page_for_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.views.results.missed.QUESTIONS_PER_PAGE", 2)
    monkeypatch.setattr("exams.views.results.missed.MAX_PRINTED", 3)
    attempt = shown(handed_in(0))
    wrong = codes(attempt, correct=False)
    assert len(wrong) == 4
    client, address = browser(attempt.candidate), reverse("missed")

    def on(**query: str) -> tuple[set[str], str]:
        html = client.get(address, query).text
        return {code for code in wrong if f"The explanation of {code}." in html}, " ".join(html.split())

    (first, first_html), (second, second_html), (printed, printed_html) = on(), on(page="2"), on(page="all")
    assert (len(first), len(second), first | second) == (2, 2, wrong)
    assert "This page shows 3 to 4." in second_html
    assert '<a href="?page=all">The newest 3 on one page, for print</a>' in first_html
    assert 'href="?page=2" rel="next"' in first_html
    assert len(printed) == 3
    assert "It shows the newest 3; the file has all." in printed_html
    assert 'rel="next"' not in printed_html


def test_questions_of_an_open_exam_are_left_out() -> None:
    candidate, blueprint = factories.candidate(), factories.small_blueprint()
    finished = [handed_in(0, candidate, blueprint, now=NOW + timedelta(hours=hour)) for hour in (0, 1)]
    running = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=2))
    for attempt in finished:
        shown(attempt)
    wrong = set().union(*(codes(attempt, correct=False) for attempt in finished))
    asked = set(running.responses.values_list("revision__question__code", flat=True))
    assert wrong & asked
    assert set(cards(candidate)) == wrong - asked
    page = browser(candidate).get(reverse("missed")).text
    assert not any(code in page for code in asked)


def test_what_was_neither_shown_nor_answered_is_not_missed_but_new() -> None:
    attempt = handed_in(0)
    attempt.responses.update(ticked=0)
    assert cards(attempt.candidate) == {}
    assert "No missed questions." in browser(attempt.candidate).get(reverse("missed")).text


def test_others_and_visitors_see_nothing(client: Client) -> None:
    shown(handed_in(0))
    assert cards(factories.candidate()) == {}
    assert "No missed questions." in browser(factories.candidate()).get(reverse("missed")).text
    assert "A small question" not in client.get(reverse("missed")).text
    assert "A small question" not in client.get(reverse("missed_cards")).text


def said(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_each_question_says_why_it_is_here_and_filters_count_the_reasons() -> None:
    attempt = shown(handed_in(0, blueprint=factories.small_blueprint()))
    left_open, *wrong = attempt.responses.filter(correct=False).order_by("position")
    attempt.responses.filter(pk=left_open.pk).update(ticked=0, correct=False)
    client = browser(attempt.candidate)
    page = client.get(reverse("missed"))
    assert f"All {len(wrong) + 1} Wrong {len(wrong)} Left open 1 Sure but wrong 0" in said(page)
    assert said(page).count("Wrong in the exam of 1 April 2026.") == len(wrong)
    assert said(page).count("Left open in the exam of 1 April 2026.") == 1
    page = client.get(reverse("missed"), {"why": "open"})
    assert f"The explanation of {left_open.revision.question.code}." in page.text
    assert not any(f"The explanation of {row.revision.question.code}." in page.text for row in wrong)
    n = {domain: sum(row.exam_domain == domain for row in wrong) for domain in (1, 2)}
    page = client.get(reverse("missed"), {"why": "wrong", "domain": "1"})
    assert f"First things {n[1]} Second things {n[2]}" in said(page), "the counts follow the other filter"
    assert page.text.count('class="missed-question"') == n[1]
    assert "No missed question has both." in said(client.get(reverse("missed"), {"why": "sure"}))
    assert client.get(reverse("missed"), {"why": "x", "domain": "y"}).status_code == 200


def test_one_button_practices_the_missed_questions_that_the_filters_leave() -> None:
    attempt = shown(handed_in(0, blueprint=factories.small_blueprint()))
    left_open, also_open, other, *rest = attempt.responses.filter(correct=False).order_by("position")
    attempt.responses.filter(pk__in=[left_open.pk, also_open.pk]).update(ticked=0, correct=False)
    client = browser(attempt.candidate)

    def practiced(**query: str) -> set[int]:
        page = client.get(reverse("missed"), query)
        (form,) = [form for form in forms(page).values() if ("kind", "mistakes") in form.fields]
        client.post(form.action, form.data())
        quiz = Attempt.objects.get(status="open")
        questions = set(quiz.responses.values_list("revision__question", flat=True))
        assert f"Practice {len(questions)} you missed" in said(page)
        assert ending.abandon(quiz, NOW + timedelta(days=1))
        return questions

    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert practiced() == {row.revision.question_id for row in (left_open, also_open, other, *rest)}
        assert practiced(why="open") == {left_open.revision.question_id, also_open.revision.question_id}
        Question.objects.filter(pk=other.revision.question_id).update(status="pilot")
        raise_bank_version()
        page = said(client.get(reverse("missed")))
        assert f"Practice {len(rest) + 2} you missed" in page
        assert f"{len(rest) + 2} can be asked now. 1 is on trial or retired, so practice never asks it." in page
        guess = {"blueprint": "TINY", "kind": "mistakes", "question": "999999"}
        assert client.post(reverse("practice_start"), guess).status_code == 409


def test_a_folded_question_begins_as_it_was_written() -> None:
    blueprint = factories.small_blueprint()
    for question in Question.objects.select_related("current"):
        old = question.current
        options = list(old.options.all())
        old.pk, old.number, old.stem = None, 2, "Is $\\frac{1}{n}$ & `x < 3` asked?"
        old.stem_html, old.published_at = render(old.stem), None
        old.save()
        for option in options:
            option.pk, option.revision = None, old
            option.save()
        Revision.objects.filter(pk=old.pk).update(published_at=NOW)
        Question.objects.filter(pk=question.pk).update(current=old)
    raise_bank_version()
    page = browser(shown(handed_in(0, blueprint=blueprint)).candidate).get(reverse("missed")).text
    assert '<span class="small">Is $\\frac{1}{n}$ &amp; x &lt; 3 asked?</span>' in page


@pytest.mark.parametrize("exams", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(
    exams: int, settings: object, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # type: ignore[attr-defined]
    blueprint: Blueprint = factories.small_blueprint(exams=exams)
    candidate = factories.candidate()
    for n in range(exams):
        shown(handed_in(0, candidate, blueprint, now=NOW + timedelta(days=n)))
    client = browser(candidate)
    client.get(reverse("missed"))  # reads what can be practiced, once for all
    with django_assert_num_queries(12):
        client.get(reverse("missed"))


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    factories.small_blueprint()
    page = client.get(reverse("missed")).text
    assert "Sign in to see what you missed." in page
    assert f"{reverse('account_login')}?next={reverse('missed')}" in page
    assert "No missed questions." not in page
