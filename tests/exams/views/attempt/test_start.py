"""Test starting an exam from its rules page: token, shortage, guests, and the resume of an attempt."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate, Form
from exams.services.attempt import ending
from mlsprep.settings import ACCOUNT_RATE_LIMITS
from questions.models import Blueprint, Question
from questions.services import lifecycle
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


def address(blueprint: Blueprint) -> str:
    return reverse("exam", args=[blueprint.code])


def form(client: Client, blueprint: Blueprint) -> dict[str, Any]:
    """Return the data that the rules page would post."""
    (rules,) = [form for form in forms(client.get(address(blueprint))).values() if "pair" in dict(form.fields)]
    return rules.data()


def post(client: Client, blueprint: Blueprint, data: dict[str, Any]) -> HttpResponse:
    return client.post(address(blueprint), data)


def keep(domain: int, count: int) -> None:
    """Retire all but `count` questions of this exam domain."""
    for question in Question.objects.filter(exam_domain__number=domain).order_by("pk")[count:]:
        lifecycle.retire([question], now=NOW, by=None)


def assert_nothing_created() -> None:
    for model in (Candidate, Session, Attempt, Form):
        assert not model.objects.exists(), model


def test_the_page_shows_the_rules_of_the_blueprint(client: Client, blueprint: Blueprint) -> None:
    html = client.get(address(blueprint)).content.decode()
    for words in (
        "45 minutes",
        "750 on 100–1000",
        "The clock starts when you start the exam. It does not stop.",
        "The clock keeps running if you leave",
        "counts as wrong. There is no penalty for guessing.",
        "You finish the exam and then confirm.",
        "practice estimate",
        "24 questions of the bank",
    ):
        assert words in html
    assert_nothing_created()


def test_an_unknown_exam_is_a_404(client: Client, blueprint: Blueprint) -> None:
    assert client.get(reverse("exam", args=["NONE-C99"])).status_code == 404
    assert client.post(reverse("exam", args=["NONE-C99"])).status_code == 404


def test_a_double_click_on_start_leads_to_the_same_first_question(client: Client, blueprint: Blueprint) -> None:
    data = form(client, blueprint)
    first, second = post(client, blueprint, data), post(client, blueprint, data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"] == reverse("attempt", args=[Attempt.objects.get().uuid])
    assert Candidate.objects.count() == 1


@pytest.mark.parametrize("pair", ["", "forged", "WyJhIiwiYiJd:1abc:sig"])
def test_a_forged_token_starts_nothing(client: Client, blueprint: Blueprint, pair: str) -> None:
    answer = post(client, blueprint, form(client, blueprint) | {"pair": pair})
    assert answer.status_code == 400
    assert "The exam has not started." in answer.content.decode()
    assert_nothing_created()


def test_a_page_older_than_a_day_starts_no_clock_and_is_shown_again(client: Client, blueprint: Blueprint) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        data = form(client, blueprint)
    answer = post(client, blueprint, data)
    assert answer.status_code == 400
    assert (
        "This page was open for more than a day, or the browser has forgotten it. Select Start exam again."
        in answer.content.decode()
    )
    assert_nothing_created()
    (again,) = [form for form in forms(answer).values() if "pair" in dict(form.fields)]
    assert post(client, blueprint, again.data()).status_code == 303


def test_a_bank_that_is_too_small_shows_the_missing_numbers_and_no_start_button(
    client: Client, blueprint: Blueprint
) -> None:
    keep(domain=1, count=2)
    keep(domain=2, count=0)
    page = client.get(address(blueprint))
    html = page.content.decode()
    assert "The exam cannot start: the bank has too few questions." in html
    assert "First things: 1 more question is needed." in html
    assert "Second things: 2 more questions are needed." in html
    assert not [form for form in forms(page).values() if "pair" in dict(form.fields)]


def test_a_bank_that_shrinks_after_the_rules_page_refuses_the_start_and_leaves_nothing_behind(
    client: Client, blueprint: Blueprint
) -> None:
    data = form(client, blueprint)
    keep(domain=2, count=1)
    answer = post(client, blueprint, data)
    assert answer.status_code == 409
    assert "Second things: 1 more question is needed." in answer.content.decode()
    assert_nothing_created()


def test_a_user_who_could_not_start_stays_signed_in_without_a_candidate(client: Client, blueprint: Blueprint) -> None:
    client.force_login(factories.user())
    data = form(client, blueprint)
    keep(domain=2, count=1)
    assert post(client, blueprint, data).status_code == 409
    assert not Candidate.objects.exists()
    assert client.get(reverse("account")).status_code == 200


@pytest.mark.slow
def test_an_existing_candidate_is_kept_when_the_bank_is_too_small(client: Client, blueprint: Blueprint) -> None:
    guest = Guest.start(client, blueprint)
    ending.abandon(Attempt.objects.get(), timezone.now())
    data = form(client, blueprint)
    keep(domain=2, count=1)
    assert post(client, blueprint, data).status_code == 409
    assert Candidate.objects.count() == 1
    guest.get(reverse("history"))
    assert "ended without a score" in guest.html


def test_without_guests_the_page_asks_to_sign_in(client: Client, blueprint: Blueprint, settings: Any) -> None:
    settings.GUESTS = False
    html = client.get(address(blueprint)).content.decode()
    assert "Sign in to start" in html
    assert "Start exam" not in html


@pytest.mark.slow
def test_a_former_guest_cannot_start_another_exam_when_guests_are_disabled(
    client: Client, blueprint: Blueprint, settings: Any
) -> None:
    Guest.start(client, blueprint)
    ending.abandon(Attempt.objects.get(), timezone.now())
    data = form(client, blueprint)
    settings.GUESTS = False
    answer = post(client, blueprint, data)
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('account_login')}?next={address(blueprint)}")
    assert Attempt.objects.count() == 1
    assert client.get(reverse("history")).status_code == 200  # the open exam is still there


def test_without_guests_a_user_can_start(client: Client, blueprint: Blueprint, settings: Any) -> None:
    settings.GUESTS = False
    client.force_login(factories.user())
    assert post(client, blueprint, form(client, blueprint)).status_code == 303


@pytest.mark.parametrize(("close", "page"), [(None, "question"), (ending.finish, "report"), (ending.abandon, "report")])
def test_the_url_of_an_attempt_redirects_by_its_state(
    client: Client, blueprint: Blueprint, close: Any, page: str
) -> None:
    guest = Guest.start(client, blueprint)
    attempt = Attempt.objects.get()
    if close:
        close(attempt, timezone.now())
    guest.get(reverse("attempt", args=[attempt.uuid]))
    assert guest.path == reverse(page, args=[attempt.uuid, 1] if page == "question" else [attempt.uuid])


class TestTheTokenBelongsToOneBrowser:
    def test_another_browser_cannot_use_it(self, client: Client, blueprint: Blueprint) -> None:
        data = form(client, blueprint)
        answer = post(Client(), blueprint, data)
        assert answer.status_code == 400
        assert "The exam has not started." in answer.content.decode()
        assert_nothing_created()

    def test_another_browser_cannot_join_the_exam_that_was_started_with_it(
        self, client: Client, blueprint: Blueprint
    ) -> None:
        data = form(client, blueprint)
        post(client, blueprint, data)
        stranger = Client()
        form(stranger, blueprint)  # has a token of its own
        assert post(stranger, blueprint, data).status_code == 400
        assert stranger.get(reverse("attempt", args=[Attempt.objects.get().uuid])).status_code == 404


@pytest.mark.usefixtures("empty_cache")
class TestNewGuestsOfOneAddress:
    @pytest.mark.slow
    @pytest.mark.walk
    def test_a_class_of_60_starts_within_a_minute_and_120_do_not(self, blueprint: Blueprint, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS
        statuses = []
        with time_machine.travel(timezone.now(), tick=False):
            for _ in range(120):
                browser = Client()
                statuses.append(post(browser, blueprint, form(browser, blueprint)).status_code)
        assert statuses == [303] * 100 + [429] * 20
        assert Candidate.objects.count() == 100

    @pytest.mark.slow
    def test_the_page_says_when_to_try_again_and_known_guests_start(
        self, client: Client, blueprint: Blueprint, settings: Any
    ) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"guest_start": "1/m/ip"}
        known = Guest.start(client, blueprint)
        stranger = Client()
        answer = post(stranger, blueprint, form(stranger, blueprint))
        assert answer.status_code == 429
        assert "Wait a minute, then select Start exam again." in answer.content.decode()
        ending.abandon(Attempt.objects.get(), timezone.now())
        assert Guest.start(known.client, blueprint).path.endswith("/questions/1/")
        account = Client()
        account.force_login(factories.user())
        assert Guest.start(account, blueprint).path.endswith("/questions/1/")


@pytest.mark.slow
def test_the_first_exam_starts_without_a_prediction_and_later_ones_with_one(
    client: Client, blueprint: Blueprint
) -> None:
    post(client, blueprint, form(client, blueprint))
    first = Attempt.objects.get()
    assert first.predicted is None
    factories.tick(first, right=4)
    ending.finish(first, timezone.now() + timedelta(minutes=9))  # sooner, it would predict nothing
    post(client, blueprint, form(client, blueprint))
    second = Attempt.objects.latest("pk")
    assert second.predicted is None  # the first exam has no score yet
    ending.abandon(second, timezone.now())
    factories.scored(first)
    post(client, blueprint, form(client, blueprint))
    predicted = Attempt.objects.latest("pk").predicted
    assert predicted is not None
    assert 0.5 < predicted < 1


def test_an_exam_full_of_repeats_predicts_nothing(client: Client, blueprint: Blueprint) -> None:
    post(client, blueprint, form(client, blueprint))
    attempt = Attempt.objects.get()
    attempt.responses.update(repeat=True)
    ending.finish(attempt, timezone.now())
    factories.scored(attempt)
    post(client, blueprint, form(client, blueprint))
    assert Attempt.objects.latest("pk").predicted is None
