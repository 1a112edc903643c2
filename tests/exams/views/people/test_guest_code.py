"""Test the guest code: continue in another browser, merge exams, rate limits."""

from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate
from exams.services.people import candidates
from tests import factories
from tests.accounts import code_of, first_question, log_in, type_code
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def finish(client: Client, attempt: Attempt) -> None:
    client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})


def test_a_guest_code_opens_the_running_exam_in_another_browser(client: Client, open_attempt: Attempt) -> None:
    phone = Client()
    assert phone.get(first_question(open_attempt)).status_code == 404
    response = type_code(phone, code_of(open_attempt).lower())
    assert (response.status_code, response["Location"]) == (303, reverse("attempt", args=[open_attempt.uuid]))
    assert phone.get(first_question(open_attempt)).status_code == 200
    assert client.get(first_question(open_attempt)).status_code == 200


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_guest_code_leads_to_the_same_question(client: Client, open_attempt: Attempt, signed_in: bool) -> None:
    client.post(first_question(open_attempt), {"option": "0", "version": "0", "move": "next"})
    phone = Client()
    if signed_in:
        phone.force_login(factories.user())
    response = phone.post(reverse("guest_code"), {"code": code_of(open_attempt)}, follow=True)
    assert response.request["PATH_INFO"] == reverse("question", args=[open_attempt.uuid, 2])


def test_a_guest_code_without_a_running_exam_leads_to_the_history(client: Client, open_attempt: Attempt) -> None:
    finish(client, open_attempt)
    response = type_code(Client(), code_of(open_attempt))
    assert (response.status_code, response["Location"]) == (303, reverse("history"))


def test_several_running_exams_of_a_guest_are_listed(client: Client, open_attempt: Attempt) -> None:
    other = factories.small_blueprint(code="OTHER")
    factories.attempt(open_attempt.candidate, other, now=timezone.now())
    response = type_code(Client(), code_of(open_attempt))
    assert (response.status_code, response["Location"]) == (303, reverse("account"))


def test_a_code_of_another_length_is_refused_with_the_number_of_characters(client: Client) -> None:
    for typed, count in (("7k3m", 4), ("7K3M-9Q2D-V0XA-1", 13)):
        response = type_code(client, typed)
        assert response.status_code == 422
        assert f"A code has 12 characters. You entered {count}." in response.text


def test_history_and_account_show_the_code(client: Client, open_attempt: Attempt) -> None:
    for page in ("history", "account", "leave"):
        assert code_of(open_attempt) in client.get(reverse(page)).text


@pytest.mark.slow
def test_a_code_merges_the_exams_of_two_browsers(client: Client, open_attempt: Attempt) -> None:
    finish(client, open_attempt)
    phone = Client()
    Guest.seated(phone, open_attempt.form.blueprint)
    type_code(phone, code_of(open_attempt))
    assert Candidate.objects.count() == 1
    assert phone.get(reverse("history")).text.count("/attempts/") == 2


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_code_that_would_give_somebody_too_many_attempts_is_refused(
    client: Client, open_attempt: Attempt, monkeypatch: pytest.MonkeyPatch, signed_in: bool
) -> None:
    """Without a limit, one history could grow by the guests of a whole network."""
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 1)
    finish(client, open_attempt)
    phone, account = Client(), factories.user()
    if signed_in:
        factories.attempt(factories.candidate(account), open_attempt.form.blueprint)
        phone.force_login(account)
    else:
        Guest.seated(phone, open_attempt.form.blueprint)
    response = type_code(phone, code_of(open_attempt))
    assert response.status_code == 409
    assert "more than 1 attempts, the most that one person can have. Nothing was moved." in response.text
    assert [row.attempts.count() for row in Candidate.objects.all()] == [1, 1]
    assert type_code(Client(), code_of(open_attempt)).status_code == 303, "the guest goes on"


