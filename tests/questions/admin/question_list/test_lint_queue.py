"""Test the page that checks the bank."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import User
from questions.services import lint_queue
from tests import authoring
from tests.authoring import CONTENT, account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
QUEUE = "/admin/checks/"


def test_the_page_shows_the_checked_range_the_findings_and_the_next_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_queue, "PAGE_SIZE", 2)
    ada = account("ada", "Author")
    client.force_login(ada)
    assert "There are no questions yet." in client.get(QUEUE).text
    authoring.question(ada, "own-good")
    short = authoring.question(ada, "own-short", replace(CONTENT, stem="Which step is right?"))
    last = authoring.question(ada, "own-last")
    page = client.get(QUEUE).text
    assert "Checked 1–2: 1 has findings." in page
    assert f"{reverse('admin:questions_question_change', args=[short.pk])}#checks" in page
    assert "The stem has 4 words." in page
    assert f"?after={short.pk}" in page
    page = client.get(QUEUE, {"after": short.pk}).text
    assert "Checked 3–3: no findings." in page
    assert "Start over" in page
    assert "All questions were checked." in client.get(QUEUE, {"after": last.pk}).text
    assert client.get(QUEUE, {"after": "x"}).status_code == 200


def test_the_page_requires_the_permission_to_view_questions(client: Client) -> None:
    assert client.get(QUEUE).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(QUEUE).status_code == 403
    client.force_login(account("rob", "Reviewer"))
    assert client.get(QUEUE).status_code == 200
    assert client.post(QUEUE).status_code == 405
