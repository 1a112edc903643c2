"""Test what a start form does that is sent again, by a second click or by another browser that knows form and cookie.

Both can be older than the start: a colleague can read them at a shared computer before somebody else sits down there.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Sitting
from tests import factories
from tests.accounts import log_in, sign_up
from tests.class_browsers import (
    HOME,
    QUESTION,
    SCHOOL,
    continue_here,
    kinds,
    log,
    open_room,
    start_form,
    the_attempt,
    ticked,
)
from tests.factories import NOW
from tests.html_forms import text
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

type Post = Callable[[Client, str], Any]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sitting(db: None) -> Sitting:
    return factories.sitting(factories.small_blueprint(exams=3))


def to_the_class(client: Client, pair: str) -> Any:
    address = reverse("join_sitting", args=[Sitting.objects.get().code])
    return client.post(address, {"pair": pair, "name": "Ana"}, follow=True)


def to_a_mock_exam(client: Client, pair: str) -> Any:
    code = Sitting.objects.get().blueprint.code
    return client.post(reverse("exam", args=[code]), {"pair": pair}, follow=True)


def to_practice(client: Client, pair: str) -> Any:
    quiz = {"blueprint": Sitting.objects.get().blueprint.code, "kind": "quiz", "feedback": "each", "size": "3"}
    return client.post(reverse("practice_start"), quiz | {"new": "yes", "pair": pair}, follow=True)


def copied(client: Client, sitting: Sitting, address: str = HOME) -> tuple[Client, str]:
    """Return another browser with the cookie of this one, and the token of its page."""
    form = start_form(client, reverse("join_sitting", args=[sitting.code]))
    other = Client(REMOTE_ADDR=address)
    other.cookies["csrftoken"] = client.cookies["csrftoken"].value
    return other, dict(form.fields)["pair"]


FORMS = pytest.mark.parametrize("send", [to_the_class, to_a_mock_exam, to_practice])


@FORMS
def test_later_the_form_leads_another_browser_to_nobody(sitting: Sitting, clock: Any, send: Post) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    other, pair = copied(first, sitting)
    ana = Guest(first, to_the_class(first, pair))
    clock.shift(timedelta(seconds=11))
    send(other, pair)
    data = {"option": ana.answer()[0], "version": "0", "move": "stay"}
    assert [other.get(ana.path).status_code, other.post(ana.path, data).status_code] == [404, 404]
    assert other.post(reverse("finish", args=[the_attempt().uuid]), {"finish": "yes"}).status_code == 404
    assert (the_attempt().status, ticked(), kinds()) == ("open", 0, [])


@pytest.mark.slow
@FORMS
def test_at_once_it_leads_a_browser_of_another_network_to_the_question_of_the_seat(
    sitting: Sitting, clock: Any, send: Post
) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    other, pair = copied(first, sitting)
    ana = Guest(first, to_the_class(first, pair))
    clock.shift(timedelta(seconds=5))
    send(other, pair)
    assert QUESTION in text(open_room(other))
    assert other.post(ana.path, {"option": ana.answer()[0], "version": "0", "move": "stay"}).status_code == 409
    assert not ticked()
    continue_here(other)
    assert [(kind, data["address"]) for kind, data in log()] == [("taken_over", "2001:db8:1::x")]


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [to_a_mock_exam, to_practice])
def test_a_start_before_that_of_the_class_names_no_seat_for_another_browser(
    sitting: Sitting, clock: Any, earlier: Post
) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    other, pair = copied(first, sitting, SCHOOL)
    earlier(first, pair)
    (mine,) = Attempt.objects.all()
    form = start_form(first, reverse("join_sitting", args=[sitting.code]))
    ana = Guest(first, to_the_class(first, dict(form.fields)["pair"]))
    earlier(other, pair)
    sat = Attempt.objects.exclude(pk=mine.pk).get()
    assert QUESTION in text(other.get(reverse("attempt", args=[sat.uuid]), follow=True))
    assert other.post(ana.path, {"version": "0", "move": "stay"}).status_code == 409


@pytest.mark.slow
def test_a_form_that_started_nothing_gives_nobody_the_seat(sitting: Sitting, clock: Any) -> None:
    """Ana has an exam of the class running when she sends the form, so no attempt has the number on it."""
    first, second = Client(REMOTE_ADDR=SCHOOL), Client(REMOTE_ADDR=SCHOOL)
    sign_up(first)
    log_in(second)
    third, pair = copied(second, sitting, SCHOOL)
    to_the_class(first, copied(first, sitting)[1])
    to_the_class(second, pair)
    continue_here(second)
    log_in(third)
    third.cookies["csrftoken"] = second.cookies["csrftoken"].value
    to_the_class(third, pair)
    assert QUESTION in text(open_room(third))


@pytest.mark.slow
@FORMS
def test_nor_does_the_form_give_the_seat_to_another_browser_of_an_account(
    sitting: Sitting, clock: Any, send: Post
) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    sign_up(first)
    other, pair = copied(first, sitting)
    ana = Guest(first, to_the_class(first, pair))
    clock.shift(timedelta(minutes=2))
    log_in(other)
    other.cookies["csrftoken"] = first.cookies["csrftoken"].value
    page = send(other, pair)
    assert ana.path not in [address for address, _status in page.redirect_chain]
    assert QUESTION in text(open_room(other))
    assert other.post(ana.path, {"option": ana.answer()[0], "version": "0", "move": "stay"}).status_code == 409
    assert (ticked(), kinds()) == (0, [])


@pytest.mark.slow
def test_a_double_click_on_start_keeps_the_seat(sitting: Sitting, clock: Any) -> None:
    """Two sessions are created, and the browser keeps that of the second response."""
    first = Client(REMOTE_ADDR=SCHOOL)
    second, pair = copied(first, sitting, SCHOOL)
    to_the_class(first, pair)
    clock.shift(timedelta(seconds=2))
    Guest(second, to_the_class(second, pair)).press("move", "next")
    assert (the_attempt().position, kinds(), Candidate.objects.count()) == (2, [], 1)


@pytest.mark.slow
def test_but_not_if_the_exam_continues_elsewhere_by_then(sitting: Sitting, clock: Any) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    second, pair = copied(first, sitting, SCHOOL)
    third, _pair = copied(first, sitting)
    to_the_class(first, pair)
    to_the_class(third, pair)
    continue_here(third)
    to_the_class(second, pair)
    assert QUESTION in text(open_room(second))


def test_a_double_click_on_start_outside_of_a_class_goes_on(sitting: Sitting, clock: Any) -> None:
    first = Client(REMOTE_ADDR=SCHOOL)
    second, pair = copied(first, sitting, SCHOOL)
    to_a_mock_exam(first, pair)
    Guest(second, to_a_mock_exam(second, pair)).press("move", "next")
    assert (the_attempt().position, Candidate.objects.count()) == (2, 1)
