"""Test load_bank: files become rows, local edits are kept, and faults have file, line and field."""

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.bank_files.load import load, manifest
from questions.content.schema import Fault
from questions.models import Blueprint, Enemy, ExamDomain, History, Point, Question, Revision, Topic
from questions.services import bank_version, lifecycle, revisions
from questions.services.bank_version import manifest_of

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
SAMPLES = ("3.4/validation-below-training.yaml", "3.4/random-search-one-wave.yaml", "1.3/blood-bank-profile.yaml")
ONE, TWO, THREE = (Path(name).stem for name in SAMPLES)

type Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(bank: Path) -> Edit:
    """Replaces a part of a file, which must be there."""

    def replace(name: str, old: str, new: str) -> None:
        text = (bank / name).read_text()
        assert old in text
        (bank / name).write_text(text.replace(old, new, 1))

    return replace


def facts(code: str = ONE) -> Question:
    return Question.objects.get(code=code)


def test_the_shipped_bank_loads_without_faults() -> None:
    result = load(settings.BANK_DIR, now=NOW)
    assert result.faults == []
    assert result.written
    files = {path.stem for path in settings.BANK_DIR.glob("*/*.yaml")}
    assert set(result.created) == files == set(Question.objects.values_list("code", flat=True))
    assert Blueprint.objects.current("MLS-C01")
    assert ExamDomain.objects.filter(exam="MLS-C01").count() == 4


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
    assert list(Question.objects.askable(["mls-c01"])) == list(Question.objects.all())


def test_points_keep_the_order_of_the_file(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "points: [g027, g028]", "points: [g028, g027]")
    load(bank, now=NOW)
    points = Point.objects.filter(questions=facts(THREE)).order_by("questionpoint__ordinal")
    assert [point.code for point in points] == ["g028", "g027"]


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
    assert (current.number, current.commentary_at) == (1, NOW)
    assert option.rationale.startswith("Without any setting")
    assert option.rationale_html.startswith("<p>Without any setting")


def test_local_edits_are_kept_and_reported(bank: Path, edit: Edit, capsys: Any) -> None:
    call_command("load_bank", bank)
    Question.objects.filter(code=THREE).update(rating=60, status="retired")
    call_command("load_bank", bank)
    assert f"kept yours: {THREE} (status, rating)" in capsys.readouterr().out
    edit(SAMPLES[2], "3.2 million donations", "3.5 million donations")
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    result = load(bank, now=NOW)
    question = facts(THREE)
    assert (question.status, question.rating) == ("retired", 60)
    assert result.kept == {THREE: ("status", "rating")}
    assert result.updated == [THREE], "a local rating or retirement never blocks a correction of the wording"
    assert question.current
    assert question.current.number == 2
    assert question.conflict == {"rating": 80}, "the file has changed it too: a person has to decide"


