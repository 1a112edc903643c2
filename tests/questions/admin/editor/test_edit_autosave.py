"""Test autosave: an unsaved edit is stored beside the question, restored, discarded and deleted."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import AutosavedEdit, Question, Revision, User
from questions.services import history, question_rows, revisions
from tests import authoring
from tests.html_forms import form_values
from tests.questions.admin.editor.question_pages import address, sent

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_autosave_stores_the_edit_and_does_not_change_the_question(
    client: Client, question: Question, author: User
) -> None:
    url, before = address(question), Question.objects.get().lock_version
    answer = client.post(address(question, "autosave"), sent(client, url, stem="Half a stem"))
    assert answer.status_code == 200
    assert Question.objects.get().lock_version == before
    assert Revision.objects.get().stem == authoring.CONTENT.stem
    assert AutosavedEdit.objects.get().user == author
    page = client.get(url).text
    assert "You have an unsaved edit" in page
    assert ">Saved<" not in page
    assert "Half a stem" not in page
    assert form_values(client.get(url + "?draft=1").text, "write")["stem"] == "Half a stem"
    assert client.post(address(question, "autosave"), {"lock_version": "0", "stem": "Late"}).status_code == 409
    assert AutosavedEdit.objects.get().data["stem"] == ["Late"]
    client.post(address(question, "discard"))
    assert not AutosavedEdit.objects.exists()


def test_an_incomplete_autosaved_edit_is_restored_without_errors(client: Client, author: User) -> None:
    url = reverse("admin:questions_question_add")
    client.post(reverse("admin:questions_question_autosave_new"), sent(client, url, code="", stem="Half a stem"))
    page = client.get(url + "?draft=1")
    assert "Half a stem" in page.text
    assert "This field is required" not in page.text


def test_a_new_question_is_autosaved_until_it_is_saved(client: Client, question: Question) -> None:
    new = reverse("admin:questions_question_autosave_new")
    client.post(new, {"stem": "One"})
    client.post(new, {"stem": "Two"})
    assert AutosavedEdit.objects.get(question=None).data["stem"] == ["Two"]
    client.post(address(question, "autosave"), {"stem": "Half", "lock_version": question.lock_version})
    client.post(address(question), sent(client, address(question)))
    assert AutosavedEdit.objects.get().question is None


class TestDeletedQuestion:
    """The import of the question is undone while its author types."""

    @pytest.fixture
    def deleted(self, client: Client, question: Question) -> tuple[str, dict[str, str]]:
        """Return the address of the page, and its form."""
        url = address(question)
        form = sent(client, url, stem="A stem typed for minutes")
        history.delete_for([question.pk])
        revisions.delete_all([question.pk])
        question_rows.delete([question.pk])
        return url, form

    def test_its_autosave_is_refused_as_gone(self, client: Client, deleted: tuple[str, dict[str, str]]) -> None:
        url, form = deleted
        assert client.post(url.replace("/change/", "/autosave/"), form).status_code == 410
        assert not AutosavedEdit.objects.exists()

    @pytest.mark.slow
    def test_its_typed_text_is_offered_as_a_new_question(
        self, client: Client, deleted: tuple[str, dict[str, str]]
    ) -> None:
        url, form = deleted
        page = client.post(url, form)
        assert page.status_code == 409
        assert (
            "This question was deleted, because its import was undone. To keep your text, save it as a new question"
            in page.text
        )
        new = form_values(page.text, "write")
        assert new["stem"] == "A stem typed for minutes"
        assert client.post(reverse("admin:questions_question_add"), {**new, "code": "own-again"}).status_code == 302
        assert Revision.objects.get(question__code="own-again").stem == "A stem typed for minutes"
