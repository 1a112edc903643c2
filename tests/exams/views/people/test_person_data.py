"""Test the download of everything from the account page."""

import io
import json
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from tests import factories
from tests.accounts import sign_up
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def downloaded(client: Client) -> zipfile.ZipFile:
    response = client.get(reverse("download"))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="mlsprep-20')
    assert "no-store" in response["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_guest_downloads_everything_from_the_account_page(client: Client, open_attempt: Attempt) -> None:
    assert reverse("download") in client.get(reverse("account")).text
    (one,) = json.loads(downloaded(client).read("attempts.json"))
    assert one["attempt"] == str(open_attempt.uuid)
    assert not any("key" in slot for slot in one["slots"])


def test_an_account_gets_its_own_data_only(client: Client, open_attempt: Attempt) -> None:
    bob = Client()
    bob.force_login(factories.user("bob"))
    archive = downloaded(bob)
    assert json.loads(archive.read("attempts.json")) == []
    assert json.loads(archive.read("person.json"))["account"]["name"] == "bob"


@pytest.mark.slow
def test_both_running_exams_of_this_browser_are_in_the_file(
    client: Client, two_open_exams: tuple[Attempt, Attempt]
) -> None:
    found = json.loads(downloaded(client).read("attempts.json"))
    assert {one["attempt"] for one in found} == {str(attempt.uuid) for attempt in two_open_exams}


def test_after_the_deletion_there_is_nothing_to_download(client: Client, open_attempt: Attempt) -> None:
    sign_up(client)
    client.post(reverse("delete_data"), {"password": PASSWORD})
    assert client.get(reverse("download"))["Location"] == reverse("account_login")
