"""Test starting practice without an account: new guests, their limits, and the button of the front page."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from exams.models import Attempt, Candidate, Form
from questions.models import Blueprint
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.starting import START, pair, start
from tests.html_forms import forms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("after_the_exam")]


@pytest.mark.slow
def test_a_visitor_becomes_a_guest_and_ten_clicks_start_one_practice(client: Client, blueprint: Blueprint) -> None:
    token = pair(client, blueprint)
    assert not Candidate.objects.exists()
    urls = {start(client, blueprint, kind="try", pair=token).url for _ in range(1)}
    second = Client()
    second.cookies["csrftoken"] = client.cookies["csrftoken"].value  # the same browser, before its session arrived
    urls.add(start(second, blueprint, kind="try", pair=token).url)
    assert len(urls) == 1
    assert (Candidate.objects.count(), Attempt.objects.count()) == (1, 1)
    assert client.get(urls.pop(), follow=True).status_code == 200


@pytest.mark.slow
def test_a_visitor_from_a_public_page_gets_the_form_with_the_same_filters(client: Client, blueprint: Blueprint) -> None:
    response = start(client, blueprint, topic="tiny-1-3", size="5")
    assert (response.status_code, response.url) == (303, "/practice/?exam=TINY&topic=tiny-1-3&size=5")
    builder = forms(client.get(response.url))["builder"]
    assert client.post(START, builder.data()).status_code == 303
    assert Attempt.objects.get().responses.count() == 1


@pytest.mark.slow
def test_nothing_is_created_for_a_visitor_who_cannot_start(client: Client, blueprint: Blueprint) -> None:
    token = pair(client, blueprint)
    assert start(client, blueprint, pair=token, state="wrong").status_code == 409
    for model in (Candidate, Session, Attempt, Form):
        assert not model.objects.exists(), model


@pytest.mark.slow
def test_new_guests_are_throttled(client: Client, blueprint: Blueprint, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"guest_start": "1/m/ip"}
    other = Client()
    assert start(client, blueprint, pair=pair(client, blueprint)).status_code == 303
    response = start(other, blueprint, pair=pair(other, blueprint))
    assert response.status_code == 429
    assert "Too many guests have started from your address." in response.content.decode()
    assert Candidate.objects.count() == 1


def test_without_guests_a_visitor_signs_in_first(client: Client, blueprint: Blueprint, settings: Any) -> None:
    settings.GUESTS = False
    response = start(client, blueprint)
    assert "/accounts/login/" in response.url


@pytest.mark.slow
def test_try_10_from_the_front_page_without_an_account(client: Client, blueprint: Blueprint) -> None:
    factories.small_blueprint(code="BIG", default=True, exams=3)
    front = client.get("/")
    assert not Candidate.objects.exists()
    (button,) = [form for form in forms(front).values() if dict(form.fields).get("kind") == "try"]
    assert button.buttons[0].text.strip().startswith("Try 10")
    response = client.post(button.action, button.data(), follow=True)
    attempt = Attempt.objects.get()
    assert response.request["PATH_INFO"] == f"/attempts/{attempt.uuid}/questions/1/"
    assert (attempt.practice_kind, attempt.responses.count()) == ("try", 10)
    assert attempt.candidate.user is None


def test_the_front_page_offers_no_practice_where_there_is_none(client: Client, blueprint: Blueprint) -> None:
    exam = factories.small_blueprint(code="BIG", default=True, exams=3)
    Blueprint.objects.filter(pk=exam.pk).update(spec={**exam.spec, "practice": []})
    raise_bank_version()
    assert "Try 10" not in client.get("/").content.decode()
