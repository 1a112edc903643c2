"""Test that a busy server puts off a start politely, and what becomes of the minutes in a class."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams import overload
from exams.models import Allowance, Attempt, Candidate, Participant, Sitting
from exams.services.attempt import ending
from exams.services.results import audit
from exams.views.attempt import busy
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW
from tests.html_forms import Form, forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@contextmanager
def too_much_to_do() -> Iterator[None]:
    """Let other requests occupy this process for longer than it is patient."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overload, "PATIENCE_SECONDS", -1)
        for number in range(overload.BUSY):
            overload.load.begin(f"192.0.2.{number}")
        yield
        for number in range(overload.BUSY):
            overload.load.end(f"192.0.2.{number}")


def start_form(client: Client, address: str) -> Form:
    return next(form for form in forms(client.get(address)).values() if "pair" in form.values)


def put_off(client: Client, address: str, data: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Post a form to the busy server; return the page, and what its form posts."""
    with too_much_to_do():
        page = client.post(address, data)
    return page, forms(page)["start"].data()


def test_a_start_waits_with_a_sentence_and_the_same_form_starts_it_later(client: Client, blueprint: Blueprint) -> None:
    address = reverse("exam", args=[blueprint.code])
    data = start_form(client, address).data()
    page, again = put_off(client, address, data)
    assert page.status_code == 503
    assert busy.RETRY_SECONDS[0] <= int(page["Retry-After"]) <= busy.RETRY_SECONDS[1]
    html = " ".join(page.content.decode().split())
    assert f"This page tries again by itself in {page['Retry-After']} seconds." in html
    assert f'data-seconds="{page["Retry-After"]}"' in html
    assert "Your clock has not started." in html
    assert not Candidate.objects.exists()
    assert client.post(address, again).status_code == 303
    assert Attempt.objects.get().started_at == NOW


def test_to_put_off_a_start_takes_the_query_for_the_exam_alone(
    client: Client, blueprint: Blueprint, django_assert_num_queries: Any
) -> None:
    address = reverse("exam", args=[blueprint.code])
    data = start_form(client, address).data()
    with too_much_to_do(), django_assert_num_queries(1):
        assert client.post(address, data).status_code == 503


def test_exams_that_run_are_answered(blueprint: Blueprint) -> None:
    attempt = factories.attempt(blueprint=blueprint)
    with too_much_to_do():
        page = browser(attempt.candidate).get(reverse("question", args=[attempt.uuid, 1]))
    assert page.status_code == 200


def test_practice_waits_too(blueprint: Blueprint) -> None:
    client = browser(factories.candidate(now=NOW))
    fields = {"blueprint": blueprint.code, "new": "yes", "size": "2"}
    page, again = put_off(client, reverse("practice_start"), fields)
    assert page.status_code == 503
    assert again["size"] == "2"
    assert not Attempt.objects.exists()


@pytest.fixture
def sitting() -> Sitting:
    """Return a class whose exam of 30 minutes ends for all in an hour."""
    return factories.sitting(factories.small_blueprint(exams=3))


def join(client: Client, sitting: Sitting) -> tuple[str, dict[str, Any]]:
    address = reverse("join_sitting", args=[sitting.code])
    return address, start_form(client, address).data() | {"name": "Ana"}


def test_a_class_gets_the_minutes_back_that_the_end_for_all_would_cut(
    client: Client, clock: Any, sitting: Sitting
) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 40 * MINUTE)
    for _ in range(9):  # 20 seconds each
        page, data = put_off(client, address, data)
        assert page.status_code == 503
        clock.shift(20)
    assert not Participant.objects.exists()
    assert client.post(address, data).status_code == 303
    attempt = Attempt.objects.get()
    assert attempt.started_at == NOW + 43 * MINUTE
    assert attempt.deadline == NOW + 63 * MINUTE, "20 minutes, as at the first click"
    assert [(row.minutes, row.reason) for row in attempt.allowances.all()] == [(3, Allowance.PUT_OFF)]
    assert list(audit.differences(NOW + 44 * MINUTE)) == []


def test_a_start_that_nothing_cuts_gets_nothing(client: Client, clock: Any, sitting: Sitting) -> None:
    address, data = join(client, sitting)
    _page, data = put_off(client, address, data)
    clock.shift(30)
    client.post(address, data)
    attempt = Attempt.objects.get()
    assert attempt.deadline == attempt.started_at + 30 * MINUTE
    assert not attempt.allowances.exists()


def test_who_was_put_off_before_the_last_start_can_start_after_it(client: Client, clock: Any) -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=3), last_start_at=NOW + 10 * MINUTE)
    address, data = join(client, sitting)
    clock.move_to(NOW + timedelta(minutes=9, seconds=50))
    _page, later = put_off(client, address, data)
    clock.shift(20)
    assert client.post(address, data).status_code == 409, "who was not put off cannot"
    assert client.post(address, later).status_code == 303


def test_no_score_is_shown_while_somebody_who_was_put_off_can_start(client: Client, clock: Any) -> None:
    """One refusal was kept until the scores of four made-up names had told a key, and started an exam after it."""
    sitting = factories.sitting(factories.small_blueprint(exams=3), last_start_at=NOW + 10 * MINUTE, closes_at=None)
    guess = factories.class_attempt(sitting, "Bea")
    ending.finish(guess, NOW + MINUTE)
    factories.scored(guess, NOW + MINUTE)
    report = reverse("report", args=[guess.uuid])
    address, data = join(client, sitting)
    clock.move_to(NOW + timedelta(minutes=9, seconds=50))
    for _ in range(7):
        _page, data = put_off(client, address, data)
        clock.shift(20)
        assert "Not passed" not in text(browser(guess.candidate).get(report, follow=True))
    assert client.post(address, data).status_code == 409
    clock.move_to(NOW + 14 * MINUTE)
    assert "Not passed: 100" in text(browser(guess.candidate).get(report, follow=True))


@pytest.mark.parametrize("is_read", [True, False])
def test_who_was_put_off_starts_after_the_end_for_all_only_while_the_answers_are_closed(
    client: Client, clock: Any, sitting: Sitting, is_read: bool
) -> None:
    other = factories.class_attempt(sitting, "Bea", now=NOW + 45 * MINUTE)
    if is_read:
        ending.finish(other, NOW + 50 * MINUTE)
    address, data = join(client, sitting)
    clock.move_to(NOW + timedelta(minutes=59, seconds=50))
    _page, data = put_off(client, address, data)
    clock.shift(15)
    review = browser(other.candidate).get(reverse("review", args=[other.uuid]))
    assert review.status_code == (200 if is_read else 302)
    page = client.post(address, data)
    assert page.status_code == (409 if is_read else 303)
    assert ("This exam is closed." in page.text) is is_read
    assert Attempt.objects.count() == Participant.objects.count() == (1 if is_read else 2)
    assert browser(other.candidate).get(review.request["PATH_INFO"]).status_code == review.status_code


@pytest.mark.parametrize("pauses", [[15 * 60], [55] * 6, [20, 20, 40]])
def test_who_comes_back_late_has_not_been_waiting(
    client: Client, clock: Any, sitting: Sitting, pauses: list[int]
) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 40 * MINUTE)
    for seconds in pauses:
        _page, data = put_off(client, address, data)
        clock.shift(seconds)
    client.post(address, data)
    assert not Attempt.objects.get().allowances.exists()


def test_who_pauses_between_two_refusals_has_waited_since_the_second_one(
    client: Client, clock: Any, sitting: Sitting
) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 40 * MINUTE)
    for seconds in (15, 300, 15):
        _page, data = put_off(client, address, data)
        clock.shift(seconds)
    client.post(address, data)
    assert Attempt.objects.get().allowances.get().minutes == 1


@pytest.mark.parametrize("end", ["closes_at", "last_start_at"])
def test_a_refusal_that_was_kept_starts_no_exam_after_the_end(client: Client, clock: Any, end: str) -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=3), **{end: NOW + 40 * MINUTE})
    factories.class_attempt(sitting, "Bea", now=NOW + 20 * MINUTE)  # who keeps the answers closed
    address, data = join(client, sitting)
    clock.move_to(NOW + 25 * MINUTE)
    while timezone.now() < NOW + 40 * MINUTE:
        _page, data = put_off(client, address, data)
        clock.shift(20)
    clock.shift(15)
    assert client.post(address, data).status_code == 409
    assert Attempt.objects.count() == 1


def test_refusals_before_the_opening_move_no_end(client: Client, clock: Any) -> None:
    sitting = factories.sitting(
        factories.small_blueprint(exams=3), opens_at=NOW + 15 * MINUTE, closes_at=NOW + 20 * MINUTE
    )
    address, data = join(client, sitting)
    while timezone.now() < NOW + timedelta(minutes=15, seconds=20):
        _page, data = put_off(client, address, data)
        clock.shift(20)
    client.post(address, data)
    attempt = Attempt.objects.get()
    assert attempt.started_at == NOW + timedelta(minutes=15, seconds=20)
    assert [row.minutes for row in attempt.allowances.all()] == [1], "the 20 seconds since the opening, as a minute"


def test_who_was_put_off_only_after_the_end_cannot_start(client: Client, clock: Any, sitting: Sitting) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 60 * MINUTE)
    for _try in range(6):
        _page, data = put_off(client, address, data)
        clock.shift(20)
    assert client.post(address, data).status_code == 409
    assert not Attempt.objects.exists()


def test_the_time_that_is_counted_has_an_end(client: Client, clock: Any, sitting: Sitting) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 30 * MINUTE)
    for _try in range(60):
        _page, data = put_off(client, address, data)
        clock.shift(20)
    client.post(address, data)
    assert Attempt.objects.get().allowances.get().minutes == 15


@pytest.mark.parametrize("changed", ["pair", "put_off"])
def test_minutes_of_another_start_or_invented_ones_count_nothing(
    client: Client, clock: Any, sitting: Sitting, changed: str
) -> None:
    address, data = join(client, sitting)
    clock.move_to(NOW + 40 * MINUTE)
    _page, later = put_off(client, address, data)
    clock.shift(30)
    other = {"pair": join(client, sitting)[1]["pair"], "put_off": later["put_off"] + "x"}
    client.post(address, later | {changed: other[changed]})
    assert Attempt.objects.get().deadline == NOW + 60 * MINUTE
