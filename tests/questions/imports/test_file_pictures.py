"""Test that an import stores the pictures of its questions, and changes nothing when its own export comes back."""

from dataclasses import replace

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from questions.content.pictures import markdown
from questions.content.schema import QuestionContent
from questions.formats import export, moodle_xml, registry
from questions.imports import steps
from questions.models import Image, ImportBatch, Question
from questions.services import images
from tests.pictures import cleaned, picture
from tests.questions.imports.importing import NOW, boat, checked_batch, received_batch, work_on

pytestmark = pytest.mark.django_db
PHOTO = picture("red", "JPEG", (80, 60), quality=60)
OURS = registry.FORMATS["moodle-xml"]


def moodle(name: str = "photo.jpg") -> bytes:
    """Return Moodle XML of another system with a photograph, and one with a picture that is not there."""
    named = cleaned("red").name
    data = moodle_xml.write([with_picture(boat(1), named), boat(2)], {named: PHOTO})
    return data.replace(named.removeprefix("images/").encode(), name.encode())


def with_picture(question: QuestionContent, name: str) -> QuestionContent:
    return replace(question, stem=f"See {markdown(name, 'A boat')}. {question.stem}")


def imported(data: bytes) -> ImportBatch:
    batch = checked_batch(data)
    steps.confirm(batch, good_only=False, now=NOW)
    work_on(batch)
    batch.refresh_from_db()
    assert batch.state == "done", batch.result
    return batch


def test_pictures_are_stored_with_the_questions() -> None:
    imported(moodle())
    stored = Image.objects.get()
    revision = Question.objects.get(code="boat-1").revisions.get()
    assert (stored.ending, stored.width, stored.height) == ("jpg", 80, 60)
    assert f'<img src="/images/{stored.sha256}.jpg" width="80" height="60" alt="A boat">' in revision.stem_html


@pytest.mark.slow
def test_the_same_file_and_our_own_export_change_nothing() -> None:
    imported(moodle())
    for data in (moodle(), export.export(OURS).data, export.export(registry.FORMATS["json"]).data):
        batch = checked_batch(data)
        assert {row.outcome for row in batch.rows.filter(code__startswith="boat")} == {"unchanged"}
        assert Image.objects.count() == 1


def illustrated() -> QuestionContent:
    """Return a question of the bank with pictures in its stem, options and explanations."""
    images.store([cleaned("red"), cleaned("blue")], now=NOW, by=None)
    red, blue = markdown(cleaned("red").name, "A red boat"), markdown(cleaned("blue").name, "A boat")
    question = replace(boat(1), stem=f"See {red}. What is missing?", explanation=f"As in {blue}, a sail.")
    a, b, c = question.options
    options = (
        replace(a, text=red, rationale=f"It is red, not {blue}."),
        replace(b, text=blue, rationale=f"It is {blue}."),
        replace(c, text="A sail", rationale="Way c."),
    )
    question = replace(question, options=options)
    imported(registry.FORMATS["json"].write([question])[0])
    return question


@pytest.mark.parametrize("name", [name for name, format in registry.FORMATS.items() if format.writes])
def test_a_question_with_pictures_comes_back_unchanged_from_each_format(name: str) -> None:
    format = registry.FORMATS[name]
    illustrated()
    batch = received_batch(export.export(format, Q(code="boat-1")).data, f"boat{format.ending}")
    work_on(batch)
    assert [(row.code, row.outcome) for row in batch.rows.all()] == [("boat-1", "unchanged")]


def test_an_explanation_is_read_from_a_table_without_pictures_and_the_pictures_stay() -> None:
    question = illustrated()
    imported(export.export(registry.FORMATS["csv"]).data.replace(b"Way c.", b"A boat has one."))
    a, b, c = Question.objects.get(code="boat-1").revisions.get().options.values_list("rationale", flat=True)
    assert [a, b] == [option.rationale for option in question.options[:2]]
    assert c == "A boat has one."


def test_an_export_has_the_pictures_of_the_bank() -> None:
    imported(moodle())
    stored = Image.objects.get()
    for name in ("moodle-xml", "qti3", "json"):
        parsed_file = registry.read(export.export(registry.FORMATS[name]).data, "x")
        assert parsed_file.pictures.keys() == {stored.sha256}


def test_a_picture_that_nobody_has_is_a_warning_on_the_row(admin_client: Client) -> None:
    batch = checked_batch(registry.FORMATS["json"].write([with_picture(boat(1), cleaned().name)])[0])
    page = admin_client.get(reverse("admin:questions_importbatch_change", args=[batch.pk])).text
    assert "It asks about a picture that is not in the file: images/" in page
    images.store([cleaned()], now=NOW, by=None)
    steps.check_again(batch, {}, 3, [], now=NOW)
    work_on(batch)
    page = admin_client.get(reverse("admin:questions_importbatch_change", args=[batch.pk])).text
    assert "It asks about a picture" not in page
