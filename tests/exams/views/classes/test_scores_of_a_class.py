"""Attack the key through scores: made-up names that answer one question each must learn nothing while others write."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Sitting
from exams.services.attempt import ending
from exams.services.classes import board, joining, rosters, sittings
from exams.services.classes.sittings import Window
from tests import factories
from tests.factories import NOW
from tests.html_forms import text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("empty_cache")]

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def handed_in(sitting: Sitting, name: str, right: int, now: Any = NOW) -> Attempt:
    """Return the scored exam of this name."""
    attempt = factories.class_attempt(sitting, name, now=now)
    factories.tick(attempt, right)
    ending.finish(attempt, now)
    return factories.scored(attempt, now)


def told(attempt: Attempt) -> set[str]:
    """Return what the pages and files of this browser tell about the score."""
    assert attempt.report
    client = browser(attempt.candidate)
    pages = [reverse(name, args=[attempt.uuid]) for name in ("report", "review", "export", "summary", "finish")]
    pages += [reverse(name) for name in ("front", "history", "progress", "notebook", "missed", "account")]
    pages += [reverse("join_sitting", args=[attempt.sitting.code])] if attempt.sitting else []
    read = [text(client.get(page, follow=True)) for page in pages]
    with zipfile.ZipFile(io.BytesIO(_body(client.get(reverse("download"))))) as archive:
        read += [
            archive.read(name).decode() for name in ("attempts.json", "attempts.csv", "answers.csv", "person.json")
        ]
    percent = f"{round(100 * attempt.report.raw / attempt.report.n)} %"
    counts = f"{attempt.report.raw} of {attempt.report.n}"
    words = {
        counts,
        str(attempt.report.scaled),
        "Passed:",
        "Not passed:",
        "Not passed",
        '"passed": true',
        '"passed": false',
    }
    # As a whole word: the digits of a score can also stand within a UUID or a random token.
    return {
        word
        for word in (*words, percent)
        if any(re.search(rf"(?<![\w-]){re.escape(word)}(?!\w)", page) for page in read)
    }


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def ten_questions(clock: Any) -> Sitting:
    return factories.sitting(factories.one_form_blueprint(), last_start_at=NOW + 10 * MINUTE, closes_at=None)


@pytest.mark.walk
def test_names_that_answer_one_question_each_see_no_score_while_somebody_can_start_or_write(
    clock: Any, ten_questions: Sitting
) -> None:
    guesses = [handed_in(ten_questions, f"Name {n}", right) for n, right in enumerate((2, 3, 4))]
    assert len({guess.report.scaled for guess in guesses if guess.report}) == 3, "the scores differ"
    writer = factories.class_attempt(ten_questions, "Ana")
    clock.move_to(NOW + 9 * MINUTE)
    assert told(guesses[0]) == set()
    clock.move_to(NOW + 15 * MINUTE)
    assert [told(guess) for guess in guesses] == [set()] * 3, "Ana is writing"
    report = text(browser(guesses[0].candidate).get(reverse("report", args=[guesses[0].uuid])))
    assert "You see your score as soon as nobody can start or write any more." in report
    ending.finish(writer, NOW + 15 * MINUTE)
    report = text(browser(guesses[0].candidate).get(reverse("report", args=[guesses[0].uuid])))
    assert guesses[0].report
    assert str(guesses[0].report.scaled) in report


def test_without_an_end_the_score_comes_with_the_release(clock: Any) -> None:
    sitting = factories.sitting(factories.one_form_blueprint(), closes_at=None)
    attempt = handed_in(sitting, "Ana", 5)
    clock.move_to(NOW + timedelta(days=3))
    assert not told(attempt)
    sittings.release(sitting, NOW + timedelta(days=3))
    assert told(attempt)


@pytest.mark.walk
def test_the_score_comes_before_the_last_start_once_the_joining_is_closed_and_who_has_joined_is_through(
    clock: Any,
) -> None:
    sitting = factories.sitting(
        factories.one_form_blueprint(),
        who="roster",
        roster=rosters.create(factories.user("ines"), "7b", rosters.read("Ana\nBen")),
        closes_at=None,
        last_start_at=NOW + 30 * MINUTE,
    )
    ana, ben = sitting.participants.order_by("name")
    joining.use_link(ana, factories.candidate(), NOW)
    attempt = joining.start(ana, NOW).attempt
    factories.tick(attempt, 5)
    ending.finish(attempt, NOW)
    attempt = factories.scored(attempt, NOW)
    assert not told(attempt), "Ben can join"
    sittings.close_joining(sitting, NOW)
    assert told(attempt), "Ben has never come"
    sittings.open_joining(sitting, NOW)
    joining.use_link(ben, factories.candidate(), NOW)
    sittings.close_joining(sitting, NOW)
    assert not told(attempt), "Ben has joined, so he can start"
    of_ben = joining.start(ben, NOW).attempt
    assert not told(attempt), "Ben is writing"
    ending.finish(of_ben, NOW)
    assert told(attempt)
    board.allow_another_attempt(ben, "Alarm.", sitting.owner or factories.user("head"), NOW)
    assert not told(attempt), "Ben can start again"


def test_a_window_that_moves_hides_the_scores_again(clock: Any, ten_questions: Sitting) -> None:
    attempt = handed_in(ten_questions, "Ana", 5)
    clock.move_to(NOW + 15 * MINUTE)
    assert told(attempt)
    board.move_window(
        ten_questions, Window(NOW, NOW + 60 * MINUTE, None, None), factories.user("ines"), NOW + 15 * MINUTE
    )
    assert not told(attempt)


@pytest.mark.walk
def test_with_a_paper_each_made_up_names_learn_nothing_either_while_somebody_can_start_or_write(clock: Any) -> None:
    """From a small collection, all papers have the same questions."""
    blueprint = factories.one_form_blueprint()
    sitting = factories.sitting(blueprint, one_paper=False, last_start_at=NOW + 10 * MINUTE, closes_at=None)
    guesses = [handed_in(sitting, f"Name {n}", right) for n, right in enumerate((2, 3, 4))]
    writer = factories.class_attempt(sitting, "Ana")
    papers = [set(attempt.responses.values_list("revision", flat=True)) for attempt in (writer, guesses[0])]
    assert set.intersection(*papers)
    assert told(guesses[0]) == set()
    clock.move_to(NOW + 15 * MINUTE)
    assert [told(guess) for guess in guesses] == [set()] * 3, "Ana is writing"
    ending.finish(writer, NOW + 15 * MINUTE)
    assert told(guesses[0])


def test_nothing_before_the_release_stays_nothing(clock: Any) -> None:
    sitting = factories.sitting(before_release="nothing", review_opens_at=NOW + timedelta(days=2))
    attempt = handed_in(sitting, "Ana", 3)
    clock.move_to(NOW + timedelta(days=1))
    assert not told(attempt)


def test_the_rules_of_the_exam_say_when_the_score_comes(clock: Any, client: Client) -> None:
    for one_paper in (True, False):
        rows = [factories.sitting(one_paper=one_paper), factories.sitting(one_paper=one_paper, closes_at=None)]
        pages = [text(client.get(reverse("join_sitting", args=[row.code]))) for row in rows]
        assert "You see your score as soon as nobody can start or write any more." in pages[0]
        assert "You see no result at once." in pages[1]
