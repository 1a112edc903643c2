"""Test the export in the browser: losses of each format, questions that it cannot hold, one collection."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from questions.admin.imports import exports
from questions.content.schema import MULTIPLE_RESPONSE
from questions.formats import export as export_formats
from questions.formats import json_file, registry, udemy_csv
from questions.formats.gift import format as gift_format
from questions.formats.parsed import ParsedFile
from questions.models import Question, User
from questions.services import ratings
from tests.factories import NOW
from tests.questions.admin.imports.import_pages import at, csv, draft, text, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


def test_the_export_page_lists_the_losses_of_each_format_and_returns_the_files(admin_client: Client) -> None:
    page = text(admin_client.get(reverse("admin:questions_export")))
    for format, loses in registry.losses():
        assert format.title in page
        assert not loses or loses[0] in page
    file = admin_client.get(reverse("admin:questions_export"), {"format": "json"})
    assert file["Content-Disposition"] == 'attachment; filename="questions.json"'
    assert b"blood-bank-profile" in file.content
    assert admin_client.get(reverse("admin:questions_export"), {"format": "docx"}).status_code == 404


@pytest.mark.slow
def test_questions_that_a_format_cannot_hold_are_counted_and_listed_before_the_export(admin_client: Client) -> None:
    two_keys = replace(draft("drift"), kind=MULTIPLE_RESPONSE, options=tuple(
        replace(option, correct=option.id in "ab") for option in draft("drift", "abcd").options
    ))  # fmt: skip
    upload(admin_client, csv(draft("labels"), two_keys), collection="autumn")
    admin_client.post(at("import_go"))
    here, chosen = reverse("admin:questions_export"), {"collection": "autumn", "format": "aiken"}
    page = text(admin_client.get(here, chosen))
    assert "Aiken can hold 1 of 2 questions." in page
    assert "1 question: Aiken allows one key, and the question has 2." in page
    assert f"<li>{Question.objects.get(revisions__kind=MULTIPLE_RESPONSE, collection='autumn').code}</li>" in page
    assert 'href="?collection=autumn&amp;format=aiken&amp;accepted_only=1"' in page
    download = admin_client.get(here, chosen | {"accepted_only": "1"})
    assert download.content.count(b"ANSWER: ") == 1


def test_one_collection_can_be_exported(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels"), draft("drift")), collection="autumn")
    admin_client.post(at("import_go"))
    here = reverse("admin:questions_export")
    assert 'href="?collection=autumn&amp;format=json"' in text(admin_client.get(here, {"collection": "autumn"}))
    download = admin_client.get(here, {"collection": "autumn", "format": "json"})
    assert download["Content-Disposition"] == 'attachment; filename="autumn.json"'
    assert len(json_file.read(download.content, "autumn.json").questions) == 2
    assert admin_client.get(here, {"collection": "spring", "format": "json"}).status_code == 404


def test_a_second_export_at_once_is_refused_with_a_sentence(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, chosen, others = reverse("admin:questions_export"), {"format": "json"}, []
    export = export_formats.export

    def slow_export(format: registry.Format, where: Q | None, **options: Any) -> export_formats.Export:
        others.append(admin_client.get(here, chosen, follow=True))
        return export(format, where, **options)

    monkeypatch.setattr(export_formats, "export", slow_export)
    for n in (1, 2):
        assert "attachment" in admin_client.get(here, chosen)["Content-Disposition"]
        assert len(others) == n
        assert "Another export is being made." in text(others[-1])


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_rating_that_a_page_hides_until_one_has_rated_is_in_no_export(
    admin_client: Client, admin_user: User, author: User, is_whole: bool
) -> None:
    upload(admin_client, csv(draft("labels"), draft("drift")), collection="autumn")
    admin_client.post(at("import_go"))
    hidden, known = Question.objects.filter(collection="autumn").order_by("pk")
    ratings.rate([hidden, known], 41, now=NOW, by=author)
    ratings.rate([known], 43, now=NOW, by=admin_user)
    where = {} if is_whole else {"collection": "autumn"}
    file = admin_client.get(reverse("admin:questions_export"), {"format": "json"} | where)
    exported = {row["id"]: row.get("rating") for row in json.loads(file.content)}
    assert exported[hidden.code] is None
    assert exported[known.code] == 42
    if is_whole:
        assert exported["blood-bank-profile"], "what is live has a rating for all"


def selected(client: Client, query: str, *codes: str, **more: str) -> str:
    """Run the action "Export" of the list of questions, and return the address that it leads to."""
    keys = list(Question.objects.filter(code__in=codes).values_list("pk", flat=True))
    data = {"action": "export", "_selected_action": keys or ["0"], "index": "0", **more}
    answer = client.post(f"{reverse('admin:questions_question_changelist')}{query}", data)
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.mark.slow
@pytest.mark.parametrize(("format", "reader"), [("gift", gift_format.read), ("csv", udemy_csv.read)])
def test_selected_questions_of_the_list_are_exported_with_all_their_options(
    admin_client: Client, format: str, reader: Callable[[bytes, str], ParsedFile]
) -> None:
    written = draft("labels")
    upload(admin_client, csv(written, draft("drift")), collection="autumn")
    admin_client.post(at("import_go"))
    code = Question.objects.filter(collection="autumn").order_by("pk")[0].code
    address = selected(admin_client, "", code)
    page = text(admin_client.get(address))
    assert "1 question is selected." in page
    assert f'href="?{address.partition("?")[2]}&amp;format={format}"' in page
    (parsed,) = reader(admin_client.get(f"{address}&format={format}").content, "x").questions
    assert parsed.content is not None
    assert [(option.text, option.correct) for option in parsed.content.options] == [
        (option.text, option.correct) for option in written.options
    ]


@pytest.mark.slow
def test_an_export_of_all_questions_of_a_filtered_list_leaves_the_others_out(admin_client: Client) -> None:
    upload(admin_client, csv(draft("labels"), draft("drift")), collection="autumn")
    admin_client.post(at("import_go"))
    address = selected(admin_client, "?collection__exact=autumn", select_across="1")
    download = admin_client.get(f"{address}&format=json")
    assert len(json_file.read(download.content, "questions.json").questions) == 2


@pytest.mark.slow
def test_too_many_selected_questions_are_not_exported(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_SELECTED", 1)
    upload(admin_client, csv(draft("labels"), draft("drift")), collection="autumn")
    admin_client.post(at("import_go"))
    assert "export" not in selected(admin_client, "?collection__exact=autumn", select_across="1")
    page = text(admin_client.get(reverse("admin:questions_question_changelist")))
    assert "The limit of an export of selected questions is 1." in page
    unknown = admin_client.get(reverse("admin:questions_export"), {"questions": "x,-1"})
    assert "Export all questions or one collection" in text(unknown)
