"""Test the checks of a bank directory: findings between questions, coverage, and the command lint_bank."""

import datetime
import io
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from questions.bank_files.check import BankCheck, check
from questions.bank_files.directories import shipped_directories
from questions.bank_files.question_yaml import dump, read
from questions.content.picture_files import clean_picture

SHIPPED = Path(__file__).resolve().parents[3] / "questions" / "bank" / "mls-c01"
DATA = Path(__file__).with_name("data")
TODAY = datetime.date(2026, 11, 25)
ONE = "1.2/d1-kds-shard-count.yaml"
ENEMY = "1.2/d1-kds-hot-shard-key.yaml"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return a directory with two questions that are enemies, and the syllabus."""
    directory = tmp_path / "mls-c01"
    shutil.copytree(DATA, directory)
    shutil.copy(SHIPPED / "syllabus.yaml", directory)
    return directory


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def findings_in(report: BankCheck) -> list[tuple[str, str, int | None]]:
    return [
        (Path(row.file).name, row.finding.rule, row.finding.line)
        for row in report.findings
        if row.finding.severity != "I"
    ]


def test_a_good_bank_passes_and_is_counted(bank: Path) -> None:
    report = check(bank, TODAY, {1: 20, 2: 24, 3: 36, 4: 20})
    assert findings_in(report) == []
    assert report.passes
    coverage = report.coverage
    assert (coverage.questions, coverage.multiple_response, coverage.rating_mean) == (2, 0, 60)
    assert (coverage.domains[0].questions, coverage.domains[0].share, coverage.domains[0].weight) == (2, 100, 20)
    assert coverage.positions == {"multiple-choice": {1: 1, 2: 1}}
    assert coverage.topics["kinesis-data-streams-capacity"] == 2
    assert (coverage.points["g004"], coverage.points["g012"]) == (2, 1)
    assert "g012" not in coverage.points_without
    assert "glue-crawlers" in coverage.topics_without


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("enemies: [d1-kds-hot-shard-key]", "enemies: [d1-gone]", "unknown-enemy", 11),
        ("enemies: [d1-kds-hot-shard-key]", "enemies: [d1-kds-shard-count]", "unknown-enemy", 11),
        ("as_of:", 'waivers:\n  - {rule: no-such-rule, reason: "So."}\nas_of:', "unknown-waiver", 13),
        ("rating: 60", "rating: sixty", "file", 8),
        ("license: CC-BY-SA-4.0", 'license: "CC-BY-SA-4.0"', "file-form", 13),
        ('task: "1.2"', 'task: "1.3"', "unknown-topic", 5),
        ('task: "1.2"', 'task: "1.3"', "file-form", 1),
        ("3 shards\n", "8 shards\n", "unsorted-numbers", 16),
    ],
)
def test_faults_are_found_with_their_lines(bank: Path, old: str, new: str, rule: str, line: int) -> None:
    change(bank / ONE, old, new)
    report = check(bank, TODAY)
    assert (Path(ONE).name, rule, line) in findings_in(report)
    assert not report.passes


def with_picture(bank: Path) -> Path:
    """Put a picture into the stem of the first question; return its file."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "PNG")
    picture = clean_picture(file.getvalue())
    path = bank / picture.name
    path.parent.mkdir()
    path.write_bytes(picture.data)
    change(bank / ONE, "stem: |\n", f"stem: |\n  ![A curve.]({picture.name})\n\n")
    return path


def test_a_picture_that_a_question_shows_must_be_there(bank: Path) -> None:
    path = with_picture(bank)
    assert check(bank, TODAY).passes
    path.unlink()
    report = check(bank, TODAY)
    assert findings_in(report) == [(Path(ONE).name, "picture", 1)]
    assert report.findings[0].finding.sentence.startswith(f"The picture images/{path.name} is missing.")


def test_a_picture_must_be_what_its_name_says(bank: Path) -> None:
    path = with_picture(bank)
    path.write_bytes(b"no picture")
    assert findings_in(check(bank, TODAY)) == [(Path(ONE).name, "picture", 1)]


def test_a_picture_that_no_question_shows_is_found(bank: Path) -> None:
    path = with_picture(bank)
    (path.parent / "old.png").write_bytes(path.read_bytes())
    assert findings_in(check(bank, TODAY)) == [("old.png", "picture", None)]