@pytest.mark.slow
def test_who_signs_in_keeps_a_guest_with_too_many_attempts_in_this_browser(
    client: Client, open_attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(client, open_attempt)
    factories.attempt(factories.candidate(factories.user()), open_attempt.form.blueprint)
    monkeypatch.setattr(candidates, "MAX_ATTEMPTS", 1)
    assert log_in(client).status_code == 302
    assert "Nothing was moved." in client.get(reverse("front")).text
    assert client.get(reverse("attempt", args=[open_attempt.uuid]), follow=True).status_code == 200
    refused = type_code(client, code_of(open_attempt))
    assert (refused.status_code, "Nothing was moved." in refused.text) == (409, True)
    monkeypatch.undo()
    client.post(reverse("guest_code"), {"code": ""})
    assert Candidate.objects.get().attempts.count() == 2


def test_unknown_erased_and_merged_codes_get_the_same_message(client: Client, open_attempt: Attempt) -> None:
    erased, joined = factories.candidate(), factories.candidate()
    codes = ["0000-0000-0000", candidates.guest_code(erased), candidates.guest_code(joined)]
    Candidate.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    candidates.claim(factories.user(), joined)
    responses = [type_code(Client(), code) for code in codes]
    assert [response.status_code for response in responses] == [422] * 3
    sentences = {response.context["error"] for response in responses}
    assert len(sentences) == 1
    assert "No guest has this code." in responses[0].text


def test_markup_in_a_code_is_escaped(client: Client) -> None:
    page = type_code(client, '"><script>').text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.slow
def test_wrong_codes_are_throttled_and_right_ones_are_not(client: Client, open_attempt: Attempt) -> None:
    for _ in range(12):
        assert type_code(Client(), code_of(open_attempt)).status_code == 303
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [type_code(Client(), "0000-0000-0000").status_code for _ in range(11)] == [422] * 10 + [429]
        refused = type_code(Client(), code_of(open_attempt))
        assert refused.status_code == 429
        assert "Wait a minute" in refused.text
        assert type_code(Client(REMOTE_ADDR="192.0.2.7"), code_of(open_attempt)).status_code == 303
        clock.shift(61)
        assert type_code(Client(), code_of(open_attempt)).status_code == 303


@pytest.mark.slow
def test_no_browser_uses_up_the_guest_codes_of_its_network(open_attempt: Attempt) -> None:
    """A school has one address. Codes are too long to be found by as many guesses as the server can answer."""
    stranger = Client()
    for n in range(300):
        if n % 10 == 0:
            stranger.cookies["csrftoken"] = f"{n:032}"
        assert type_code(stranger, "0000-0000-0000").status_code == 422
    assert type_code(Client(), code_of(open_attempt)).status_code == 303
    assert candidates.CODE_BITS >= 60


@pytest.mark.slow
def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(client: Client, settings: Any) -> None:
    def try_ten(by: Client, *, forwarded: str) -> int:
        for _ in range(10):
            by.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": forwarded})
        return by.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": "198.51.100.9"}).status_code

    client.get(reverse("guest_code"))  # the browser counts by its cookie and address
    assert try_ten(client, forwarded="198.51.100.1") == 429
    caches["counters"].clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert try_ten(client, forwarded="198.51.100.1") == 422


def test_a_request_that_bypassed_the_proxies_is_not_an_error(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    response = client.post(reverse("guest_code"), {"code": "x"}, headers={"x-forwarded-for": "198.51.100.1"})
    assert response.status_code == 422


def test_without_guests_a_code_requires_an_account(client: Client, open_attempt: Attempt, settings: Any) -> None:
    settings.GUESTS = False
    browser = Client()
    assert "This server does not accept guests." in browser.get(reverse("guest_code")).text
    assert type_code(browser, code_of(open_attempt)).status_code == 403
    browser.force_login(factories.user())
    assert type_code(browser, code_of(open_attempt)).status_code == 303
    assert browser.get(first_question(open_attempt)).status_code == 200


def test_a_guest_whose_code_somebody_has_read_gets_a_new_one_and_ends_the_other_browsers(
    client: Client, open_attempt: Attempt
) -> None:
    read, thief = code_of(open_attempt), Client()
    type_code(thief, read)
    page = client.post(reverse("account"), {"new_code": "yes"}, follow=True)
    open_attempt.candidate.refresh_from_db()
    new = code_of(open_attempt)
    assert new != read
    assert new in page.text
    assert "The one before leads nowhere any more." in page.text
    assert client.get(first_question(open_attempt)).status_code == 200
    assert thief.get(first_question(open_attempt)).status_code == 401
    assert type_code(Client(), read).status_code == 422
    assert type_code(Client(), new).status_code == 303
    assert thief.post(reverse("account"), {"new_code": "yes"})["Location"] == reverse("account_login")


def test_nobody_gets_a_new_code_while_it_is_not_shown() -> None:
    attempt = factories.class_attempt(factories.sitting())
    guest = browser(attempt.candidate)
    before = code_of(attempt)
    guest.post(reverse("account"), {"new_code": "yes"})
    attempt.candidate.refresh_from_db()
    assert code_of(attempt) == before
