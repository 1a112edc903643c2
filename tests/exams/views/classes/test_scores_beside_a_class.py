"""Attack the paper of a class through scores of other exams with its questions: two that differ in one answer."""

import io
import json
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Response
from exams.psychometrics.readiness import PREDICTIONS_FOR_RECORD
from exams.services.attempt import ending
from exams.services.classes import sittings
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.progress import readiness
from exams.services.upkeep import sweeper
from questions.models import Blueprint
from tests import factories
from tests.exams.views.classes.test_scores_of_a_class import handed_in, told
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("empty_cache")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ENDS = "hidden until the class exam ends"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def blueprint(clock: Any) -> Blueprint:
    return factories.one_form_blueprint()


def mock_exam(clock: Any, right: int, blueprint: Blueprint, end: datetime) -> Attempt:
    """Return the scored mock exam of a new guest, begun eight minutes before `end`, when it is handed in."""
    clock.move_to(end - 8 * MINUTE)
    attempt = factories.attempt(factories.candidate(), blueprint, now=end - 8 * MINUTE)
    factories.tick(attempt, right)
    Response.objects.filter(attempt=attempt).update(first_shown=attempt.started_at)
    clock.move_to(end)
    ending.finish(attempt, end)
    return factories.scored(attempt, end)


def exported(client: Client) -> Any:
    """Return the attempts of data.zip."""
    response = client.get(reverse("download"))
    body = b"".join(response.streaming_content) if response.streaming else response.content
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return json.loads(archive.read("attempts.json"))


def test_two_mock_exams_begun_before_the_opening_that_differ_in_one_answer_tell_nothing_until_the_class_ends(
    clock: Any, blueprint: Blueprint
) -> None:
    factories.class_attempt(factories.sitting(blueprint))
    guesses = [mock_exam(clock, right, blueprint, NOW + MINUTE) for right in (2, 3)]
    assert len({guess.report.scaled for guess in guesses if guess.report}) == 2, "the scores differ"
    for guess in guesses:
        assert told(guess) == set()
        client = browser(guess.candidate)
        report, history = (
            text(client.get(page)) for page in (reverse("report", args=[guess.uuid]), reverse("history"))
        )
        assert ENDS in report
        assert ENDS in history
        assert "Practice the" not in history, "a count of missed questions tells the same as the score"
        assert [row["score"] for row in exported(client)] == [None]
    clock.move_to(NOW + 2 * 60 * MINUTE)
    for guess in guesses:
        assert str(guess.report.scaled) in told(guess) if guess.report else False


def test_a_mock_exam_handed_in_before_the_opening_keeps_its_score(clock: Any, blueprint: Blueprint) -> None:
    factories.sitting(blueprint)
    before = mock_exam(clock, 2, blueprint, NOW - MINUTE)
    clock.move_to(NOW + MINUTE)
    assert before.report
    assert str(before.report.scaled) in told(before)


def test_an_exam_without_a_question_of_the_paper_is_reported_while_a_class_sits(clock: Any) -> None:
    blueprint = factories.small_blueprint(exams=3)
    factories.class_attempt(factories.sitting(blueprint))
    drawn_beside = mock_exam(clock, 2, blueprint, NOW + 9 * MINUTE)
    assert drawn_beside.report
    assert str(drawn_beside.report.scaled) in told(drawn_beside)


def test_a_class_that_has_the_questions_of_another_one_sees_no_score_before_that_one_has_ended(
    clock: Any, blueprint: Blueprint
) -> None:
    long = factories.sitting(blueprint, closes_at=NOW + 180 * MINUTE)
    short = factories.sitting(blueprint, name="Class 8a", closes_at=NOW + 10 * MINUTE)
    writing = factories.class_attempt(long)
    guess = handed_in(short, "Ben", 2)
    clock.move_to(NOW + 20 * MINUTE)
    assert told(guess) == set()
    assert ENDS in text(browser(guess.candidate).get(reverse("report", args=[guess.uuid])))
    ending.finish(writing, NOW + 20 * MINUTE)
    sittings.release(long, NOW + 20 * MINUTE)
    assert guess.report
    assert str(guess.report.scaled) in told(guess)


