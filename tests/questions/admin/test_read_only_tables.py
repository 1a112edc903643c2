"""Test the read-only admin of wordings."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Revision
from tests import authoring

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("table", ["history", "revision"])
def test_the_lists_name_the_account_of_somebody_who_has_chosen_the_name_of_another(client: Client, table: str) -> None:
    ada = authoring.account("ada", "Author")
    ada.display_name = "root"
    ada.save()
    revision = Revision.objects.get(question=authoring.question(ada))
    client.force_login(authoring.account("rob", "Reviewer"))
    assert "root (ada)" in client.get(reverse(f"admin:questions_{table}_changelist")).text
    for page, key in (("revision_change", revision.pk), ("question_change", revision.question_id)):
        assert "root (ada)" in client.get(reverse(f"admin:questions_{page}", args=[key])).text, page


def test_a_wording_is_shown_with_its_key_and_cannot_be_changed(client: Client) -> None:
    ada = authoring.account("ada", "Author")
    revision = Revision.objects.get(question=authoring.question(ada))
    client.force_login(ada)
    url = reverse("admin:questions_revision_change", args=[revision.pk])
    page = client.get(url).text
    assert "Read every row of the table in the job." in page
    assert 'name="stem"' not in page
    assert client.post(url, {"stem": "Changed?"}).status_code == 403
    assert client.get(reverse("admin:questions_revision_add")).status_code == 403
