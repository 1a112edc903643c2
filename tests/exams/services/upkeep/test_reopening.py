"""Test that an exam that the clock closed goes on, and when it does not."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from exams.models import Attempt, RepetitionCard, Response, ScoreReport
from exams.services.attempt import answering, attempts, ending
from exams.services.attempt.answering import PostedAnswer, SaveOutcome, Sitter
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.classes import board
from exams.services.practice import repetition
from exams.services.results import audit
from exams.services.upkeep import reopening, sweeper
from questions.models import User
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
Status = Attempt.Status
CLOSED = NOW + timedelta(minutes=31)


@pytest.fixture
def attempt() -> Attempt:
    """An exam with one answer that was closed and scored at the end of its time."""
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30, exams=2))
    assert save(attempt, 1, NOW) == SaveOutcome.SAVED
    sweeper.sweep(CLOSED)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == (Status.SCORED, "time")
    return attempt


def save(attempt: Attempt, position: int, now: Any) -> SaveOutcome:
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    return answering.save(attempt.uuid, sitter, position, PostedAnswer(1, 0), now).outcome


def test_it_goes_on_and_gets_a_second_report(attempt: Attempt) -> None:
    reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)
    assert (attempt.status, attempt.report, attempt.deadline) == (Status.OPEN, None, CLOSED + timedelta(minutes=10))
    assert not list(audit.differences(CLOSED))
    assert save(attempt, 2, CLOSED) == SaveOutcome.SAVED
    sweeper.sweep(CLOSED + timedelta(minutes=11))
    attempt.refresh_from_db()
    assert list(ScoreReport.objects.values_list("number", "cause")) == [(1, "reopened"), (2, "finish")]
    assert (attempt.status, attempt.report and attempt.report.number) == (Status.SCORED, 2)
    assert attempt.responses.filter(ticked__gt=0).count() == 2
    assert not list(audit.differences(CLOSED + timedelta(minutes=12)))


def test_its_answers_make_no_cards_until_it_ends_again(attempt: Attempt) -> None:
    repetition.update_cards(attempt.candidate_id)
    assert RepetitionCard.objects.exists()
    reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)
    assert not RepetitionCard.objects.exists()


@pytest.mark.parametrize("page", ["report", "review", "review/1", "export.json"])
def test_whoever_has_seen_the_outcome_does_not_go_on(attempt: Attempt, page: str) -> None:
    address = f"/attempts/{attempt.uuid}/{page}" + ("" if page.endswith("json") else "/")
    with time_machine.travel(CLOSED, tick=False):
        client = browser(attempt.candidate)
        for _ in range(2):
            assert client.get(address).status_code == 200
    assert attempt.events.filter(kind="disclosed").count() == 1
    with pytest.raises(RefusedError, match="has opened the report"):
        reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)
    attempt.refresh_from_db()
    assert attempt.status == Status.SCORED


@pytest.mark.parametrize("page", ["missed", "missed_cards", "history", "download"])
def test_no_other_page_tells_the_outcome_before_the_report_has_noted_it(attempt: Attempt, page: str) -> None:
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    codes = list(attempt.responses.filter(correct=False).values_list("revision__question__code", flat=True))
    score = attempt.report.shown_score if attempt.report else ""
    client = browser(attempt.candidate)

    def tells() -> bool:
        content = b"".join(client.get(reverse(page)))
        if page == "download":
            text = zipfile.ZipFile(io.BytesIO(content)).read("attempts.json").decode()
            return '"key":' in text or json.loads(text)[0]["score"] is not None
        text = content.decode()
        return score in text if page == "history" else any(f"explanation of {code}" in text for code in codes)

    with time_machine.travel(CLOSED, tick=False):
        assert not tells()
        assert not attempt.events.filter(kind="disclosed").exists()
        client.get(f"/attempts/{attempt.uuid}/report/")
        assert tells()
    with pytest.raises(RefusedError, match="has opened the report"):
        reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)


def test_its_questions_are_neither_drawn_nor_practiced_before_the_report_has_noted_it(attempt: Attempt) -> None:
    asked = set(attempt.responses.values_list("revision__question", flat=True))
    with time_machine.travel(CLOSED, tick=False) as clock:
        assert asked <= hidden_from([attempt.candidate_id])
        clock.shift(timedelta(hours=24, seconds=1))
        assert not hidden_from([attempt.candidate_id]), "it cannot be reopened any more"


def test_a_score_that_a_class_shows_before_its_release_is_noted() -> None:
    sitting = factories.sitting(before_release="score", review_opens_at=NOW + timedelta(days=3))
    attempt = factories.class_attempt(sitting)
    over = NOW + timedelta(hours=1, minutes=5)
    sweeper.sweep(over)
    attempt.refresh_from_db()
    assert attempt.closed_by == "time"
    assert attempt.report
    with time_machine.travel(over, tick=False):
        client = browser(attempt.candidate)
        assert attempt.report.shown_score not in client.get(reverse("history")).text
        assert attempt.report.shown_mark in client.get(f"/attempts/{attempt.uuid}/report/").text
        assert attempt.report.shown_score in client.get(reverse("history")).text
    with pytest.raises(RefusedError, match="has opened the report"):
        reopening.reopen(attempt, 10, "The clock was wrong.", None, over)


def test_an_exam_whose_class_is_closed_goes_on_beyond_its_window_until_the_answers_are_open() -> None:
    release = NOW + timedelta(days=3)
    sitting = factories.sitting(factories.small_blueprint(minutes=30), review_opens_at=release)
    attempt = factories.class_attempt(sitting, now=NOW + timedelta(minutes=50))
    over = sitting.closes_at + timedelta(minutes=1)
    sweeper.sweep(over)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == (Status.SCORED, "time")
    reopening.reopen(attempt, 10, "The room had no power.", None, over)
    assert attempt.deadline == over + timedelta(minutes=10)
    seat = Sitter(attempt.candidate_id, attempt.candidate.epoch, attempt.seat)
    saved = answering.save(attempt.uuid, seat, 1, PostedAnswer(1, 0), over + timedelta(minutes=5))
    assert saved.outcome == SaveOutcome.SAVED
    sweeper.sweep(over + timedelta(minutes=11))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.report and attempt.report.number) == (Status.SCORED, 2)
    assert not list(audit.differences(over + timedelta(minutes=12)))
    type(sitting).objects.filter(pk=sitting.pk).update(review_opens_at=over)
    with pytest.raises(RefusedError, match="The answers of this class are open"):
        reopening.reopen(attempt, 10, "Once more.", None, over + timedelta(minutes=12))


def test_an_exam_of_somebody_who_was_removed_stays_closed_until_she_is_let_in_again() -> None:
    """Else she would write on while the board says that she was removed."""
    sitting, ines = factories.sitting(closes_at=NOW + timedelta(hours=3)), factories.user("ines")
    attempt = factories.class_attempt(sitting)
    closed = attempt.deadline + timedelta(minutes=1)
    sweeper.sweep(closed)
    board.remove(sitting.participants.get(), "Not of this class", ines, closed)
    with pytest.raises(RefusedError, match="removed from this exam of a class"):
        reopening.reopen(attempt, 10, "The clock was wrong.", ines, closed)
    attempt.refresh_from_db()
    assert attempt.status != Status.OPEN
    board.let_in(sitting.participants.get(), "She belongs here", ines, closed)
    reopening.reopen(attempt, 10, "The clock was wrong.", ines, closed)
    assert attempt.status == Status.OPEN


def test_a_page_that_shows_nothing_yet_forbids_nothing() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    with time_machine.travel(CLOSED, tick=False):
        assert browser(attempt.candidate).get(f"/attempts/{attempt.uuid}/report/").status_code == 200  # no score yet
    reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)


def test_after_a_day_it_stays_closed(attempt: Attempt) -> None:
    with pytest.raises(RefusedError, match="more than 24 hours ago"):
        reopening.reopen(attempt, 10, "Late.", None, CLOSED + timedelta(hours=24, seconds=1))


@pytest.mark.parametrize("page", ["report", "review", "answers.csv", "export.json"])
@pytest.mark.parametrize("hours", [30, 54])
def test_an_outage_of_days_leaves_no_way_to_read_the_keys_and_go_on(page: str, hours: int) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30, exams=2))
    save(attempt, 1, NOW)
    back = CLOSED + timedelta(hours=hours)
    sweeper.sweep(back)  # nothing ran in between
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by, attempt.submitted_at) == (Status.SCORED, "time", attempt.deadline)
    asked = set(attempt.responses.values_list("revision__question", flat=True))
    last_moment = back + timedelta(hours=23, minutes=59)
    with time_machine.travel(last_moment, tick=False):
        assert asked <= hidden_from([attempt.candidate_id])
        path = f"/attempts/{attempt.uuid}/{page}" + ("" if "." in page else "/")
        assert browser(attempt.candidate).get(path).status_code == 200
    assert attempt.events.filter(kind="disclosed").count() == 1
    with pytest.raises(RefusedError, match="has opened the report"):
        reopening.reopen(attempt, 10, "An outage.", None, last_moment)


def test_an_exam_closed_long_after_its_end_is_reopened_within_a_day() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    sweeper.sweep(CLOSED + timedelta(hours=54))
    reopening.reopen(attempt, 10, "An outage.", None, CLOSED + timedelta(hours=77))
    assert attempt.status == Status.OPEN


def test_an_exam_that_the_candidate_finished_stays_closed() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    ending.finish(attempt, NOW + timedelta(minutes=5))
    with pytest.raises(RefusedError, match="at the end of its time"):
        reopening.reopen(attempt, 10, "Please.", None, CLOSED)


def test_it_stays_closed_while_another_exam_of_the_blueprint_is_running(attempt: Attempt) -> None:
    attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, CLOSED))
    with pytest.raises(RefusedError, match="is running for this candidate"):
        reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)


def test_the_second_of_two_clicks_is_refused(attempt: Attempt) -> None:
    reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)
    with pytest.raises(RefusedError):
        reopening.reopen(attempt, 10, "The clock was wrong.", None, CLOSED)
    assert attempt.events.filter(kind="reopened").count() == 1


@time_machine.travel(CLOSED, tick=False)
def test_staff_reopen_it_in_the_admin_or_read_why_not(attempt: Attempt, client: Any) -> None:
    client.force_login(User.objects.create_superuser("root"))
    address = reverse("admin:exams_attempt_reopen", args=[attempt.pk])
    assert f'href="{address}"' in client.get(reverse("admin:exams_attempt_change", args=[attempt.pk])).text
    fields = {"minutes": "10", "reason": "The clock was wrong.", "made": "2026-04-01 09:00:00"}
    assert "goes on for 10 minutes" in client.post(address, fields, follow=True).text
    refused = client.post(address, fields)
    assert (refused.status_code, "at the end of its time" in refused.text) == (422, True)
