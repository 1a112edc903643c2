"""Test the page for requests without a valid CSRF token: it repeats only fields that a page of this site has posted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import candidates
from tests import factories
from tests.html_forms import forms
from tests.sitting import Guest, browser

HERE = "http://testserver"
ELSEWHERE = "https://evil.example"
PLAIN_PAGE = "This form cannot be sent"
RESEND_PAGE = "Send the form again"


@pytest.fixture
def strict_browser(attempt: Attempt) -> Client:
    """Return the candidate's browser, with the CSRF check that the test client skips."""
    client = browser(attempt.candidate)
    client.handler.enforce_csrf_checks = True
    return client


def post(client: Client, path: str, data: dict[str, Any], **headers: str) -> Any:
    """Post with a token from before a sign-in in another tab."""
    return client.post(path, {"csrfmiddlewaretoken": "a" * 64, **data}, headers=headers)


def question_path(attempt: Attempt) -> str:
    return reverse("question", args=[attempt.uuid, 1])


class TestAnOutdatedPageOfTheRoom:
    @pytest.mark.parametrize(
        "headers", [{"origin": HERE}, {"referer": f"{HERE}/attempts/"}, {"origin": HERE, "referer": f"{HERE}/"}]
    )
    def test_the_answer_can_be_sent_again_with_one_click(
        self, strict_browser: Client, guest: Guest, attempt: Attempt, headers: dict[str, str]
    ) -> None:
        option = guest.tick(0)
        data = {"option": option, "version": "0", "move": "next"}
        page = post(strict_browser, question_path(attempt), data, **headers)
        assert (page.status_code, page["Cache-Control"]) == (403, "no-store")
        assert RESEND_PAGE in page.text
        (form,) = [form for form in forms(page).values() if form.action == question_path(attempt)]
        answer = strict_browser.post(form.action, form.data(ticks=option), headers={"origin": HERE})
        assert answer.status_code == 303
        assert attempt.responses.get(position=1).ticked == 1 << int(option[0])

    def test_the_finish_can_be_sent_again_with_one_click(self, strict_browser: Client, attempt: Attempt) -> None:
        page = post(strict_browser, reverse("finish", args=[attempt.uuid]), {"finish": "yes"}, origin=HERE)
        assert RESEND_PAGE in page.text
        assert 'name="finish" value="yes"' in page.text

    def test_the_origin_of_the_public_url_is_this_site(
        self, strict_browser: Client, attempt: Attempt, settings: Any
    ) -> None:
        settings.CSRF_TRUSTED_ORIGINS = ["https://exams.example.org"]
        page = post(strict_browser, question_path(attempt), {"version": "0"}, origin="https://exams.example.org")
        assert RESEND_PAGE in page.text


class TestAPageElsewhere:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": ELSEWHERE},
            {"origin": "null"},
            {"referer": f"{ELSEWHERE}/{HERE}"},
            {"referer": f"{HERE}.evil.example/"},
            {"origin": ELSEWHERE, "referer": f"{HERE}/"},
            {"origin": "https://testserver"},
            {"referer": "http://[broken"},
            {},
        ],
    )
    def test_fields_posted_to_the_room_are_not_repeated(
        self, strict_browser: Client, attempt: Attempt, headers: dict[str, str]
    ) -> None:
        page = post(strict_browser, question_path(attempt), {"clear": "yes", "version": "0"}, **headers)
        assert page.status_code == 403
        assert PLAIN_PAGE in page.text
        assert 'name="clear"' not in page.text
        assert "csrfmiddlewaretoken" not in page.text

    @pytest.mark.parametrize("origin", [HERE, ELSEWHERE])
    def test_fields_posted_to_another_page_are_not_repeated(self, attempt: Attempt, origin: str) -> None:
        superuser = factories.user("root-of-all", is_superuser=True, is_staff=True)
        author = factories.user("author")
        client = Client(enforce_csrf_checks=True)
        client.force_login(superuser)
        exam = reverse("exam", args=[attempt.form.blueprint.code])
        forged = {
            reverse("admin:questions_user_change", args=[author.pk]): {"is_superuser": "on"},
            reverse("guest_code"): {"code": candidates.guest_code(factories.candidate())},
            reverse("account_login"): {"login": "mallory", "password": factories.PASSWORD},
            reverse("account_signup"): {"username": "mallory", "password1": factories.PASSWORD},
            reverse("leave"): {"leave": "yes"},
            exam: {"pair": "forged"},
            "/no-such-page/": {"field": "forged"},
        }
        for path, data in forged.items():
            page = post(client, path, data, origin=origin)
            assert page.status_code in (403, 404), path
            assert 'method="post" action="' + path not in page.text, path
            for name, value in data.items():
                assert f'name="{name}" value="{value}"' not in page.text, path
        author.refresh_from_db()
        assert not author.is_superuser


def test_the_plain_page_explains_what_to_do_and_names_the_setting_for_the_operator(
    strict_browser: Client, attempt: Attempt
) -> None:
    page = post(strict_browser, question_path(attempt), {"version": "0"}, origin=ELSEWHERE)
    assert page["Cache-Control"] == "no-store"
    assert "Nothing was changed." in page.text
    assert "PUBLIC_URL" in page.text
