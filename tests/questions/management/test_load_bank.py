"""Test load_bank: files become rows, and changed files change rows."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.bank_files.load import load, manifest
from questions.models import Blueprint, Enemy, ExamDomain, History, Point, Question, Revision, Topic
from questions.services import bank_version
from questions.services.bank_version import manifest_of
from tests.authoring import NOW
from tests.questions.management.bank_questions import ONE, SAMPLES, THREE, TWO, Edit, facts

pytestmark = pytest.mark.django_db


def test_a_live_question_is_published_with_its_facts(bank: Path) -> None:
    load(bank, now=NOW)
    question = facts()
    revision = question.current
    assert revision is not None
    assert (question.status, question.origin, question.collection) == ("live", "shipped", "mls-c01")
    assert revision.published_at == NOW
    assert question.rating == 85
    assert revision.stem_html.startswith("<p>")
    assert revision.choose == revision.key.bit_count() == 1
    assert [option.code for option in revision.options.all()] == ["a", "b", "c", "d"]
    assert list(Question.objects.askable().filter(collection="mls-c01")) == list(Question.objects.all())


def test_points_keep_the_order_of_the_file(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "points: [g027, g028]", "points: [g028, g027]")
    load(bank, now=NOW)
    points = Point.objects.filter(questions=facts(THREE)).order_by("questionpoint__ordinal")
    assert [point.code for point in points] == ["g028", "g027"]


def test_new_wordings_are_written_once(bank: Path) -> None:
    with CaptureQueriesContext(connection) as queries:
        load(bank, now=NOW)
    again = ('UPDATE "questions_option"', 'UPDATE "questions_revision" SET "explanation"')
    assert not [query["sql"] for query in queries if query["sql"].startswith(again)]


def test_loading_again_changes_nothing(bank: Path) -> None:
    load(bank, now=NOW)
    version = bank_version.bank_version()
    result = load(bank, now=NOW)
    assert (len(result.unchanged), result.created, result.updated, result.kept) == (3, [], [], {})
    assert bank_version.bank_version() == version
    assert History.objects.count() == Revision.objects.count() == 3


def test_a_fact_changed_in_the_file_is_updated(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    version = bank_version.bank_version()
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    result = load(bank, now=NOW)
    assert result.updated == [THREE]
    assert facts(THREE).rating == 80
    assert Revision.objects.count() == 3
    assert bank_version.bank_version() == version + 1
    entry = History.objects.filter(question__code=THREE).first()
    assert entry is not None
    assert (entry.before, entry.after) == ({"rating": 85}, {"rating": 80})


def test_a_changed_wording_is_a_new_revision_and_the_old_one_is_kept(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    old = facts(THREE).current
    edit(SAMPLES[2], "3.2 million donations", "3.5 million donations")
    load(bank, now=NOW + datetime.timedelta(days=1))
    new = facts(THREE).current
    assert old is not None
    assert new is not None
    assert (old.number, new.number) == (1, 2)
    assert "3.5 million" in new.stem
    assert "3.5 million" in new.stem_html
    old.refresh_from_db()
    assert "3.2 million" in old.stem
    assert new.options.count() == old.options.count() == 4


def test_a_higher_revision_number_of_the_file_is_used(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    edit(SAMPLES[2], "3.2 million donations", "3.5 million donations")
    edit(SAMPLES[2], "revision: 1", "revision: 7")
    load(bank, now=NOW)
    current = facts(THREE).current
    assert current is not None
    assert current.number == 7


def test_a_changed_rationale_is_updated_in_place(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    edit(SAMPLES[2], "Without a setting", "Without any setting")
    load(bank, now=NOW)
    current = facts(THREE).current
    assert current is not None
    option = current.options.get(code="a")
    assert current.number == 1
    assert option.rationale.startswith("Without any setting")
    assert option.rationale_html.startswith("<p>Without any setting")


def test_a_draft_is_published_when_its_file_makes_it_live(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "status: live", "status: draft")
    load(bank, now=NOW)
    assert facts(THREE).current is None
    assert Revision.objects.get(question__code=THREE).published_at is None
    edit(SAMPLES[2], "status: draft", "status: live")
    load(bank, now=NOW)
    current = facts(THREE).current
    assert current is not None
    assert (current.number, current.published_at) == (1, NOW)


def test_a_dry_run_reports_the_same_and_writes_nothing(bank: Path, capsys: Any) -> None:
    call_command("load_bank", bank, "--dry-run")
    assert "3 created, 0 updated, 0 unchanged, 0 kept yours" in capsys.readouterr().out
    assert not Question.objects.exists()
    assert not ExamDomain.objects.exists()
    assert not Blueprint.objects.exists()


def test_a_question_without_a_file_is_reported_and_kept(bank: Path, capsys: Any) -> None:
    call_command("load_bank", bank)
    (bank / SAMPLES[2]).unlink()
    call_command("load_bank", bank)
    assert f"no longer in the files: {THREE}" in capsys.readouterr().out
    assert facts(THREE).status == "live"


def test_enemies_are_one_pair_whichever_side_names_it(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[0], "enemies: []", f"enemies: [{TWO}]")
    edit(SAMPLES[1], "enemies: []", f"enemies: [{ONE}]")
    load(bank, now=NOW)
    assert Enemy.objects.count() == 1
    edit(SAMPLES[0], f"enemies: [{TWO}]", "enemies: []")
    load(bank, now=NOW)
    assert Enemy.objects.count() == 1, "the other side still names it"
    edit(SAMPLES[1], f"enemies: [{ONE}]", "enemies: []")
    load(bank, now=NOW)
    assert Enemy.objects.count() == 0


def test_a_copy_with_another_name_belongs_to_the_first_blueprint(bank: Path) -> None:
    load(bank.rename(bank.parent / "copy"), now=NOW)
    assert Question.objects.askable().filter(collection="mls-c01").count() == 3


def test_the_syllabus_follows_its_file(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    topic = Topic.objects.get(slug="glue-databrew")
    edit("syllabus.yaml", f'title: "{topic.title}"', 'title: "Another title"')
    load(bank, now=NOW)
    topic.refresh_from_db()
    assert topic.title == "Another title"


def test_a_topic_removed_from_the_syllabus_is_deleted_unless_a_question_uses_it(bank: Path) -> None:
    load(bank, now=NOW)
    used = facts(THREE).topic
    assert used is not None
    text = (bank / "syllabus.yaml").read_text()
    topics = text.split("          - slug: ")
    remaining = [part for part in topics if not part.startswith("ml-data-source-identification\n")]
    assert len(remaining) == len(topics) - 1
    (bank / "syllabus.yaml").write_text("          - slug: ".join(remaining))
    load(bank, now=NOW)
    assert not Topic.objects.filter(slug="ml-data-source-identification").exists()
    assert not Point.objects.filter(code="1.1.1").exists()
    assert Topic.objects.filter(pk=used.pk).exists()


def test_the_manifest_changes_with_any_file(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    assert manifest_of(bank.name) == manifest(bank)
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    assert manifest_of(bank.name) != manifest(bank)


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_bank(bank: Path) -> None:
    def count_queries(directory: Path) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert load(directory, now=NOW).written
        return len(captured)

    few, few_again = count_queries(bank), count_queries(bank)
    for path in list(bank.glob("*/*.yaml")):
        text_of_one = path.read_text()
        for number in range(20):
            text = text_of_one.replace(f"id: {path.stem}\n", f"id: {path.stem}-{number}\n")
            (path.parent / f"{path.stem}-{number}.yaml").write_text(text)
    assert count_queries(bank) <= few + 5, "63 rows of a table are a batch or two"
    assert count_queries(bank) == few_again, "unchanged files are not written"


def test_ask_and_default_are_stored_and_follow_the_file(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "rating: 85\n", "rating: 85\nask: setting\ndefault: distractor\n")
    load(bank, now=NOW)
    assert (facts(THREE).ask, facts(THREE).default) == ("setting", "distractor")
    assert (facts(ONE).ask, facts(ONE).default) == ("", "")
    edit(SAMPLES[2], "ask: setting\ndefault: distractor\n", "ask: service\n")
    assert load(bank, now=NOW).updated == [THREE]
    assert (facts(THREE).ask, facts(THREE).default) == ("service", "")
    entry = History.objects.filter(question__code=THREE).first()
    assert entry is not None
    assert (entry.before, entry.after) == (
        {"ask": "setting", "default": "distractor"},
        {"ask": "service", "default": None},
    )
    assert Revision.objects.count() == 3, "they are not part of the wording"
