"""Sign out of this browser, or of all others."""

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from exams.services.people import candidates
from tests.accounts import first_question, is_signed_in, log_in, sign_up
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_signing_out_with_two_open_exams_shows_the_guest_code(
    client: Client, two_open_exams: tuple[Attempt, Attempt]
) -> None:
    assert candidates.guest_code(two_open_exams[0].candidate) in client.get(reverse("account_logout")).text


def test_sign_out_ends_the_candidates_session(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    page = client.get(reverse("account_logout")).text
    assert "The clock does not stop" in page
    assert client.get(first_question(open_attempt)).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(first_question(open_attempt)).status_code == 404
    assert "Sign in to see your attempts" in client.get(reverse("history")).text


@pytest.mark.slow
def test_signing_out_everywhere_requires_the_password(client: Client, open_attempt: Attempt, elsewhere: Client) -> None:
    address = reverse("sign_out_everywhere")
    assert "This is not your current password." in client.post(address, {"password": "wrong"}).text
    assert is_signed_in(elsewhere, open_attempt)
    assert client.post(address, {"password": PASSWORD}).status_code == 302
    assert is_signed_in(client, open_attempt)
    assert elsewhere.get(first_question(open_attempt)).status_code == 401
    assert log_in(Client()).status_code == 302
