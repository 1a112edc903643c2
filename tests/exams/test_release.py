"""Test that a class exam shows no key before its release, on any page and in any export: an attacker's walk."""

import io
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, RepetitionCard, Response, Sitting
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import StartRequest
from exams.services.classes import sittings
from exams.services.practice import repetition
from exams.services.practice.mistakes import missed_questions
from exams.services.progress.answers import past_answers
from exams.services.results import scoring
from questions.models import Bank, Question, Topic
from tests import factories
from tests.exams.test_access_matrix import ROUTES, address
from tests.factories import NOW
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

MINUTE = timedelta(minutes=1)
# Of pages of candidates: those that change the session or answer for the machine.
SKIPPED = (
    "admin/",
    "accounts/",
    "^accounts",
    "leave/",
    "healthz",
    "readyz",
    "static",
    "account/delete/",
    "theme/",
    "exam/",
)


@pytest.fixture
def ana(settings: Any) -> Attempt:
    """Ana has handed in, two right of four. Ben, with extra time, is writing. The window ends at 10:00."""
    sitting = factories.sitting(factories.small_blueprint(exams=2), before_release="nothing")
    ben = factories.joined(sitting, "Ben")
    sittings.set_extra_minutes(ben, 20, NOW)
    attempt = factories.class_attempt(sitting, "Ana")
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    factories.tick(attempt, 2)
    ending.finish(attempt, NOW + 5 * MINUTE)
    assert scoring.score(attempt.pk, NOW + 5 * MINUTE)
    return Attempt.objects.select_related("report", "form__blueprint", "candidate").get(pk=attempt.pk)


def pages(attempt: Attempt) -> dict[str, str]:
    """Return the text of every page and file that the candidate can get, by path."""
    client = browser(attempt.candidate)
    blueprint = attempt.form.blueprint
    values = {"uuid": attempt.uuid, "code": blueprint.code.lower(), "token": "none", "public_id": "none"}
    texts = {}
    for route in ROUTES:
        if route.startswith(SKIPPED):
            continue
        for position in (1, 2, 3, 4, 5) if "position" in route else (1,):
            for slug in Topic.objects.values_list("slug", flat=True)[:2] if "slug:slug" in route else ("x",):
                path = address(route, {**values, "position": position, "slug": slug})
                texts[path] = text_of(client, path)
    for path in (
        "/guide/search/?q=explanation",
        "/notes/?q=small",
        f"/exams/{values['code']}/",
        "/progress/?exam=TINY",
    ):
        texts[path] = text_of(client, path)
    for kind in ("try", "quiz", "mistakes", "repetition"):
        data = {
            "blueprint": blueprint.code,
            "kind": kind,
            "feedback": "each",
            "attempt": str(attempt.uuid),
            "state": "wrong",
        }
        response = client.post(reverse("practice_start"), data, follow=True)
        texts[f"practice {kind}"] = response.content.decode()
    return texts


def text_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    # Which page of the study guide this is tells nothing: "topic 2 of 12" looks like a count of right answers.
    return re.sub(r"</?mark>|topic \d+ of \d+", "", body.decode(errors="replace"))


def leaks(attempt: Attempt, texts: dict[str, str]) -> list[tuple[str, str]]:
    """Return path and text of everything that tells a key, a rationale, what was right, or the score."""
    codes = attempt.responses.values_list("revision__question__code", flat=True)
    telling = [f"The explanation of {code}" for code in codes] + ["Right: it is", "Wrong: it is"]
    telling += ['"key"', '"correct"', "PASS", "Passed", f"{attempt.report.scaled}", f"{attempt.report.raw} of "]
    return [
        (path, word)
        for path, text in texts.items()
        for word in telling
        # A whole word: the last digits of a UUID are no score.
        if re.search(rf"(?<!\w){re.escape(word)}\b", text)
    ]