def test_the_prediction_of_the_next_exam_does_not_rest_on_a_score_that_waits(clock: Any, blueprint: Blueprint) -> None:
    other = factories.small_blueprint(code="OTHER", exams=3)
    factories.sitting(blueprint)
    candidate = mock_exam(clock, 3, blueprint, NOW + MINUTE).candidate
    client = browser(candidate)
    assert other.exam.short_title in text(client.get(reverse("exam", args=["OTHER"])))
    Attempt.objects.filter(candidate=candidate).update(blueprint_code="OTHER")  # of the same exam, in a larger bank
    start(client, "OTHER")
    assert [row["predicted"] for row in exported(client)] == [None, None]
    clock.move_to(NOW + 120 * MINUTE)
    ending.finish(Attempt.objects.get(status="open"), NOW + 120 * MINUTE)
    start(client, "OTHER")
    assert exported(client)[-1]["predicted"] is not None


def start(client: Client, code: str) -> None:
    """Start an exam from the page of its rules."""
    address = reverse("exam", args=[code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    client.post(rules.action, rules.data())


def test_the_record_of_predictions_counts_no_exam_handed_in_since_a_class_sits(
    clock: Any, blueprint: Blueprint
) -> None:
    factories.sitting(blueprint)
    early = [mock_exam(clock, 3, blueprint, NOW - DAY) for _ in range(PREDICTIONS_FOR_RECORD)]
    late = mock_exam(clock, 0, blueprint, NOW + MINUTE)
    Attempt.objects.filter(pk__in=[row.pk for row in (*early, late)]).update(predicted=0.5)
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD
    clock.move_to(NOW + 120 * MINUTE)
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD + 1


def test_the_record_of_predictions_counts_an_exam_of_a_class_with_a_paper_each_once_its_answers_are_open(
    clock: Any, blueprint: Blueprint
) -> None:
    for _ in range(PREDICTIONS_FOR_RECORD):
        mock_exam(clock, 3, blueprint, NOW - DAY)
    sitting = factories.sitting(blueprint, one_paper=False, before_release="nothing", closes_at=NOW + 60 * MINUTE)
    clock.move_to(NOW)
    taken = factories.class_attempt(sitting)
    factories.tick(taken, 3)
    Response.objects.filter(attempt=taken).update(first_shown=taken.started_at)
    clock.move_to(NOW + 9 * MINUTE)
    ending.finish(taken, NOW + 9 * MINUTE)
    factories.scored(taken, NOW + 9 * MINUTE)
    Attempt.objects.update(predicted=0.5)
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD, "one more passed exam would tell who passed"
    sittings.release(sitting, NOW + 10 * MINUTE)
    clock.move_to(NOW + 11 * MINUTE)
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD + 1


def test_the_record_of_predictions_counts_an_exam_that_the_clock_closed_once_its_report_is_opened(
    clock: Any, blueprint: Blueprint
) -> None:
    for _ in range(PREDICTIONS_FOR_RECORD):
        mock_exam(clock, 3, blueprint, NOW - DAY)
    clock.move_to(NOW)
    taken = factories.attempt(factories.candidate(), blueprint)
    factories.tick(taken, 3)
    Response.objects.filter(attempt=taken).update(first_shown=taken.started_at)
    clock.move_to(NOW + 60 * MINUTE)
    sweeper.sweep(NOW + 60 * MINUTE)
    Attempt.objects.update(predicted=0.5)
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD
    browser(taken.candidate).get(reverse("report", args=[taken.uuid]))
    (bin_,) = readiness.prediction_record(blueprint.code)
    assert bin_.n == PREDICTIONS_FOR_RECORD + 1


def test_a_held_question_in_practice_from_before_the_opening_moves_no_count(clock: Any, blueprint: Blueprint) -> None:
    """Whatever is answered there, all pages are the same."""
    clock.move_to(NOW - MINUTE)
    rounds = [
        practice.start(
            *(factories.candidate(), blueprint, "try", sorted(practice_pool(blueprint).items)),
            feedback="end",
            timed=False,
            now=NOW - MINUTE,
        ).attempt
        for _ in range(2)
    ]
    factories.sitting(blueprint)
    clock.move_to(NOW + MINUTE)
    for attempt, right in zip(rounds, (1, 2), strict=True):
        factories.tick(attempt, right)
        Response.objects.filter(attempt=attempt).update(first_shown=NOW)
        ending.finish(attempt, NOW + MINUTE)
    names = ("history", "progress", "practice", "missed", "front", "notebook")
    pages = [[browser(attempt.candidate).get(reverse(name)) for name in names] for attempt in rounds]
    pages = [
        [*shown, browser(attempt.candidate).get(reverse("report", args=[attempt.uuid]))]
        for shown, attempt in zip(pages, rounds, strict=True)
    ]
    read = [[re.sub(r"\b\w{4}-\w{4}-\w{4}\b", "a guest code", text(page)) for page in shown] for shown in pages]
    assert read[0] == read[1]
