"""Test as an attacker: the result of one exam tells nothing about the answers of another one that is still open."""

import re
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import access
from exams.models import Attempt, Candidate
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.question_pool import pool_for
from questions.models import Blueprint, Enemy
from questions.services import blueprints
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.factories import NOW, handed_in, scored
from tests.html_forms import forms, text
from tests.sitting import Guest, browser
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

CLOCK = re.compile(r"\d?\d:\d\d(:\d\d)?")


def questions_of(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def start(client: Client, blueprint: Blueprint) -> Any:
    rules = client.get(reverse("exam", args=[blueprint.code]))
    form = next(form for form in forms(rules).values() if "pair" in dict(form.fields))
    return client.post(reverse("exam", args=[blueprint.code]), form.data())


def test_two_open_exams_share_no_question_and_have_no_enemies(guest: Guest, attempt: Attempt) -> None:
    """Otherwise the score of an exam with one answer says whether that answer is right in the other one too."""
    quiz = other_exam("QUIZ", "My own quiz")
    taken = questions_of(attempt)
    assert start(guest.client, quiz).status_code == 303
    drawn = questions_of(Attempt.objects.get(blueprint_code="QUIZ"))
    assert len(drawn) == 3
    assert not drawn & taken


@pytest.mark.slow
def test_an_exam_that_needs_the_questions_of_an_open_one_waits_for_its_end(guest: Guest, attempt: Attempt) -> None:
    quiz = other_exam("QUIZ", "My own quiz")
    larger = blueprints.make(replace(quiz.exam, scored=6), known_version=1, now=NOW)
    refused = start(guest.client, larger)
    assert refused.status_code == 409
    assert "It needs questions that are in an exam that you have not finished." in text(refused)
    assert reverse("attempt", args=[attempt.uuid]) in refused.text
    assert "more questions are needed" not in text(refused)
    assert Attempt.objects.count() == 1
    ending.finish(attempt, timezone.now())
    assert start(guest.client, larger).status_code == 303


@pytest.mark.slow
def test_an_enemy_of_a_question_of_the_open_exam_is_not_drawn(guest: Guest, attempt: Attempt) -> None:
    quiz = other_exam("QUIZ", "My own quiz")
    unused = sorted({item.question for item in pool_for(quiz).items} - questions_of(attempt))
    used = min(questions_of(attempt))
    Enemy.objects.create(low_id=min(used, unused[0]), high_id=max(used, unused[0]))
    larger = blueprints.make(replace(quiz.exam, scored=len(unused)), known_version=1, now=NOW)
    assert start(guest.client, larger).status_code == 409
    Enemy.objects.all().delete()
    assert start(guest.client, larger).status_code == 303


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_exams_started_at_the_same_moment_share_no_question() -> None:
    tiny = factories.small_blueprint(exams=3)
    quiz = other_exam("QUIZ", "My own quiz")
    for _ in range(10):
        candidate = factories.candidate()
        barrier = threading.Barrier(2)

        def begin(blueprint: Blueprint, candidate: Candidate = candidate, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(60)
            try:
                attempts.start(StartRequest(candidate, blueprint, NOW))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=begin, args=[blueprint]) for blueprint in (tiny, quiz)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        first, second = (questions_of(attempt) for attempt in Attempt.objects.filter(candidate=candidate))
        assert not first & second


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_the_first_two_exams_of_an_account_share_no_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """One start makes the candidate of the account; another one finds it before the first exam is committed."""
    user, posts = factories.user(), []
    tiny = factories.small_blueprint()
    larger = replace(other_exam("QUIZ", "My own quiz").exam, scored=5)
    for blueprint in (tiny, blueprints.make(larger, known_version=1, now=NOW)):
        client, address = Client(), reverse("exam", args=[blueprint.code])
        client.force_login(user)
        form = next(form for form in forms(client.get(address)).values() if "pair" in dict(form.fields))
        posts.append(partial(client.post, address, form.data()))
    begun, ended, record = threading.Event(), threading.Event(), attempts.record

    def record_slowly(*arguments: Any, **details: Any) -> Any:
        if not begun.is_set():
            begun.set()
            ended.wait(2)
        return record(*arguments, **details)

    def start_meanwhile() -> None:
        begun.wait(60)
        posts[1]()
        ended.set()

    monkeypatch.setattr(attempts, "record", record_slowly)
    in_threads(posts[0], start_meanwhile)
    assert [attempt.blueprint_code for attempt in Attempt.objects.filter(candidate__user=user)] == ["TINY"]


@pytest.mark.slow
def test_the_guest_beside_an_account_counts_too(quiz: Blueprint) -> None:
    guest, account = factories.candidate(), factories.candidate(factories.user())
    tiny = Blueprint.objects.current("TINY")
    running = factories.attempt(guest, tiny, now=timezone.now())
    client = browser(account)
    session = client.session
    session[access.PENDING_GUEST_KEY] = [guest.pk, guest.epoch]
    session.save()
    larger = blueprints.make(replace(quiz.exam, scored=6), known_version=1, now=NOW)
    assert start(client, larger).status_code == 409
    ending.finish(running, timezone.now())
    assert start(client, larger).status_code == 303


def test_the_report_form_does_not_show_a_question_in_the_exam_of_the_guest_beside() -> None:
    blueprint = factories.small_blueprint()
    finished = scored(handed_in(2, factories.candidate(factories.user()), blueprint))
    guest = factories.candidate()
    running = factories.attempt(guest, blueprint, now=timezone.now(), seed="another")
    shared = finished.responses.filter(revision__question__in=questions_of(running)).first()
    assert shared, "the small bank makes the two exams share questions"
    client = browser(finished.candidate)
    session = client.session
    session[access.PENDING_GUEST_KEY] = [guest.pk, guest.epoch]
    session.save()
    page = client.get(reverse("question_report", args=[finished.uuid, shared.position]))
    assert shared.revision.stem_html not in page.text


@pytest.mark.slow
def test_no_page_of_a_finished_exam_depends_on_the_key_of_a_question_that_an_open_one_repeats(settings: Any) -> None:
    """Each page is read with the answer right, then with another key: counts of filters, lists, pace, mastery.

    The report keeps its figures: it was shown, with the keys of the review, before the other exam was drawn.
    """
    blueprint = factories.small_blueprint()
    finished = scored(handed_in(3, blueprint=blueprint))
    finished.responses.update(first_shown=finished.started_at, seconds=900, trail="1@5;2@9;", flagged=True)
    shared = finished.responses.filter(choose=1, scored=True).first()
    assert shared
    running = factories.attempt(finished.candidate, blueprint, now=timezone.now(), seed="another")
    running.responses.filter(position=1).update(revision=shared.revision)
    client = browser(finished.candidate)
    review = reverse("review", args=[finished.uuid])
    paths = [
        *(review, f"{review}?show=missed", f"{review}?show=wrong&show=slow", f"{review}?show=scored&domain=1"),
        *(reverse(name) for name in ("front", "history", "progress", "practice", "missed", "notebook", "plan")),
        *(reverse("report", args=[finished.uuid]), reverse("export", args=[finished.uuid])),
        *(reverse("review_question", args=[finished.uuid, position]) for position in range(1, 6)),
    ]
    other_key = next(1 << bit for bit in shared.bits if 1 << bit != shared.ticked)
    pages = []
    for key in (shared.ticked, other_key):
        finished.responses.filter(pk=shared.pk).update(key=key)
        pages.append({path: CLOCK.sub("", text(client.get(path, follow=True))) for path in paths})
    assert pages[0] == pages[1]