def test_a_duplicate_id_and_a_duplicate_text_are_found(bank: Path) -> None:
    (bank / "1.3").mkdir()
    shutil.copy(bank / ONE, bank / "1.3" / Path(ONE).name)
    text = (bank / ONE).read_text(encoding="utf-8").replace("id: d1-kds-shard-count", "id: d1-copy", 1)
    (bank / "1.2" / "d1-copy.yaml").write_text(text, encoding="utf-8")
    rules = {rule for _, rule, _ in findings_in(check(bank, TODAY))}
    assert {"id-twice", "near-duplicate"} <= rules


def test_a_retired_question_is_neither_checked_nor_counted(bank: Path) -> None:
    change(bank / ONE, "status: live", "status: retired")
    change(bank / ONE, "3 shards\n", "8 shards\n")
    report = check(bank, TODAY)
    assert findings_in(report) == []
    assert report.coverage.questions == 1


@pytest.mark.slow
def test_the_study_pages_are_checked_if_the_bank_has_a_guide(bank: Path) -> None:
    (bank / "guide").mkdir()
    (bank / "guide" / "glue-crawlers.md").write_text("# Crawlers\n", encoding="utf-8")
    report = check(bank, TODAY)
    assert ("glue-crawlers.md", "study-page", 1) in findings_in(report)
    assert ("glue-databrew.md", "study-page", None) in findings_in(report)
    assert not report.passes
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("lint_bank", str(bank), stdout=out)
    page = bank / "guide" / "glue-crawlers.md"
    assert f"{page}:1: E study-page: The heading '# Crawlers' is not allowed." in out.getvalue()


def test_the_command_prints_file_and_line_and_fails(bank: Path) -> None:
    out = StringIO()
    call_command("lint_bank", str(bank), stdout=out)
    assert "0 errors, 0 warnings" in out.getvalue()
    assert "longest" in out.getvalue()
    change(bank / ONE, "3 shards\n", "8 shards\n")
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("lint_bank", str(bank), stdout=out)
    assert stop.value.code == 1
    assert f"{bank / ONE}:16: W unsorted-numbers: options: " in out.getvalue()


