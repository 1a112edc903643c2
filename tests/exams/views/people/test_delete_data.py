"""Test that guests and accounts delete their data themselves, and what other tabs and browsers are told."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate
from exams.services.people import candidates
from questions.models import User
from tests import authoring, factories
from tests.accounts import code_of, first_question, log_in, sign_up, type_code
from tests.exams.views.attempt.syncing import answer, post
from tests.factories import PASSWORD
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
ANSWER = {"option": "0", "version": "0", "move": "stay"}


def page_of(response: Any) -> str:
    return " ".join(response.text.split())


def test_the_page_says_what_is_deleted_and_what_stays(client: Client, open_attempt: Attempt) -> None:
    assert reverse("delete_data") in client.get(reverse("account")).text
    page = page_of(client.get(reverse("delete_data")))
    assert code_of(open_attempt) in page
    for words in ("An exam is running.", "What is deleted", "What stays", "cannot be undone"):
        assert words in page
    assert Candidate.objects.get().erased_at is None


def test_a_guest_deletes_the_data_with_one_more_click(client: Client, open_attempt: Attempt) -> None:
    code = code_of(open_attempt)
    page = client.post(reverse("delete_data"), follow=True)
    assert page.request["PATH_INFO"] == reverse("front")
    assert "Your data was deleted." in page.text
    assert Candidate.objects.get().erased_at
    assert candidates.find_by_guest_code(code) is None
    assert client.get(reverse("history")).text.count("/attempts/") == 0
    assert client.post(reverse("delete_data")).status_code == 303  # a second click


def test_an_account_confirms_with_its_password(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    refused = client.post(reverse("delete_data"), {"password": "wrong"})
    assert refused.status_code == 400
    assert "This is not your current password." in refused.text
    assert 'aria-invalid="true" autofocus' in refused.text  # the field is far below, and focus brings it into view
    assert User.objects.exists()
    assert client.post(reverse("delete_data"), {"password": PASSWORD}).status_code == 303
    assert not User.objects.exists()
    assert Candidate.objects.get().erased_at
    assert log_in(client).status_code == 200  # the name is unknown now


def test_both_candidates_of_this_browser_are_erased(client: Client, two_open_exams: tuple[Attempt, Attempt]) -> None:
    assert client.post(reverse("delete_data"), {"password": PASSWORD}).status_code == 303
    assert Candidate.objects.filter(erased_at=None).count() == 0
    assert set(Attempt.objects.values_list("status", flat=True)) == {"abandoned"}


def test_an_account_with_a_role_is_told_who_can_help(client: Client) -> None:
    client.force_login(authoring.account("author", "Author"))
    page = client.get(reverse("delete_data"))
    assert "This account works on the question bank" in page.text
    assert 'name="password"' not in page.text
    assert client.post(reverse("delete_data"), {"password": PASSWORD}).status_code in (400, 409)
    assert User.objects.exists()


def test_without_data_the_page_leads_to_the_sign_in(client: Client) -> None:
    assert client.get(reverse("delete_data"))["Location"] == reverse("account_login")


class TestAnotherTab:
    """The room is open somewhere else while the data is deleted."""

    def check(self, browser: Client, attempt: Attempt) -> None:
        question = first_question(attempt)
        saved = browser.post(question, ANSWER)
        assert saved.status_code == 410
        assert "Your data was deleted" in saved.text
        assert "Your last change was not saved." in saved.text
        assert post(browser, attempt, answer(1, 0)).status_code == 410
        assert browser.get(question).status_code == 410
        assert browser.get(reverse("history")).status_code == 200
        assert attempt.responses.get(position=1).ticked == 0

    def test_of_this_browser(self, client: Client, open_attempt: Attempt) -> None:
        client.post(reverse("delete_data"))
        self.check(client, open_attempt)

    @pytest.mark.slow
    def test_of_another_browser_of_the_guest(self, client: Client, open_attempt: Attempt) -> None:
        phone = Client()
        type_code(phone, code_of(open_attempt))
        client.post(reverse("delete_data"))
        self.check(phone, open_attempt)

    @pytest.mark.slow
    def test_of_another_browser_of_the_account(self, client: Client, open_attempt: Attempt, elsewhere: Client) -> None:
        client.post(reverse("delete_data"), {"password": PASSWORD})
        self.check(elsewhere, open_attempt)

    @pytest.mark.slow
    def test_a_new_exam_starts_with_a_new_guest(self, client: Client, open_attempt: Attempt) -> None:
        client.post(reverse("delete_data"))
        blueprint = open_attempt.form.blueprint
        Guest.start(client, blueprint)
        new = Attempt.objects.exclude(pk=open_attempt.pk).get()
        assert new.candidate != open_attempt.candidate
        assert client.get(first_question(new)).status_code == 200
        assert client.get(first_question(open_attempt)).status_code == 404
        assert client.session.get_expiry_age() > 300 * 24 * 3600


@pytest.mark.slow
def test_a_stranger_still_gets_the_same_answer_as_for_a_missing_attempt(client: Client, open_attempt: Attempt) -> None:
    client.post(reverse("delete_data"))
    assert Client().get(first_question(open_attempt)).status_code == 404
    factories.user("bob")


def test_the_page_says_that_results_of_a_class_stay_without_the_name(client: Client, open_attempt: Attempt) -> None:
    assert "exams with a class" not in page_of(client.get(reverse("delete_data")))
    factories.joined(factories.sitting(name="Class 8c"), "Ana", open_attempt.candidate)
    page = page_of(client.get(reverse("delete_data")))
    assert "who sees 'Deleted' instead of your name: <b>Class 8c</b>." in page
