"""Test the history page: own exams with their results, times in the local zone, a constant number of queries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate
from exams.services.attempt import ending
from exams.services.classes import sittings
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import export
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import text
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint()


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


def page(client: Client) -> str:
    answer = client.get(reverse("history"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_an_empty_history_explains_what_will_be_here(client: Client) -> None:
    client.force_login(factories.user())
    assert "No exams yet." in page(client)


def test_without_a_session_the_history_offers_to_sign_in(client: Client) -> None:
    html = page(client)
    assert "Sign in to see your attempts." in html
    assert f"{reverse('account_login')}?next={reverse('history')}" in html
    assert "No exams yet." not in html


@pytest.mark.slow
def test_each_exam_has_its_result_in_words_and_a_link(alice: Candidate, blueprint: Blueprint) -> None:
    now = timezone.now()
    passed, failed = scored(handed_in(4, alice, blueprint)), scored(handed_in(0, alice, blueprint))
    pending = handed_in(2, alice, blueprint, now=now)
    poison = handed_in(2, alice, blueprint)
    Attempt.objects.filter(pk=poison.pk).update(status="scoring_failed")
    ended = factories.attempt(alice, blueprint, now=now)
    ending.abandon(ended, now)
    running = factories.attempt(alice, blueprint, now=now)
    html = page(browser(alice))
    for words in ("1000", "Not passed", "100", "score pending", "scoring failed", "ended without a score", "running"):
        assert words in html
    assert html.count("Passed") == html.count("Not passed") == 1
    for attempt in (passed, failed, pending, poison, ended, running):
        assert reverse("attempt", args=[attempt.uuid]) in html
    assert "Back to the exam" in html


def test_exams_of_other_candidates_are_not_listed(alice: Candidate, blueprint: Blueprint) -> None:
    other = scored(handed_in(4, blueprint=blueprint))
    handed_in(2, alice, blueprint)
    assert str(other.uuid) not in page(browser(alice))


def test_an_overdue_exam_is_closed_by_opening_the_page(alice: Candidate, blueprint: Blueprint) -> None:
    factories.attempt(alice, blueprint, now=NOW)  # months ago
    assert "running" not in page(browser(alice))
    assert Attempt.objects.get().closed_by == "time"


def test_repeats_are_shown_next_to_the_result(alice: Candidate, blueprint: Blueprint) -> None:
    attempt = handed_in(4, alice, blueprint)
    attempt.responses.update(repeat=True)
    scored(attempt)
    assert "1000 4 of 4" in text(browser(alice).get(reverse("history")))


def test_times_are_shown_in_the_time_zone_of_the_installation_and_exported_in_utc(
    alice: Candidate, blueprint: Blueprint, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    attempt = handed_in(4, alice, blueprint, now=NOW + timedelta(minutes=7.5))
    assert "11:00" in page(browser(alice))
    [exported] = export.export_chunk([attempt])
    assert exported["started"] == "2026-04-01T09:00:00Z"


@pytest.mark.slow
def test_the_trend_is_drawn_from_two_results_on(alice: Candidate, blueprint: Blueprint) -> None:
    scored(handed_in(1, alice, blueprint))
    assert "Scores so far" not in page(browser(alice))
    scored(handed_in(4, alice, blueprint, now=NOW + timedelta(days=1)))
    words = text(browser(alice).get(reverse("history")))
    assert words.index("Scores so far") < words.index("Scores of 2 exams") < words.index("Not passed")


def test_practice_stands_apart_with_its_exam_and_kind(alice: Candidate, blueprint: Blueprint) -> None:
    exam = scored(handed_in(4, alice, blueprint))
    quiz = practice.start(
        alice, blueprint, "quiz", list(practice_pool(blueprint).items)[:3], feedback="each", timed=False, now=NOW
    ).attempt
    ending.finish(quiz, NOW + timedelta(minutes=5))
    exams, practices = page(browser(alice)).split('id="practices"')
    assert str(exam.uuid) in exams
    assert str(quiz.uuid) not in exams
    assert str(quiz.uuid) in practices
    assert "Small Quiz nothing answered" in text(browser(alice).get(reverse("history")))


@pytest.mark.slow
def test_earlier_exams_and_practice_are_on_further_pages(
    alice: Candidate, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exams.views.results.history.ROWS", 1)
    days = [NOW + timedelta(days=day) for day in range(3)]
    exams = [scored(handed_in(4, alice, blueprint, now=day)) for day in days]
    quizzes = quizzes_of(alice, blueprint, days[:2])
    pages = [browser(alice).get(reverse("history"), {"page": number}).content.decode() for number in (1, 2, 3)]
    found = [[str(row.uuid) in html for html in pages] for row in (*reversed(exams), *reversed(quizzes))]
    assert found == [[number == page for number in range(3)] for page in (0, 1, 2, 0, 1)]
    assert [("Earlier ones" in html, "Later ones" in html) for html in pages] == [
        (True, False), (True, True), (False, True),
    ]  # fmt: skip
    assert "page=2" in pages[0]
    assert ["Scores so far" in html for html in pages] == [True, False, False]


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "99999999999999999999", "7"])
def test_a_page_that_does_not_exist_is_no_error(alice: Candidate, blueprint: Blueprint, page: str) -> None:
    scored(handed_in(4, alice, blueprint))
    assert browser(alice).get(reverse("history"), {"page": page}).status_code == 200


def test_only_the_answers_of_practice_on_the_page_are_counted(
    alice: Candidate, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exams.views.results.history.ROWS", 1)
    quizzes_of(alice, blueprint, [NOW, NOW + timedelta(days=1)])
    with CaptureQueriesContext(connection) as queries:
        page(browser(alice))
    (counting,) = [query["sql"] for query in queries.captured_queries if "n_counted" in query["sql"]]
    assert "LIMIT 2" in counting


def quizzes_of(candidate: Candidate, blueprint: Blueprint, days: Sequence[datetime]) -> list[Attempt]:
    """Return a finished quiz of each day."""
    items = list(practice_pool(blueprint).items)[:3]
    quizzes = []
    for day in days:
        started = practice.start(candidate, blueprint, "quiz", items, feedback="each", timed=False, now=day)
        ending.finish(started.attempt, day + timedelta(minutes=5))
        quizzes.append(started.attempt)
    return quizzes


def test_missed_questions_are_one_click_away(alice: Candidate, blueprint: Blueprint) -> None:
    scored(handed_in(2, alice, blueprint))
    assert reverse("missed") in page(browser(alice))


@pytest.mark.slow
@pytest.mark.parametrize("exams", [2, 4])
def test_the_page_takes_a_constant_number_of_queries(
    alice: Candidate, exams: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    blueprint = factories.small_blueprint(code="OTHER", exams=exams)
    for _ in range(exams):
        scored(handed_in(4, alice, blueprint))
    client = browser(alice)
    with django_assert_num_queries(10):
        page(client)


@pytest.mark.slow
def test_scores_of_classes_take_the_same_queries_however_many_they_are(
    alice: Candidate, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(alice)
    for classes in (1, 3):
        while alice.attempts.count() < classes:
            exam = factories.small_blueprint(code=f"CLASS-{alice.attempts.count()}")
            terms = {"last_start_at": NOW + timedelta(days=9), "review_opens_at": NOW + timedelta(days=30)}
            sitting = factories.sitting(exam, closes_at=None, **terms)
            attempt = factories.class_attempt(sitting, candidate_=alice)
            ending.finish(attempt, NOW + timedelta(minutes=5))
            scored(attempt, NOW + timedelta(minutes=5))
            sittings.close_joining(sitting, NOW + timedelta(minutes=6))
        with time_machine.travel(NOW + timedelta(hours=2), tick=False):
            address = reverse("history", query={"all": "yes"})
            client.get(address)  # what classes hold back is read once
            with django_assert_num_queries(24):
                rows = client.get(address).context["rows"]
        assert [(row.shows_score, row.shows_report) for row in rows] == [(True, False)] * classes


def test_the_button_starts_an_exam(client: Client, blueprint: Blueprint) -> None:
    assert f'href="{reverse("exam", args=["TINY"])}">Start an exam' in client.get(reverse("history")).text
    assert f'href="{reverse("exam", args=["TINY"])}">Start an exam' in page(browser(factories.candidate()))
