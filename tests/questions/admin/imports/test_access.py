"""Test who may import, view an import, and keep questions live."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from questions.formats import json_file
from questions.models import ImportBatch, User
from tests.authoring import account
from tests.questions.admin.imports.import_pages import FILE, at, csv, draft, text, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


@pytest.mark.slow
def test_users_who_may_not_write_questions_cannot_import(admin_client: Client, client: Client) -> None:
    upload(admin_client, json_file.write([draft("labels")]), "x.json")
    client.force_login(User.objects.create_user("ann", is_staff=True))
    example = reverse("admin:questions_import_example", args=["csv"])
    gets = (FILE, example, reverse("admin:questions_export"))
    for address in (*gets, *(at(what) for what in ("importbatch_change", "import_refused", "import_topics"))):
        assert client.get(address).status_code == 403, address
    for what in ("import_go", "import_again", "import_drop", "import_undo", "import_topics", "import_submit"):
        assert client.post(at(what)).status_code == 403, what


@pytest.mark.slow
def test_another_author_can_view_an_import_but_not_act_on_it(admin_client: Client, client: Client) -> None:
    upload(admin_client, csv(draft("labels")))
    bob = User.objects.create_user("bob", is_staff=True)
    bob.groups.add(Group.objects.get(name="Author"))
    client.force_login(bob)
    assert "1 of 1 can be imported." in text(client.get(at("importbatch_change")))
    assert "Import 1 question" not in text(client.get(at("importbatch_change")))
    for what in ("import_go", "import_drop", "import_undo", "import_topics"):
        assert client.post(at(what)).status_code == 403


@pytest.mark.slow
def test_only_an_administrator_may_keep_questions_live(client: Client, author: User) -> None:
    client.force_login(author)
    assert "keep_live" not in client.get(FILE).content.decode()
    upload(client, json_file.write([draft("labels")]), "x.json", keep_live="on")
    assert ImportBatch.objects.get().settings["keep_live"] is False
    client.force_login(account("amy", "Administrator"))
    assert "Keep new questions live that are live in the file" in text(client.get(FILE))
    upload(client, json_file.write([draft("drift")]), "y.json", keep_live="on")
    assert ImportBatch.objects.get(file="y.json").settings["keep_live"] is True