def test_the_command_prints_the_report_as_json(bank: Path) -> None:
    change(bank / ONE, "3 shards\n", "8 shards\n")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("lint_bank", str(bank), "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["passes"] is False
    finding = next(row for row in report["findings"] if row["severity"] == "W")
    assert (finding["question"], finding["rule"], finding["line"]) == ("d1-kds-shard-count", "unsorted-numbers", 16)
    assert {row["name"] for row in report["banks"]["mls-c01"]["strategies"]} >= {"longest", "position 4"}
    assert report["banks"]["mls-c01"]["coverage"]["questions"] == 2


def lint(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("lint_bank", *args, stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_bank_without_a_profile_passes_and_prints_none(bank: Path) -> None:
    code, text = lint(str(bank), "--profile")
    assert code == 0
    assert "Like the exam" not in text


@pytest.mark.slow
def test_the_profile_is_printed_and_fails_only_on_demand(bank: Path) -> None:
    (bank / "profile.yaml").write_text('targets:\n  - {measure: "names a role", min: 45}\n')
    code, text = lint(str(bank))
    assert code == 0
    assert "names a role                           0.0 %  at least 45 %  off target" in text
    code, text = lint(str(bank), "--profile")
    assert code == 1
    assert "missing-ask" not in text
    change(bank / ONE, "ask: computation\n", "")
    text = lint(str(bank))[1]
    assert f"{bank / ONE}:1: E missing-ask: ask: The question does not state what it asks." in text
    assert lint(str(bank), "--profile")[1].endswith("\nNot like the exam: mls-c01: names a role\n")
    report = json.loads(lint(str(bank), "--profile", "--json")[1])
    assert report["passes"] is False
    role = next(row for row in report["banks"]["mls-c01"]["profile"] if row["name"] == "names a role")
    assert (role["minimum"], role["maximum"], role["unit"], role["value"]) == (45, None, "%", 0)
    assert (role["gate"], role["passes"]) == (True, False)


def test_what_readers_judge_and_waived_targets_are_printed_and_fail_nothing(bank: Path) -> None:
    (bank / "profile.yaml").write_text(
        'targets:\n  - {measure: "names a role", min: 45, waiver: "Being written."}\n'
        '  - {measure: "rating, mean", min: 66}\n'
    )
    (bank / "review-log.csv").write_text(
        "question,reading,exam,difficulty\n"
        "d1-kds-shard-count,with stem,yes,easy\nd1-kds-shard-count,with stem,no,easy\n"
        "d1-kds-shard-count,options only,no,\nno-longer-here,with stem,no,hard\n"
    )
    code, text = lint(str(bank), "--profile")
    assert code == 0, text
    assert "0.0 %  at least 45 %  off target, fails nothing: Being written." in text
    assert "60.00  at least 66  off target, fails nothing: Readers judge it." in text
    assert "Readers, would the exam ask it: yes 50.0 %, no 50.0 % of 2" in text
    assert "Readers, how hard it is: easy 100.0 % of 2" in text


def test_a_fault_of_a_profile_is_an_error_with_its_line(bank: Path) -> None:
    (bank / "profile.yaml").write_text('targets:\n  - {measure: "names a role"}\n')
    code, text = lint(str(bank))
    assert code == 1
    assert f"{bank / 'profile.yaml'}:2: E profile: targets.1.measure: The target has no bound." in text


@pytest.fixture
def workouts(bank: Path, settings: Any) -> Path:
    """A directory of one question beside the bank, without a syllabus, that no exam draws on."""
    settings.BANKS_DIR = bank.parent
    directory = bank.parent / "mls-c01-workouts"
    (directory / "1.2").mkdir(parents=True)
    shutil.move(bank / ENEMY, directory / ENEMY)
    return directory


@pytest.mark.slow
def test_all_directories_are_checked_and_measured(workouts: Path, bank: Path) -> None:
    code, text = lint()
    assert code == 0, text
    assert "1 questions, " in text, "the enemy in the other directory is known"
    change(workouts / ENEMY, "points: [", "points: [g999, ")
    code, text = lint()
    assert code == 1
    assert f"{workouts / ENEMY}:6: E unknown-point: points.1: " in text
    report = json.loads(lint("--json")[1])
    assert report["passes"] is False
    measured = {name: bank["coverage"]["questions"] for name, bank in report["banks"].items()}
    assert measured == {"mls-c01": 1, "mls-c01-workouts": 1}
    assert str(workouts / ENEMY) in {row["file"] for row in report["findings"]}


def test_a_directory_without_a_syllabus_is_checked_by_that_of_the_bank_beside_it(workouts: Path) -> None:
    change(workouts / ENEMY, "ask: diagnosis\n", "")
    assert lint(str(workouts))[0] == 0, "no exam draws on it"


def test_an_id_of_another_directory_is_reported(workouts: Path, bank: Path) -> None:
    shutil.copy(workouts / ENEMY, bank / ENEMY)
    rules = [(row.file, row.finding.rule, row.finding.sentence) for row in check(bank, TODAY).findings]
    assert (str(bank / ENEMY), "id-twice", f"The id is also in {workouts / ENEMY}. Give each a unique id.") in rules


def test_a_missing_directory_is_reported() -> None:
    with pytest.raises(CommandError, match="There is no directory"):
        call_command("lint_bank", "no-such-directory")


def test_a_directory_without_banks_is_reported(tmp_path: Path, settings: Any) -> None:
    settings.BANKS_DIR = tmp_path
    with pytest.raises(CommandError, match="There is no bank in"):
        call_command("lint_bank")


def test_reading_and_writing_the_bank_does_not_change_it(bank: Path) -> None:
    content, _ = read(bank / ONE)
    assert content is not None
    assert dump(content) == (DATA / ONE).read_text(encoding="utf-8")


def test_a_bank_whose_exam_has_no_blueprint_yet_is_not_shipped(bank: Path, settings: Any) -> None:
    settings.BANKS_DIR = bank.parent
    shutil.copytree(bank, bank.parent / "later-exam")
    assert shipped_directories() == [bank]


def test_faults_of_the_blueprint_files_are_reported(bank: Path, tmp_path: Path, settings: Any) -> None:
    settings.BANKS_DIR = bank.parent
    text = (settings.BLUEPRINT_DIR / "mls-c01.yaml").read_text()
    settings.BLUEPRINT_DIR = tmp_path / "blueprints"
    settings.BLUEPRINT_DIR.mkdir()
    path = settings.BLUEPRINT_DIR / "mls-c01.yaml"
    path.write_text(text.replace("minutes: 180", 'notes: [{text: "Assumed.", checked: "2999-01-01"}]\nminutes: 180'))
    status, out = lint("--no-info")
    assert status == 1
    sentence = "2999-01-01 is in the future. Write the day on which the note was checked."
    assert f"{path}:10: E blueprint: notes.1.checked: {sentence}" in out
    assert lint(str(bank), "--no-info")[0] == 0, "a directory is checked alone"
