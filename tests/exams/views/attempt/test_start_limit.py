"""Test that a candidate can start only so many exams and practices, in an hour and in total."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
import time_machine
from django.conf import settings as project_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate
from exams.services.attempt import ending
from exams.services.people import candidates
from mlsprep import settings as defaults
from questions.models import Blueprint
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.html_forms import forms
from tests.sitting import browser
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(settings: Any, blueprint: Blueprint) -> Candidate:
    settings.LIMIT_STARTS = 3
    return factories.candidate(now=timezone.now())


def practice(client: Any, blueprint: Blueprint) -> Any:
    """Start practice, and end the one that is open for it, as the page offers."""
    open_one = Attempt.objects.open_practices().first()
    fields = {"end": str(open_one.uuid)} if open_one else {}
    return client.post(reverse("practice_start"), {"blueprint": blueprint.code, "new": "yes", "size": "2"} | fields)


def exam(client: Any, blueprint: Blueprint) -> Any:
    return at_rules(client, blueprint)()


def at_rules(client: Any, blueprint: Blueprint) -> Callable[[], Any]:
    """Read the rules of an exam. Return what its start button does."""
    address = reverse("exam", args=[blueprint.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    return partial(client.post, address, rules.data())


def test_thirty_in_an_hour_unless_the_operator_says_otherwise() -> None:
    assert defaults.LIMIT_STARTS == project_settings.LIMIT_STARTS == 30


@pytest.mark.slow
def test_practices_end_at_the_limit_with_a_sentence_and_the_open_one_goes_on(
    candidate: Candidate, blueprint: Blueprint
) -> None:
    client = browser(candidate)
    statuses = [practice(client, blueprint).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    assert Attempt.objects.count() == 3
    assert Attempt.objects.latest("pk").status == Attempt.Status.OPEN

    refused = practice(client, blueprint)
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "You can start 3 exams and practices in an hour, and you have." in refused.content.decode()
    assert "The next one can start in 60 minutes." in refused.content.decode()


@pytest.mark.slow
def test_a_network_in_the_exceptions_starts_more(candidate: Candidate, blueprint: Blueprint, settings: Any) -> None:
    settings.LIMIT_STARTS, settings.LIMIT_EXCEPTIONS = 1, {ip_network("203.0.113.0/24"): 2}
    client = browser(candidate)
    client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert [practice(client, blueprint).status_code for _ in range(3)] == [303, 303, 429]
    assert "You can start 2 exams and practices in an hour" in practice(client, blueprint).content.decode()


@pytest.mark.slow
def test_an_hour_later_the_next_one_starts(candidate: Candidate, blueprint: Blueprint) -> None:
    with time_machine.travel(timezone.now()) as clock:
        for _ in range(3):
            practice(browser(candidate), blueprint)
        clock.shift(timedelta(minutes=59))
        assert practice(browser(candidate), blueprint).status_code == 429
        clock.shift(timedelta(minutes=1))
        assert practice(browser(candidate), blueprint).status_code == 303


@pytest.mark.slow
def test_exams_and_practices_count_together(candidate: Candidate, blueprint: Blueprint) -> None:
    client = browser(candidate)
    assert exam(client, blueprint).status_code == 303
    ending.finish(Attempt.objects.get(), timezone.now())
    assert [practice(client, blueprint).status_code for _ in range(2)] == [303, 303]
    refused = exam(client, blueprint)
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert Attempt.objects.filter(mode="exam").count() == 1


def test_the_open_exam_is_still_reached_by_its_start_button(
    candidate: Candidate, blueprint: Blueprint, settings: Any
) -> None:
    client = browser(candidate)
    address = reverse("exam", args=[blueprint.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    settings.LIMIT_STARTS = 1
    started = factories.attempt(candidate, blueprint, now=timezone.now())
    response = client.post(address, rules.data())
    assert (response.status_code, response["Location"]) == (303, reverse("attempt", args=[started.uuid]))


def test_a_refusal_is_cheap(candidate: Candidate, blueprint: Blueprint, django_assert_num_queries: Any) -> None:
    client = browser(candidate)
    for _ in range(3):
        practice(client, blueprint)
    with django_assert_num_queries(7):
        assert practice(client, blueprint).status_code == 429


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_starts_sent_at_the_same_moment_the_limit_is_created_and_the_others_get_the_page(
    candidate: Candidate, blueprint: Blueprint
) -> None:
    quiz = other_exam("QUIZ", "My own quiz")
    exams = [at_rules(browser(candidate), chosen) for chosen in (blueprint, quiz)]
    practices = [partial(practice, browser(candidate), blueprint) for _ in range(8)]
    responses: list[Any] = []
    in_threads(*(lambda post=post: responses.append(post()) for post in (*exams, *practices)))
    assert Counter(response.status_code for response in responses) == {303: 3, 429: 7}
    assert Attempt.objects.filter(candidate=candidate, status=Attempt.Status.OPEN).count() == 3
    refused = [response for response in responses if response.status_code == 429]
    assert all(response["Retry-After"] for response in refused)
    assert all("You can start 3 exams and practices in an hour, and you have." in each.text for each in refused)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_first_starts_of_a_new_account_end_at_the_limit_too(blueprint: Blueprint, settings: Any) -> None:
    settings.LIMIT_STARTS = 3
    user = factories.user()
    clients = [Client() for _ in range(8)]
    for client in clients:
        client.force_login(user)
    statuses: list[int] = []
    in_threads(*(lambda client=client: statuses.append(practice(client, blueprint).status_code) for client in clients))
    assert Counter(statuses) == {303: 3, 429: 5}
    assert Candidate.objects.get(user=user).attempts.count() == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_start_buttons_of_one_exam_pressed_at_the_same_moment_all_lead_to_it(
    candidate: Candidate, blueprint: Blueprint, settings: Any
) -> None:
    settings.LIMIT_STARTS = 1
    posts = [at_rules(browser(candidate), blueprint) for _ in range(6)]
    places: list[Any] = []
    in_threads(*(lambda post=post: places.append(post().headers.get("Location")) for post in posts))
    assert set(places) == {reverse("attempt", args=[Attempt.objects.get().uuid])}


@pytest.mark.slow
def test_other_candidates_start(candidate: Candidate, blueprint: Blueprint) -> None:
    for _ in range(4):
        practice(browser(candidate), blueprint)
    other = browser(factories.candidate(now=timezone.now()))
    assert practice(other, blueprint).status_code == 303


# --- In total -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nobody_passes_the_limit_of_one_person_by_starting(
    candidate: Candidate, blueprint: Blueprint, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMIT_STARTS = 0
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 2)
    client = browser(candidate)
    assert [practice(client, blueprint).status_code for _ in range(3)] == [303, 303, 409]
    assert Attempt.objects.latest("pk").status == Attempt.Status.OPEN, "the practice that runs goes on"
    assert exam(client, blueprint).status_code == 409
    assert Attempt.objects.count() == 2

    page = practice(client, blueprint).content.decode()
    assert "You have 2 exams and practices, the most that one person can have, so nothing new can start." in page
    assert "start again as another guest" in page
    assert reverse("account") in page


def test_two_thousand_in_total() -> None:
    assert candidates.MAX_ATTEMPTS == 2_000


def test_a_second_click_on_the_last_start_leads_to_it(
    candidate: Candidate, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 1)
    client, address = browser(candidate), reverse("exam", args=[blueprint.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    first, second = (client.post(address, rules.data()) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]


def test_a_class_keeps_nobody_out_who_has_all_attempts(
    candidate: Candidate, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 0)
    sitting = factories.sitting(blueprint, opens_at=timezone.now(), closes_at=timezone.now() + timedelta(hours=1))
    participant = factories.joined(sitting, candidate_=candidate)
    client, address = browser(candidate), reverse("join_sitting", args=[sitting.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in dict(form.fields)]
    assert client.post(address, rules.data())["Location"] == reverse("attempt", args=[Attempt.objects.get().uuid])
    assert participant.candidate == candidate
