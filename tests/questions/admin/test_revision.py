"""The admin of wordings: written until they are published, read-only from then on."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from questions.models import History, Option, Question, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(bank: Path) -> Question:
    call_command("load_bank", bank, verbosity=0)
    return Question.objects.get(code="blood-bank-profile")


@pytest.fixture
def draft(admin_client: Client, question: Question) -> Revision:
    """The next wording of the question, made by the button Revise."""
    admin_client.post(reverse("admin:questions_question_revise", args=[question.pk]))
    return Revision.objects.get(question=question, number=2)


def url(revision: Revision) -> str:
    return reverse("admin:questions_revision_change", args=[revision.pk])


def form(revision: Revision, **changed: str) -> dict[str, Any]:
    """The form of a wording as a browser sends it."""
    options = list(revision.options.all())
    data: dict[str, Any] = {
        "kind": revision.kind, "stem": revision.stem, "explanation": revision.explanation, "references": "[]",
        "reason": "", "options-TOTAL_FORMS": str(len(options)), "options-INITIAL_FORMS": str(len(options)),
    }  # fmt: skip
    for number, option in enumerate(options):
        data |= {f"options-{number}-{name}": getattr(option, name) for name in ("code", "text", "rationale", "id")}
        data[f"options-{number}-revision"] = revision.pk
        if revision.key >> option.bit & 1:
            data[f"options-{number}-correct"] = "on"
    return {**data, **changed}


def test_a_published_wording_cannot_be_edited(admin_client: Client, question: Question) -> None:
    published = question.current
    assert published is not None
    page = admin_client.get(url(published)).text
    assert 'name="stem"' not in page
    assert "Revise" in page
    assert published.stem[:30] in page
    assert admin_client.post(url(published), form(published, stem="Changed?")).status_code == 403
    published.refresh_from_db()
    assert published.stem != "Changed?"


def test_an_unpublished_wording_is_written_whole(admin_client: Client, draft: Revision) -> None:
    options = list(draft.options.all())
    answer = admin_client.post(
        url(draft),
        form(draft, stem="What now?\r\n\r\n- one\r\n", **{"options-0-text": "*New* text.", "options-3-DELETE": "on"}),
    )
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.stem == "What now?\n\n- one", "line ends and blank lines as in files"
    assert "<li>one</li>" in draft.stem_html
    after = list(draft.options.all())
    assert [each.code for each in after] == [each.code for each in options[:3]]
    assert sorted(each.bit for each in after) == [0, 1, 2]
    assert after[0].text_html == "<em>New</em> text."
    assert (draft.n_options, draft.choose) == (3, 1)
    key = [each.code for each in after if draft.key >> each.bit & 1]
    assert key == ["a"]
    entry = History.objects.filter(question=draft.question).first()
    assert entry is not None
    assert (entry.what, sorted(entry.after)) == ("edited", ["rationales", "references", "wording"])


def test_a_first_wording_is_added_to_a_question(admin_client: Client, question: Question) -> None:
    new = Question.objects.create(code="local-one", exam_domain=question.exam_domain)
    add = reverse("admin:questions_revision_add")
    assert admin_client.get(add, {"question": new.pk}).status_code == 200
    data = {"question": new.pk, "kind": "multiple-choice", "stem": "Which?", "references": "[]",
            "options-TOTAL_FORMS": "2", "options-INITIAL_FORMS": "0",
            "options-0-code": "a", "options-0-text": "Yes.", "options-0-correct": "on",
            "options-1-code": "b", "options-1-text": "No."}  # fmt: skip
    assert admin_client.post(add, data).status_code == 302
    made = Revision.objects.get(question=new)
    assert (made.number, made.choose, made.n_options) == (1, 1, 2)


def test_two_options_may_swap_their_codes(admin_client: Client, draft: Revision) -> None:
    assert (
        admin_client.post(url(draft), form(draft, **{"options-0-code": "b", "options-1-code": "a"})).status_code == 302
    )
    assert [option.code for option in draft.options.all()] == ["b", "a", "c", "d"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"options-1-code": "a"}, "correct the duplicate"),
        ({"options-1-code": "B 2"}, "small letters or digits"),
        ({"references": '[{"title": "x"}]'}, "needs a title and a url"),
        ({"stem": ""}, "required"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_written(
    admin_client: Client, draft: Revision, changed: dict[str, str], sentence: str
) -> None:
    before = list(Option.objects.filter(revision=draft).values())
    answer = admin_client.post(url(draft), form(draft, **changed))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert list(Option.objects.filter(revision=draft).values()) == before


def test_every_input_has_a_label(admin_client: Client, draft: Revision) -> None:
    for page in (url(draft), reverse("admin:questions_question_change", args=[draft.question_id])):
        text = admin_client.get(page).text
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        inputs = re.findall(r"<(?:input|select|textarea)\b[^>]*>", text)
        unlabelled = [
            each
            for each in inputs
            if not re.search(r'type="(?:hidden|submit)"|aria-label', each)
            and (found := re.search(r'\bid="([^"]+)"', each))
            and found[1] not in labels
        ]
        assert unlabelled == []


def test_the_pages_carry_no_inline_script_or_style(admin_client: Client, draft: Revision) -> None:
    for page in (url(draft), reverse("admin:questions_question_change", args=[draft.question_id])):
        text = admin_client.get(page).text
        assert not re.search(r"<script(?![^>]*(?:src=|type=\"application/json\"))|<style|\sstyle=|\son[a-z]+=", text)