@pytest.mark.slow
@pytest.mark.walk
@pytest.mark.parametrize("moment", [NOW + 6 * MINUTE, NOW + 79 * MINUTE])
def test_nothing_is_told_before_the_release(ana: Attempt, moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        texts = pages(ana)
    assert leaks(ana, texts) == []
    assert len(texts) > 40
    assert not RepetitionCard.objects.exists()


@pytest.mark.slow
@pytest.mark.walk
def test_the_same_pages_tell_it_after_the_release(ana: Attempt) -> None:
    with time_machine.travel(NOW + 80 * MINUTE, tick=False):
        found = {path for path, _word in leaks(ana, pages(ana))}
    for name in ("report", "review", "export"):
        assert reverse(name, args=[ana.uuid]) in found
    assert {"/account/data.zip", "/missed/", "/missed/cards.csv", "/history/", "/guide/search/?q=explanation"} <= found


@pytest.mark.slow
@pytest.mark.walk
def test_until_the_release_the_score_only_if_the_instructor_wants_it(ana: Attempt) -> None:
    Sitting.objects.update(before_release="score", review_opens_at=NOW + 100 * MINUTE)
    with time_machine.travel(NOW + 81 * MINUTE, tick=False):  # nobody can write any more
        client = browser(ana.candidate)
        texts = pages(ana)
        report = client.get(reverse("report", args=[ana.uuid])).content.decode()
    assert f"{ana.report.scaled}" in report
    assert "open" in report
    told = {word for _path, word in leaks(ana, texts)}
    assert told <= {f"{ana.report.scaled}", "PASS", "Passed"}


def test_practice_and_repetition_know_nothing_of_the_class_before_the_release(ana: Attempt) -> None:
    candidate = ana.candidate
    for moment, known in ((NOW + 79 * MINUTE, False), (NOW + 80 * MINUTE, True)):
        with time_machine.travel(moment, tick=False):
            repetition.update_cards(candidate.pk)
            assert bool(missed_questions(past_answers(candidate.pk))) is known
            assert RepetitionCard.objects.exists() is known


def disclosed(moment: datetime) -> bool:
    return Attempt.objects.disclosed(moment).exists()


def test_answers_open_at_the_latest_deadline_but_never_while_somebody_writes(ana: Attempt) -> None:
    sitting = Sitting.objects.get()
    assert sitting.latest_deadline == NOW + 80 * MINUTE
    assert (disclosed(NOW + 79 * MINUTE), disclosed(NOW + 80 * MINUTE)) == (False, True)
    late = factories.class_attempt(sitting, "Cleo", now=NOW + 59 * MINUTE)
    Attempt.objects.filter(pk=late.pk).update(deadline=NOW + 120 * MINUTE)  # time was given
    assert not disclosed(NOW + 110 * MINUTE)
    assert not disclosed(NOW + 120 * MINUTE)  # the grace period
    assert disclosed(NOW + 121 * MINUTE)


def test_without_an_end_the_instructor_releases(ana: Attempt) -> None:
    Sitting.objects.update(closes_at=None, latest_deadline=None)
    assert not disclosed(NOW + timedelta(days=100))
    sittings.release(Sitting.objects.get(), NOW + 10 * MINUTE)
    assert (disclosed(NOW + 9 * MINUTE), disclosed(NOW + 10 * MINUTE)) == (False, True)


def test_a_time_set_for_the_review_is_later_than_the_default(ana: Attempt) -> None:
    Sitting.objects.update(review_opens_at=NOW + timedelta(days=1))
    assert (disclosed(NOW + 90 * MINUTE), disclosed(NOW + timedelta(days=1))) == (False, True)


def test_a_private_exam_draws_no_question_of_the_class_before_the_release(ana: Attempt) -> None:
    blueprint = ana.form.blueprint
    of_class = set(ana.responses.values_list("revision", flat=True))
    with time_machine.travel(NOW + 6 * MINUTE, tick=False):
        private = attempts.start(StartRequest(ana.candidate, blueprint, NOW + 6 * MINUTE)).attempt
    assert not of_class.intersection(private.responses.values_list("revision", flat=True))


@pytest.mark.slow
def test_a_bank_with_no_other_questions_starts_no_private_exam_before_the_release() -> None:
    sitting = factories.sitting(factories.small_blueprint())
    attempt = factories.class_attempt(sitting)
    ending.finish(attempt, NOW + MINUTE)
    Question.objects.exclude(current__in=attempt.responses.values("revision")).update(status="retired")
    Bank.objects.update(version=F("version") + 1)
    for minute, starts in ((2, False), (60, True)):
        with time_machine.travel(NOW + minute * MINUTE, tick=False):
            client = browser(attempt.candidate)
            Guest.start(client, sitting.blueprint)
        assert Attempt.objects.filter(sitting=None).exists() is starts
