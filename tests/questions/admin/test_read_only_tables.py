"""Test the read-only admin of wordings."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Revision
from tests import authoring

pytestmark = pytest.mark.django_db


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
