"""Test the receivers: sign-in claims the guest's exams, and account changes end sessions."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Response
from questions.models import User
from tests import factories
from tests.accounts import first_question, is_signed_in, log_in, sign_up
from tests.factories import PASSWORD
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.mark.slow
def test_sign_in_on_another_browser_continues_the_open_exam(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    phone = Client()
    log_in(phone)
    assert phone.get(reverse("attempt", args=[open_attempt.uuid]))["Location"] == first_question(open_attempt)


@pytest.mark.slow
def test_a_browser_signed_in_before_the_first_exam_finds_it(client: Client) -> None:
    factories.user()
    phone = Client()
    log_in(phone)
    log_in(client)
    Guest.start(client, factories.small_blueprint())
    attempt = Attempt.objects.get()
    assert phone.get(first_question(attempt)).status_code == 200
    assert phone.post(first_question(attempt), {"option": "0", "version": "0", "move": "next"}).status_code == 303


@pytest.mark.slow
def test_sign_in_moves_the_guests_exams(client: Client, open_attempt: Attempt) -> None:
    alice = factories.user()
    own_attempt = factories.candidate(alice)
    log_in(client)
    open_attempt.refresh_from_db()
    assert open_attempt.candidate == own_attempt
    assert client.get(first_question(open_attempt)).status_code == 200


@pytest.mark.slow
def test_a_users_session_lasts_60_days(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    left = Session.objects.get().expire_date - timezone.now()
    assert left / timedelta(days=1) == pytest.approx(60, abs=0.01)
    client.post(reverse("account_logout"))
    log_in(client)
    left = Session.objects.get().expire_date - timezone.now()
    assert left / timedelta(days=1) == pytest.approx(60, abs=0.01)


@pytest.mark.slow
def test_a_new_password_ends_other_sessions_only(client: Client, open_attempt: Attempt, elsewhere: Client) -> None:
    passwords = {"oldpassword": PASSWORD, "password1": "another one 42", "password2": "another one 42"}
    page = client.post(reverse("account_change_password"), passwords, follow=True)
    assert page.request["PATH_INFO"] == reverse("account")
    assert is_signed_in(client, open_attempt)
    assert elsewhere.get(first_question(open_attempt)).status_code == 401
    assert log_in(elsewhere, password="another one 42").status_code == 302
    assert is_signed_in(elsewhere, open_attempt)


@pytest.mark.slow
def test_a_password_changed_in_the_admin_ends_all_sessions(open_attempt: Attempt, elsewhere: Client) -> None:
    alice = User.objects.get()
    alice.set_password("another one 42")
    alice.save()
    response = elsewhere.post(first_question(open_attempt), {"option": "0", "version": "0", "move": "stay"})
    assert response.status_code == 401
    assert Response.objects.get(attempt=open_attempt, position=1).ticked == 0


@pytest.mark.slow
def test_staff_change_their_password_on_the_page_that_counts_wrong_ones(client: Client) -> None:
    root = factories.user(is_staff=True, is_superuser=True)
    log_in(client)
    passwords = {"old_password": PASSWORD, "new_password1": "another one 42", "new_password2": "another one 42"}
    assert client.post(reverse("admin:password_change"), passwords)["Location"] == reverse("account_change_password")
    page, passwords = reverse("account_change_password"), {"password1": "another one 42", "password2": "another one 42"}
    answers = [client.post(page, passwords | {"oldpassword": f"wrong {n}"}).status_code for n in range(6)]
    assert answers == [200] * 5 + [429]
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


@pytest.mark.slow
def test_a_deactivated_account_is_asked_to_sign_in_and_keeps_its_answers(
    client: Client, open_attempt: Attempt, elsewhere: Client
) -> None:
    alice = User.objects.get()
    alice.is_active = False
    alice.save()
    assert [browser.get(first_question(open_attempt)).status_code for browser in (client, elsewhere)] == [401, 401]
    alice.is_active = True
    alice.save()
    assert client.get(first_question(open_attempt), follow=True).status_code == 200
    assert is_signed_in(client, open_attempt)


@pytest.mark.slow
def test_a_deleted_account_has_no_access(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    User.objects.get().delete()
    page = client.get(first_question(open_attempt))
    assert page.status_code == 410
    assert "Your data was deleted" in page.text
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.responses.count()) == ("abandoned", 5)
    assert attempt.candidate.erased_at
