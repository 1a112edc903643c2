"""Test the preview of a question in a frame: as candidates see it during the exam, and after the end."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Question, User
from tests import authoring

pytestmark = pytest.mark.django_db
TYPED = {
    "code": "new-one", "stem": "Which is right?", "options-TOTAL_FORMS": "2", "options-INITIAL_FORMS": "0",
    "options-0-text": "The `one`.", "options-0-correct": "on", "options-0-rationale": "Because.",
    "options-1-text": "The other.", "references-TOTAL_FORMS": "0", "references-INITIAL_FORMS": "0",
}  # fmt: skip


def test_typed_text_is_shown_as_in_the_room_without_the_key(client: Client) -> None:
    client.force_login(authoring.account("ada", "Author"))
    answer = client.post(reverse("admin:question_preview_new"), TYPED)
    assert "The <code>one</code>." in answer.text
    assert 'type="radio"' in answer.text
    assert "Because." not in answer.text
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert not Question.objects.exists()


def test_after_the_end_key_and_rationale_are_shown(client: Client) -> None:
    client.force_login(authoring.account("ada", "Author"))
    page = client.post(
        reverse("admin:question_preview_new"), {**TYPED, "preview_as": "after", "preview_theme": "dark"}
    ).text
    assert "Because." in page
    assert 'data-theme="dark"' in page


def test_candidates_cannot_open_the_preview(client: Client) -> None:
    assert client.get(reverse("admin:question_preview_new")).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(reverse("admin:question_preview_new")).status_code == 302
