"""The lists of the bank in the admin: they open, are searched, and questions retire from there."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from questions.models import Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(bank: Path) -> Question:
    call_command("load_bank", bank, verbosity=0)
    return Question.objects.get(code="blood-bank-profile")


def test_every_page_of_the_bank_opens(admin_client: Client, question: Question) -> None:
    for model in ("question", "revision", "examdomain", "task", "topic", "point", "planpart", "blueprint", "bank"):
        page = admin_client.get(reverse(f"admin:questions_{model}_changelist"))
        assert page.status_code == 200, model
    page = admin_client.get(reverse("admin:questions_question_changelist"), {"q": "Blood-BANK-profile"})
    assert [row.code for row in page.context["cl"].result_list] == [question.code]


def test_retire_is_an_action(admin_client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_changelist")
    admin_client.post(url, {"action": "retire", "_selected_action": [question.pk]})
    question.refresh_from_db()
    assert question.status == "retired"


@pytest.mark.parametrize("model", ["blueprint", "topic", "history"])
def test_what_files_say_is_read_only(admin_client: Client, question: Question, model: str) -> None:
    assert admin_client.get(reverse(f"admin:questions_{model}_add")).status_code == 403