def test_a_wording_edited_here_keeps_its_commentary(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    question = facts(THREE)
    revision = revisions.revise(question, now=NOW, by=None)
    Revision.objects.filter(pk=revision.pk).update(stem="Ours?")
    revision.refresh_from_db()
    lifecycle.publish([revision], now=NOW, by=None)
    edit(SAMPLES[2], "3.2 million donations", "3.5 million donations")
    edit(SAMPLES[2], "Without a setting", "Without any setting")
    result = load(bank, now=NOW)
    assert result.kept[THREE] == ("wording", "rationales")
    current = facts(THREE).current
    assert current is not None
    assert current.stem == "Ours?"
    assert current.options.get(code="a").rationale.startswith("Without a setting")


def test_theirs_takes_the_values_of_the_files(bank: Path) -> None:
    load(bank, now=NOW)
    Question.objects.filter(code=THREE).update(rating=60, status="retired")
    result = load(bank, now=NOW, theirs=True)
    assert result.updated == [THREE]
    assert (facts(THREE).rating, facts(THREE).status) == (85, "live")


def test_an_unpublished_wording_is_not_published_by_a_load(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    work = revisions.revise(facts(THREE), now=NOW, by=None)
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    edit(SAMPLES[2], "status: live", "status: pilot")
    load(bank, now=NOW)
    work.refresh_from_db()
    assert work.published_at is None
    current = facts(THREE).current
    assert current is not None
    assert current.number == 1


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


def test_every_fault_of_every_file_is_listed_and_nothing_is_loaded(bank: Path, edit: Edit, capsys: Any) -> None:
    edit(SAMPLES[0], "topic: ", "topic: no-such-")
    edit(SAMPLES[1], "rating: ", "rating: 1000")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_bank", bank)
    faults = capsys.readouterr().err
    line = 1 + (bank / SAMPLES[0]).read_text().split("\n").index(
        next(line for line in (bank / SAMPLES[0]).read_text().split("\n") if line.startswith("topic: "))
    )
    assert f"{SAMPLES[0]}:{line}: topic: The syllabus has no topic" in faults
    assert f"{SAMPLES[1]}:" in faults
    assert "rating: " in faults
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("points: [g027", "points: [g999", "points.1", "no point 'g999'"),
        ("enemies: []", "enemies: [nobody]", "enemies.1", "no question 'nobody'"),
        ("enemies: []", f"enemies: [{THREE}]", "enemies.1", "its own enemy"),
        ("correct: true", "correct: false", "options", "correct"),
        ("correct: false", "correct: true", "kind", "multiple-response"),
        ('task: "1.3"', 'task: "1.2"', "task", "Move it there"),
        ("license: CC-BY-SA-4.0", f'license: "{"x" * 41}"', "license", "At most 40"),
    ],
)
def test_an_impossible_question_is_refused_with_its_field(
    bank: Path, edit: Edit, old: str, new: str, field: str, sentence: str
) -> None:
    edit(SAMPLES[2], old, new)
    result = load(bank, now=NOW)
    assert not result.written
    fault = next(fault for fault in result.faults if fault.field == field)
    assert fault.file == SAMPLES[2]
    assert fault.line
    assert sentence in fault.sentence


def test_a_text_that_no_database_can_store_is_refused(bank: Path, edit: Edit) -> None:
    text = (bank / SAMPLES[2]).read_text()
    start = text.index("stem: |")
    end = text.index("options:")
    (bank / SAMPLES[2]).write_text(text[:start] + 'stem: "Zero\\0?"\n' + text[end:])
    result = load(bank, now=NOW)
    assert [fault.field for fault in result.faults] == ["stem"]


def test_a_code_used_otherwise_is_refused(bank: Path) -> None:
    load(bank, now=NOW)
    other = ExamDomain.objects.create(exam="X-1", number=1, title="Other")
    Question.objects.filter(code=ONE).update(exam_domain=other, topic=None)
    (bank / "1.3" / "begun.yaml").write_text((bank / SAMPLES[2]).read_text().replace(THREE, "begun"))
    Question.objects.create(code="begun", exam_domain=other)
    result = load(bank, now=NOW)
    assert not result.written
    sentences = {Path(fault.file).stem: fault.sentence for fault in result.faults}
    assert "belongs to another exam" in sentences[ONE]
    assert "without a text" in sentences["begun"]


def test_an_id_used_twice_is_refused(bank: Path) -> None:
    (bank / "2.1").mkdir()
    shutil.copy(bank / SAMPLES[2], bank / "2.1" / f"{THREE}.yaml")
    result = load(bank, now=NOW)
    assert any("is also in 1.3/" in fault.sentence for fault in result.faults)


def test_good_questions_of_a_faulty_bank_load_with_good_only(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[0], "topic: ", "topic: no-such-")
    result = load(bank, now=NOW, good_only=True)
    assert result.written
    assert sorted(result.created) == sorted([TWO, THREE])
    assert [fault.file for fault in result.faults] == [SAMPLES[0]]
    assert manifest_of(bank.name) == "", "the next start reads it again"


