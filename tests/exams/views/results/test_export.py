"""Test that candidates can download their own finished exam, and nothing else."""

import csv
import io
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt
from exams.services.analysis import simulation
from exams.services.attempt import ending
from exams.services.results import export, scoring
from tests import factories
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Return an open small exam."""
    return factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())


def ask(client: Client, attempt: Attempt) -> Any:
    return client.get(reverse("export", args=[attempt.uuid]))


def finish(attempt: Attempt, *, score: bool = True) -> Attempt:
    now = timezone.now()
    ending.finish(attempt, now)
    if score:
        assert scoring.score(attempt.pk, now)
    return Attempt.objects.get(pk=attempt.pk)


def test_a_candidate_downloads_the_own_scored_exam(attempt: Attempt) -> None:
    attempt = finish(attempt)
    response = ask(browser(attempt.candidate), attempt)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    name = f"tiny-{timezone.localdate(attempt.started_at)}-{str(attempt.uuid)[:8]}.json"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response["Cache-Control"]
    [content] = export.export_chunk([attempt])
    assert response.json() == json.loads(json.dumps(content))
    assert response.json()["score"]["raw"] == 0


def test_the_score_is_null_before_the_worker_has_scored(attempt: Attempt) -> None:
    response = ask(browser(attempt.candidate), finish(attempt, score=False))
    assert (response.status_code, response.json()["score"]) == (200, None)


def test_an_open_exam_returns_a_message_and_no_key(attempt: Attempt) -> None:
    response = ask(browser(attempt.candidate), attempt)
    assert response.status_code == 409
    assert response.json() == {"error": "This exam is still running. Finish it first, then export it."}


def test_an_exam_ended_without_a_score_returns_a_message_and_no_key(attempt: Attempt) -> None:
    ending.abandon(attempt, timezone.now())
    response = ask(browser(attempt.candidate), attempt)
    assert response.status_code == 409
    assert set(response.json()) == {"error"}


def test_an_overdue_exam_is_closed_and_exported(attempt: Attempt) -> None:
    shift = timedelta(hours=1)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=attempt.started_at - shift, deadline=attempt.deadline - shift
    )
    response = ask(browser(attempt.candidate), attempt)
    assert (response.status_code, response.json()["closed_by"]) == (200, "time")


def test_other_users_get_a_404(attempt: Attempt) -> None:
    attempt = finish(attempt)
    assert ask(Client(), attempt).status_code == 404
    assert ask(browser(factories.candidate()), attempt).status_code == 404
    assert ask(browser(attempt.candidate), attempt).status_code == 200


@pytest.mark.parametrize("scored", [4, 12])
def test_the_number_of_queries_is_constant(scored: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    blueprint = factories.small_blueprint(scored=scored)
    attempt = finish(factories.attempt(blueprint=blueprint, now=timezone.now()))
    client = browser(attempt.candidate)
    simulation.simulate_exam(blueprint, 0.0, random.Random(1), timezone.now())  # rows of another candidate
    with django_assert_num_queries(10):  # session, attempt with score, open exams, disclosure, and six tables
        assert ask(client, attempt).status_code == 200


def test_the_answers_are_a_table_with_a_row_for_each_question(attempt: Attempt) -> None:
    attempt = finish(attempt)
    response = browser(attempt.candidate).get(reverse("export_answers", args=[attempt.uuid]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["position"] for row in rows] == ["1", "2", "3", "4", "5"]
    right = {str(row.position): row.correct for row in attempt.responses.all()}
    assert {row["position"]: row["correct"] == "true" for row in rows} == right
    assert all(row["key"] for row in rows)
    for row, response in zip(rows, attempt.responses.order_by("position"), strict=True):
        places = {
            mask: [place for place, bit in enumerate(response.bits) if mask >> bit & 1]
            for mask in (response.ticked, response.key)
        }
        assert row["response"] == " ".join("ABCDEF"[place] for place in places[response.ticked]), "as on the page"
        assert row["key"] == " ".join("ABCDEF"[place] for place in places[response.key])


def test_the_answers_of_a_running_exam_are_no_table(attempt: Attempt) -> None:
    response = browser(attempt.candidate).get(reverse("export_answers", args=[attempt.uuid]))
    assert (response.status_code, response.text) == (
        409,
        "This exam is still running. Finish it first, then export it.",
    )
    assert browser(factories.candidate()).get(reverse("export_answers", args=[attempt.uuid])).status_code == 404
