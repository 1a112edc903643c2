"""Test that the database refuses changes of published wordings."""

import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor
from django.db.migrations import Migration

from questions.models import ExamDomain, ItemParameter, Option, Question, Revision, ScaleVersion
from questions.models.immutability import NAMES, drop_triggers, install_triggers, missing_triggers

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


@pytest.fixture
def revision() -> Revision:
    """Return a published wording with two options, beside an unpublished one."""
    domain = ExamDomain.objects.create(exam="X-1", number=1, title="One")
    question = Question.objects.create(code="one", exam_domain=domain)
    for number in (1, 2):
        made = Revision.objects.create(
            question=question, number=number, kind="multiple-choice", stem="?", key=1, choose=1, n_options=2, sha256="x"
        )
        for bit, code in enumerate("ab"):
            Option.objects.create(revision=made, code=code, ordinal=bit, bit=bit, text=code)
    Revision.objects.filter(number=1).update(published_at=NOW)
    return Revision.objects.get(number=1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stem", "Another?"),
        ("kind", "multiple-response"),
        ("key", 2),
        ("choose", 2),
        ("n_options", 3),
        ("number", 9),
        ("sha256", "y"),
        ("published_at", None),
    ],
)
def test_a_published_wording_cannot_be_changed(revision: Revision, column: str, value: Any) -> None:
    with pytest.raises(IntegrityError, match="A published revision cannot be changed"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(**{column: value})
    assert Revision.objects.filter(pk=revision.pk, stem="?", key=1, published_at=NOW).exists()


@pytest.mark.parametrize(("column", "value"), [("text", "z"), ("code", "z"), ("bit", 7), ("ordinal", 7)])
def test_the_options_of_a_published_wording_cannot_be_changed(revision: Revision, column: str, value: Any) -> None:
    with pytest.raises(IntegrityError, match="options of a published revision"), transaction.atomic():
        Option.objects.filter(revision=revision, code="a").update(**{column: value})


def test_options_of_a_published_wording_are_neither_added_nor_removed(revision: Revision) -> None:
    with pytest.raises(IntegrityError, match="options of a published revision"), transaction.atomic():
        Option.objects.create(revision=revision, code="c", ordinal=2, bit=2, text="c")
    content = Revision.objects.get(number=2)
    with pytest.raises(IntegrityError, match="options of a published revision"), transaction.atomic():
        Option.objects.filter(revision=revision, code="a").update(revision=content)


def test_commentary_and_derived_columns_may_change(revision: Revision) -> None:
    Revision.objects.filter(pk=revision.pk).update(
        stem_html="<p>?</p>",
        explanation="Because.",
        explanation_html="<p>Because.</p>",
        references=[{}],
        reason="typo",
    )
    Option.objects.filter(revision=revision).update(text_html="<p>", rationale="So.", rationale_html="<p>So.</p>")
    revision.refresh_from_db()
    assert revision.explanation == "Because."


@pytest.mark.parametrize(("column", "value"), [("reference", [{"revision": 1, "b": 0.5}]), ("number", 9)])
def test_the_reference_form_of_a_scale_cannot_be_changed(column: str, value: Any) -> None:
    scale = ScaleVersion.objects.create(exam="TINY", number=1, reference=[{"revision": 1, "b": -0.5}])
    with pytest.raises(IntegrityError, match="reference form of a scale cannot be changed"), transaction.atomic():
        ScaleVersion.objects.filter(pk=scale.pk).update(**{column: value})
    ScaleVersion.objects.filter(pk=scale.pk).update(active=True)
    scale.refresh_from_db()
    assert (scale.active, scale.reference) == (True, [{"revision": 1, "b": -0.5}])


@pytest.mark.parametrize(("column", "value"), [("b", 1.0), ("se", 0.5), ("n", 1), ("anchor", True)])
def test_the_difficulties_of_a_scale_cannot_be_changed(revision: Revision, column: str, value: Any) -> None:
    scale = ScaleVersion.objects.create(exam="TINY", number=1, reference=[])
    ItemParameter.objects.create(scale=scale, revision=revision, b=0.2, se=0.1, n=100)
    with pytest.raises(IntegrityError, match="difficulties of a scale cannot be changed"), transaction.atomic():
        ItemParameter.objects.update(**{column: value})


def test_an_unpublished_wording_may_change(revision: Revision) -> None:
    content = Revision.objects.get(number=2)
    Revision.objects.filter(pk=content.pk).update(stem="Another?", key=2)
    Option.objects.filter(revision=content, code="a").update(text="z")
    Option.objects.create(revision=content, code="c", ordinal=2, bit=2, text="c")
    assert content.options.count() == 3


def test_the_triggers_exist_after_all_migrations() -> None:
    assert missing_triggers() == []


def test_a_missing_trigger_is_detected_and_created_again_by_migrate(revision: Revision) -> None:
    table = "" if connection.vendor == "sqlite" else " ON questions_revision"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {NAMES[0]}{table}")
    assert missing_triggers() == [NAMES[0]]
    with transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(stem="Nobody stopped this.")
    call_command("migrate", verbosity=0)
    assert missing_triggers() == []
    install_triggers()  # a second run changes nothing
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(stem="Another?")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_migration_can_rebuild_the_table_that_triggers_of_another_table_name(revision: Revision) -> None:
    drop_triggers(plan=[(Migration("9999_later", "questions"), False)])  # as pre_migrate does
    with connection.schema_editor() as editor:
        if isinstance(editor, DatabaseSchemaEditor):  # PostgreSQL rebuilds no tables
            editor._remake_table(Revision)
    call_command("migrate", verbosity=0)
    assert missing_triggers() == []
    assert Revision.objects.filter(pk=revision.pk).exists()