def test_a_missing_or_empty_directory_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("load_bank", tmp_path / "nowhere")
    empty = load(tmp_path, now=NOW)
    assert empty.faults[0] == Fault(
        "syllabus.yaml",
        None,
        "",
        "The directory has no syllabus.yaml, which questions need. Add it.",
    )


def test_a_copy_with_another_name_belongs_to_the_first_blueprint(bank: Path) -> None:
    load(bank.rename(bank.parent / "copy"), now=NOW)
    assert Question.objects.askable(["mls-c01"]).count() == 3


def test_a_changed_blueprint_needs_a_new_version(bank: Path, tmp_path: Path, settings: Any) -> None:
    load(bank, now=NOW)
    blueprints = tmp_path / "blueprints"
    blueprints.mkdir()
    text = (settings.BLUEPRINT_DIR / "mls-c01.yaml").read_text()
    settings.BLUEPRINT_DIR = blueprints
    (blueprints / "mls-c01.yaml").write_text(text.replace("minutes: 180", "minutes: 170"))
    result = load(bank, now=NOW)
    assert not result.written
    assert [(fault.line, fault.field) for fault in result.faults] == [(2, "version")]
    (blueprints / "mls-c01.yaml").write_text(
        text.replace("minutes: 180", "minutes: 170").replace("version: 1", "version: 2")
    )
    assert load(bank, now=NOW).written
    assert [row.exam.minutes for row in Blueprint.objects.order_by("version")] == [180, 170]


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
    remaining = [part for part in topics if not part.startswith("s3-data-lake-layout\n")]
    assert len(remaining) == len(topics) - 1
    (bank / "syllabus.yaml").write_text("          - slug: ".join(remaining))
    load(bank, now=NOW)
    assert not Topic.objects.filter(slug="s3-data-lake-layout").exists()
    assert not Point.objects.filter(code="g007").exists()
    assert Topic.objects.filter(pk=used.pk).exists()


def test_the_manifest_changes_with_any_file(bank: Path, edit: Edit) -> None:
    load(bank, now=NOW)
    assert manifest_of(bank.name) == manifest(bank)
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    assert manifest_of(bank.name) != manifest(bank)


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


def test_a_directory_of_banks_is_not_a_bank(bank: Path) -> None:
    (fault,) = load(bank.parent, now=NOW).faults
    assert f"contains banks. Give one of them: {bank}" in fault.sentence


def test_conflicts_are_reported(bank: Path, edit: Edit, capsys: Any) -> None:
    call_command("load_bank", bank)
    Question.objects.filter(code=THREE).update(rating=60)
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    capsys.readouterr()
    call_command("load_bank", bank)
    output = capsys.readouterr().out
    assert f"changed here and in the file: {THREE} (rating)" in output
    assert "1 kept yours, 1 conflicts" in output


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
        {"ask": "setting", "default": "distractor"}, {"ask": "service", "default": None},
    )  # fmt: skip
    assert Revision.objects.count() == 3, "they are not part of the wording"


def test_a_default_changed_here_and_in_the_file_is_a_conflict(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "rating: 85\n", "rating: 85\nask: setting\ndefault: distractor\n")
    load(bank, now=NOW)
    Question.objects.filter(code=THREE).update(default="key")
    edit(SAMPLES[2], "default: distractor", "default: absent")
    edit(SAMPLES[2], "ask: setting", "ask: technique")
    result = load(bank, now=NOW)
    assert (result.updated, result.conflicts) == ([THREE], {THREE: ("default",)})
    question = facts(THREE)
    assert (question.ask, question.default, question.conflict) == ("technique", "key", {"default": "absent"})


def test_an_unknown_ask_blocks_the_load(bank: Path, edit: Edit) -> None:
    edit(SAMPLES[2], "rating: 85\n", "rating: 85\nask: feeling\n")
    result = load(bank, now=NOW)
    [fault] = result.faults
    assert (fault.file, fault.line, fault.field) == (SAMPLES[2], 9, "ask")
    assert not Question.objects.exists()
