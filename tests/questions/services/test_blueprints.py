"""Test that blueprints made in the admin follow the rules of files and never use the code of a shipped one."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from questions.content.blueprint import BlueprintSpec, DomainWeight, Scale, read
from questions.content.syllabus import ExamDomain, Syllabus
from questions.content.yaml_text import dump
from questions.models import Blueprint
from questions.models import ExamDomain as Rows
from questions.services import blueprints
from questions.services.blueprints import BlueprintFaultsError
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def spec() -> BlueprintSpec:
    """Return a quiz with the syllabus of the small exam."""
    shipped = factories.small_blueprint().exam
    return replace(shipped, code="QUIZ", title="A quiz", retired_on=None, successors=(), syllabus="TINY")


def made(spec: BlueprintSpec, known_version: int = 0) -> Blueprint:
    return blueprints.make(spec, known_version=known_version, now=NOW)


def opened(spec: BlueprintSpec) -> Blueprint:
    """Return a new exam that is open and on the start page."""
    row = made(spec)
    blueprints.offer(row, on=True)
    blueprints.admit(row, on=True)
    return row


def test_a_new_code_starts_at_version_one_with_the_hash_of_its_file(spec: BlueprintSpec) -> None:
    row = made(replace(spec, version=9))
    assert (row.code, row.version, row.origin, row.offered, row.admits) == ("QUIZ", 1, "local", False, False)
    assert row.exam == replace(spec, version=1)
    assert row.sha256 == hashlib.sha256(dump(row.exam).encode()).hexdigest()
    assert Blueprint.objects.current("QUIZ") == row


def test_the_same_code_gets_the_next_version_and_the_older_one_is_unchanged(spec: BlueprintSpec) -> None:
    first = made(spec)
    second = made(replace(spec, minutes=45), known_version=1)
    assert second.version == 2
    assert Blueprint.objects.get(pk=first.pk).exam.minutes == spec.minutes
    assert Blueprint.objects.current("QUIZ") == second
    assert [row.code for row in Blueprint.objects.newest()] == ["QUIZ", "TINY"]


def test_making_the_same_blueprint_twice_stores_it_once(spec: BlueprintSpec) -> None:
    assert made(spec) == made(spec)
    assert Blueprint.objects.filter(code="QUIZ").count() == 1


def test_a_new_version_is_shown_and_open_as_the_one_before(spec: BlueprintSpec) -> None:
    first = opened(spec)
    blueprints.offer(first, on=False)
    second = made(replace(spec, minutes=45), known_version=1)
    assert (second.offered, second.admits) == (False, True)
    blueprints.admit(second, on=False)
    third = made(replace(spec, minutes=50), known_version=2)
    assert (third.offered, third.admits) == (False, False)


def test_a_used_exam_is_archived_and_restored_closed(spec: BlueprintSpec) -> None:
    row = opened(spec)
    factories.attempt(blueprint=row)
    with pytest.raises(RefusedError, match="QUIZ was used, or has questions"):
        blueprints.delete(row)
    blueprints.archive(row, on=True)
    row.refresh_from_db()
    assert (row.archived, row.offered, row.admits) == (True, False, False)
    assert "QUIZ" not in [one.code for one in Blueprint.objects.in_use()]
    for switch in (blueprints.offer, blueprints.admit):
        with pytest.raises(RefusedError, match="QUIZ is archived"):
            switch(row, on=True)
    with pytest.raises(RefusedError, match="QUIZ is archived"):
        made(replace(spec, minutes=45), known_version=1)
    blueprints.archive(row, on=False)
    assert (row.archived, row.admits) == (False, False)


def test_an_unused_exam_is_deleted_with_its_versions_and_its_own_exam_domains() -> None:
    spec = replace(factories.small_blueprint().exam, code="OWN", syllabus=None)
    syllabus = Syllabus((ExamDomain(1, "First things", ()), ExamDomain(2, "Second things", ())), ())
    row = blueprints.make(spec, known_version=0, now=NOW, syllabus=syllabus)
    blueprints.make(replace(spec, minutes=45), known_version=1, now=NOW)
    blueprints.delete(row)
    assert list(Blueprint.objects.values_list("code", flat=True)) == ["TINY"]
    assert set(Rows.objects.values_list("exam", flat=True)) == {"TINY"}


def test_exam_domains_that_another_exam_uses_keep_their_exam(spec: BlueprintSpec) -> None:
    syllabus = Syllabus((ExamDomain(1, "First things", ()), ExamDomain(2, "Second things", ())), ())
    row = blueprints.make(replace(spec, code="OWN", syllabus=None), known_version=0, now=NOW, syllabus=syllabus)
    made(replace(spec, syllabus="OWN"))
    with pytest.raises(RefusedError, match="Another exam uses the exam domains of OWN"):
        blueprints.delete(row)
    assert Blueprint.objects.filter(code="OWN").exists()


def test_a_shipped_exam_is_neither_deleted_nor_archived() -> None:
    row = factories.small_blueprint()
    for act in (blueprints.delete, lambda exam: blueprints.archive(exam, on=True)):
        with pytest.raises(RefusedError, match="TINY is shipped with the application"):
            act(row)


def test_the_database_keeps_an_archived_exam_closed(spec: BlueprintSpec) -> None:
    opened(spec)
    with pytest.raises(IntegrityError), transaction.atomic():
        Blueprint.objects.filter(code="QUIZ").update(archived=True)


@pytest.mark.parametrize(
    ("known_version", "sentence"),
    [(0, "The blueprint QUIZ already exists."), (2, "Someone else created version 3 of QUIZ.")],
)
def test_a_version_made_meanwhile_is_refused(spec: BlueprintSpec, known_version: int, sentence: str) -> None:
    for version, minutes in enumerate((31, 32, 33)):
        made(replace(spec, minutes=minutes), known_version=version)
    with pytest.raises(RefusedError, match=sentence):
        made(replace(spec, minutes=40), known_version=known_version)
    assert Blueprint.objects.filter(code="QUIZ").count() == 3


def test_a_code_of_a_shipped_blueprint_is_refused(spec: BlueprintSpec) -> None:
    with pytest.raises(RefusedError, match="The blueprint TINY is shipped with the application"):
        made(replace(spec, code="TINY", syllabus=None), known_version=1)


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"code": "quiz one"}, "code", "capitals"),
        ({"minutes": 0}, "minutes", "out of range"),
        ({"scored": 501}, "counts.scored", "out of range"),
        ({"exam_domains": (DomainWeight(1, "First things", 90),)}, "exam_domains", "sum to 90"),
        ({"exam_domains": ()}, "exam_domains", "empty"),
        ({"collections": ()}, "collections", "empty"),
        ({"kinds": ("essay",)}, "kinds.1", "not one of"),
        ({"scale": Scale(100, 1000, 1000)}, "scale.pass", "between min 100 and max 1000"),
    ],
)
def test_a_blueprint_follows_the_rules_of_its_file(
    spec: BlueprintSpec, change: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(BlueprintFaultsError) as refusal:
        made(replace(spec, **change))
    assert [fault.field for fault in refusal.value.faults if expected in fault.sentence] == [field]
    assert not Blueprint.objects.filter(code=change.get("code", "QUIZ")).exists()


def test_an_exam_is_taken_off_the_start_page_and_put_back(spec: BlueprintSpec) -> None:
    row = opened(spec)
    assert blueprints.offer(row, on=False)
    assert not blueprints.offer(row, on=False)
    assert blueprints.offer(row, on=True)


def test_the_default_exam_stays_on_the_start_page_until_another_one_is_there(spec: BlueprintSpec) -> None:
    row = opened(replace(spec, default=True))
    Blueprint.objects.exclude(pk=row.pk).update(offered=False)
    with pytest.raises(RefusedError, match="Put another exam there first"):
        blueprints.offer(row, on=False)
    opened(replace(spec, code="ZOO"))
    assert blueprints.offer(row, on=False)


def test_a_second_default_exam_is_refused(spec: BlueprintSpec) -> None:
    first = made(replace(spec, default=True))
    with pytest.raises(BlueprintFaultsError) as refusal:
        made(replace(spec, code="OTHER", default=True))
    assert [(fault.field, fault.sentence) for fault in refusal.value.faults] == [
        ("default", "QUIZ is the default exam here. Leave 'default' out of the file.")
    ]
    again = made(replace(first.exam, minutes=45), known_version=1)
    assert Blueprint.objects.default() == again


def test_without_a_marked_exam_the_first_one_on_the_start_page_is_the_default(spec: BlueprintSpec) -> None:
    opened(spec)
    assert Blueprint.objects.default().code == "QUIZ"  # type: ignore[union-attr]
    blueprints.offer(Blueprint.objects.get(code="QUIZ"), on=False)
    assert Blueprint.objects.default().code == "TINY"  # type: ignore[union-attr]
    Blueprint.objects.all().delete()
    assert Blueprint.objects.default() is None


def test_an_exam_is_closed_and_opened_independently_of_the_start_page(spec: BlueprintSpec) -> None:
    first = opened(spec)
    assert blueprints.admit(first, on=False)
    assert not blueprints.admit(first, on=False)
    row = Blueprint.objects.get(code="QUIZ")
    assert (row.offered, row.admits) == (True, False)
    made(replace(spec, minutes=45), known_version=1)
    with pytest.raises(RefusedError, match="A newer version of QUIZ exists"):
        blueprints.admit(first, on=True)


def test_a_blueprint_is_restored_from_its_file(spec: BlueprintSpec) -> None:
    row = made(replace(spec, title='Of "quotes": 100% # and more', short_title="É – ü"))
    again, faults = read(dump(row.exam))
    assert faults == []
    assert again == row.exam
