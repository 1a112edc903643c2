"""Import in the browser: a file is checked, its exam domains are mapped, the good ones come in, and go out again."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from questions.interchange import formats, udemy_csv
from questions.interchange.schema import OptionDraft, QuestionDraft
from questions.models import ImportBatch, Question

pytestmark = pytest.mark.django_db
FILE = "/admin/questions/importbatch/import/"


def draft(about: str, options: str = "abc") -> QuestionDraft:
    rows = tuple(OptionDraft(each, each == "b", f"Way {each} of the {about}") for each in options)
    return QuestionDraft(
        id="", stem=f"A company has trouble with its {about}. What helps?", options=rows, exam_domain=3
    )


@pytest.fixture(autouse=True)
def _bank(bank: Path, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    call_command("load_bank", bank, verbosity=0)


def upload(client: Client, data: bytes, name: str = "set 2.csv", **said: str) -> Any:
    return client.post(FILE, {"file": SimpleUploadedFile(name, data), **said}, follow=True)


def text(page: HttpResponse) -> str:
    return " ".join(page.content.decode().split())


def test_a_good_file_is_checked_then_imported_then_undone(admin_client: Client) -> None:
    page = upload(admin_client, udemy_csv.write([draft("labels"), draft("drift")], {3: "Modeling"}), rating="60")
    assert "2 of 2 can be imported." in text(page)
    assert not ImportBatch.objects.exists(), "nothing is written by looking"
    address = page.redirect_chain[-1][0]
    done = admin_client.post(address, follow=True)
    batch = ImportBatch.objects.get()
    assert batch.by == User.objects.get()
    assert (batch.file, batch.format) == ("set 2.csv", "csv")
    assert {(each.status, each.rating) for each in Question.objects.filter(batch=batch)} == {("draft", 60)}
    assert "Give topics to 2" in text(done)
    undone = admin_client.post(reverse("admin:questions_import_undo", args=[batch.pk]), follow=True)
    assert "This import was undone." in text(undone)
    assert not Question.objects.filter(origin="local").exists()


def test_only_the_good_ones_come_in_when_the_button_says_so(admin_client: Client) -> None:
    page = upload(admin_client, udemy_csv.write([draft("labels"), draft("drift", "ab")], {3: "Modeling"}))
    assert "Import the 1 good one" in text(page)
    assert "✗ Refused" in text(page)
    address = page.redirect_chain[-1][0]
    refused = admin_client.get(address.replace("/?", "/refused/?"))
    assert refused["Content-Disposition"] == 'attachment; filename="set-2-refused.csv"'
    assert b"at least 3 are needed" in refused.content
    assert admin_client.get(f"{address}&as=json").json()["counts"]["refused"] == 1
    assert "None." in text(admin_client.get(f"{address}&what=updated"))
    admin_client.post(address)
    assert not ImportBatch.objects.exists(), "without the word for it, the whole file or nothing"
    admin_client.post(address, {"good_only": "1"})
    assert ImportBatch.objects.get().result["counts"]["created"] == 1


def test_an_unknown_exam_domain_is_asked_for_and_mapped(admin_client: Client) -> None:
    page = upload(admin_client, udemy_csv.write([draft("labels"), draft("drift")], {3: "Deep things"}))
    assert "Which exam domains are meant?" in text(page)
    address = f"{page.redirect_chain[-1][0]}&called=Deep+things&number=2"
    assert "2 of 2 can be imported." in text(admin_client.get(address))
    admin_client.post(address)
    assert {each.exam_domain.number for each in Question.objects.filter(origin="local")} == {2}


def test_pasted_questions_are_a_file_too(admin_client: Client) -> None:
    pasted = "1. Which service streams?\nA) One\nB) Two\nC) Three\nAnswer: B\n"
    page = admin_client.post(FILE, {"text": pasted, "exam_domain": "1"}, follow=True)
    assert "1 of 1 can be imported." in text(page)


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"a,b\n1,2\n", "The header has no column"), (b"\x00\x01\x02", "not recognized")]
)
def test_a_file_that_cannot_be_read_says_why(admin_client: Client, data: bytes, sentence: str) -> None:
    page = text(upload(admin_client, data, "x.csv" if sentence.startswith("The header") else "x.bin"))
    assert sentence in page
    assert "Nothing was imported." in page


def test_without_a_file_the_form_says_what_is_missing(admin_client: Client) -> None:
    assert "Choose a file, or paste questions." in text(admin_client.post(FILE, {}))


def test_a_file_that_is_gone_is_asked_for_again(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:questions_import_check", args=["0" * 64]), follow=True)
    assert "The file is no longer here." in text(page)
    assert admin_client.get(reverse("admin:questions_import_check", args=["..%2Fsecret-key"])).status_code in (302, 404)


def test_the_export_page_says_what_each_format_loses_and_gives_the_files(admin_client: Client) -> None:
    page = text(admin_client.get(reverse("admin:questions_export")))
    for format, loses in formats.losses():
        assert format.title in page
        assert not loses or loses[0] in page
    file = admin_client.get(reverse("admin:questions_export"), {"format": "json"})
    assert file["Content-Disposition"] == 'attachment; filename="questions.json"'
    assert b"blood-bank-profile" in file.content
    assert admin_client.get(reverse("admin:questions_export"), {"format": "docx"}).status_code == 404


def test_who_may_not_write_questions_may_not_import(client: Client) -> None:
    client.force_login(User.objects.create_user("ann", is_staff=True))
    for address in (FILE, reverse("admin:questions_import_check", args=["0" * 64]), reverse("admin:questions_export")):
        assert client.get(address).status_code == 403


def test_the_list_leads_to_import_and_export(admin_client: Client) -> None:
    page = text(admin_client.get(reverse("admin:questions_importbatch_changelist")))
    assert FILE in page
    assert reverse("admin:questions_export") in page
