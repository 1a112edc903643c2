"""Text that the database cannot handle gets 400 or an answer, never 500."""

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from tests import factories
from tests.sitting import Guest

pytestmark = pytest.mark.django_db

LISTS = ["questions_question", "questions_user", "questions_revision", "exams_attempt", "exams_keyruling"]


@pytest.fixture
def staff() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.user("boss", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/?x=%00", "/guide/%00/", "/exams/%00/", "/accounts/link/%00/", "/method/?exam=%00"])
def test_a_nul_character_in_an_address_is_a_bad_request(visitor: Client, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 400
    assert "Bad request" in page.text


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("account_login", {"login": "a\0b", "password": "x"}),
        ("account_signup", {"username": "a\0b", "password1": factories.PASSWORD}),
        ("guest_code", {"code": "\0"}),
        ("guest_code", {"\0": "code"}),
    ],
)
def test_a_nul_character_in_a_form_is_a_bad_request(visitor: Client, page: str, fields: dict[str, str]) -> None:
    assert visitor.post(reverse(page), fields).status_code == 400


def test_a_nul_character_in_a_cookie_is_a_bad_request(visitor: Client) -> None:
    quoted = "\\000" * 32
    assert visitor.get("/history/", headers={"cookie": f'sessionid="{quoted}"'}).status_code == 400


def test_a_nul_character_in_a_note_is_a_bad_request_and_changes_nothing(guest_in_room: Guest) -> None:
    data = guest_in_room.room.data() | {"note": "a\0b", "move": "stay"}
    assert guest_in_room.client.post(guest_in_room.path, data).status_code == 400
    assert not Attempt.objects.get().notes.exists()


@pytest.fixture
def guest_in_room(visitor: Client) -> Guest:
    return Guest.seated(visitor, factories.small_blueprint())


def test_a_nul_character_in_the_name_of_a_file_is_no_server_error(staff: Client) -> None:
    factories.small_blueprint()
    upload = SimpleUploadedFile("a.csv", b"x")
    upload._name = "a\0.csv"  # type: ignore[attr-defined]
    assert staff.post(reverse("admin:questions_import"), {"file": upload}).status_code < 500


@pytest.mark.slow
@pytest.mark.parametrize("model", LISTS)
def test_a_search_for_more_than_40_words_is_refused(staff: Client, model: str) -> None:
    factories.small_blueprint()
    page = reverse(f"admin:{model}_changelist")
    assert staff.get(page, {"q": "w" * 1001}).status_code == 400
    assert staff.get(page, {"q": " ".join(["w"] * 41)}).status_code == 400
    assert staff.get(page, {"q": " ".join(["w"] * 40)}).status_code == 200
    assert staff.get(page, {"q": "a\0b"}).status_code == 400


@pytest.mark.slow
@pytest.mark.django_db
def test_no_action_of_the_admin_takes_an_id_that_no_row_can_have(client: Client) -> None:
    client.force_login(factories.user("root", is_staff=True, is_superuser=True))
    with_actions = set()
    for table in admin.site._registry:
        page = reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_changelist")
        form = (client.get(page).context or {}).get("action_form")
        for action, _title in form.fields["action"].choices if form else ():
            if action:
                with_actions.add(table.__name__)
                for typed in ("9" * 30, "-1", "1.5", "x", "", "\u0661"):
                    response = client.post(page, {"action": action, "index": 0, ACTION_CHECKBOX_NAME: ["1", typed]})
                    assert response.status_code == 400, (table, action, typed)
    assert {"Attempt", "Candidate", "Group", "Question", "ScoreReport", "User"} <= with_actions
