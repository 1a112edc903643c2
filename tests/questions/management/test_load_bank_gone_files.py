"""Test what load_bank does with shipped questions whose files are gone: a load of all shipped banks retires them."""

import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mlsprep.serving import preparation
from questions.bank_files.load import load, load_shipped
from questions.models import Question, User
from questions.services import lifecycle
from questions.services.bank_version import bank_version
from questions.services.question_rows import save_facts
from tests.authoring import NOW
from tests.questions.management.bank_questions import ONE, SAMPLES, THREE, TWO, Edit, facts

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def shipped(bank: Path, settings: Any) -> Path:
    """Return a bank that is the only shipped one, loaded."""
    settings.BANKS_DIR = bank.parent
    load_shipped(now=NOW)
    return bank


def statuses() -> dict[str, str]:
    return dict(Question.objects.values_list("code", "status"))


def printed(*arguments: Any) -> str:
    """Run load_bank and return what it prints."""
    output = StringIO()
    call_command("load_bank", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def test_live_and_pilot_questions_whose_files_are_gone_are_retired(shipped: Path, edit: Edit) -> None:
    edit(SAMPLES[1], "status: live", "status: pilot")
    load_shipped(now=NOW)
    version = bank_version()
    (shipped / SAMPLES[1]).unlink()
    (shipped / SAMPLES[2]).unlink()
    output = printed()
    assert "Retired 2 questions whose files are gone." in output
    assert f"retired, since its file is gone: {THREE}" in output
    assert statuses() == {ONE: "live", TWO: "retired", THREE: "retired"}
    assert bank_version() > version, "processes draw from the new pool"
    assert "retired, since" not in printed(), "once"


def test_the_history_says_why_and_a_start_says_how_many(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    lines: list[str] = []
    preparation.load_bank(lines.append)
    assert lines == ["Loading questions ...", "  1 retired, since their files are gone"]
    entry = facts(THREE).history.first()
    assert entry is not None
    assert (entry.action, entry.by, entry.before) == ("retired", None, {"status": "live"})
    assert entry.after == {"status": "retired", "text": "The file of the question is gone."}


def test_a_dry_run_says_what_would_be_retired_and_retires_nothing(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    output = printed("--dry-run")
    assert f"retired, since its file is gone: {THREE}" in output
    assert "1 retired" in output
    assert facts(THREE).status == "live"


def test_a_file_that_comes_back_makes_the_question_live_again(shipped: Path) -> None:
    question, text = facts(THREE), (shipped / SAMPLES[2]).read_text()
    (shipped / SAMPLES[2]).unlink()
    load_shipped(now=NOW)
    (shipped / SAMPLES[2]).write_text(text)
    result = load_shipped(now=LATER)
    assert (result.updated, result.kept, result.retired) == ([THREE], {}, [])
    again = facts(THREE)
    assert (again.pk, again.status, again.current_id) == (question.pk, "live", question.current_id)
    assert len(load_shipped(now=LATER).unchanged) == 3


def test_a_question_that_comes_back_with_another_wording_asks_that(shipped: Path, edit: Edit) -> None:
    text = (shipped / SAMPLES[2]).read_text()
    (shipped / SAMPLES[2]).unlink()
    load_shipped(now=NOW)
    (shipped / SAMPLES[2]).write_text(text)
    edit(SAMPLES[2], "3.2 million donations", "3.5 million donations")
    load_shipped(now=LATER)
    question = facts(THREE)
    assert question.status == "live"
    assert question.current is not None
    assert "3.5 million" in question.current.stem


def test_a_question_that_a_person_puts_back_stays(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    load_shipped(now=NOW)
    lifecycle.restore([facts(THREE)], now=NOW, by=User.objects.create_user("ada"))
    result = load_shipped(now=LATER)
    assert (result.retired, result.missing) == ([], [THREE])
    assert facts(THREE).status == "live"


def test_a_question_that_a_person_has_retired_stays_so_when_its_file_comes_back(shipped: Path) -> None:
    text = (shipped / SAMPLES[2]).read_text()
    lifecycle.retire([facts(THREE)], now=NOW, by=User.objects.create_user("ada"), reason="Outdated.")
    (shipped / SAMPLES[2]).unlink()
    assert load_shipped(now=NOW).retired == []
    (shipped / SAMPLES[2]).write_text(text)
    load_shipped(now=LATER)
    assert facts(THREE).status == "retired"


def test_questions_without_a_file_and_those_of_other_collections_stay(shipped: Path) -> None:
    domain = facts(ONE).exam_domain
    for code in (ONE, TWO):  # as if written here, and as if moved into a collection of the house
        (shipped / next(name for name in SAMPLES if Path(name).stem == code)).unlink()
    Question.objects.filter(code=ONE).update(origin="local", base=None, base_sha="")
    moved = facts(TWO)
    moved.collection = "local"
    save_facts(moved, now=NOW, by=None)
    draft = Question(code="own-draft", collection="mls-c01", exam_domain=domain)
    save_facts(draft, now=NOW, by=None)
    assert load_shipped(now=LATER).retired == []
    assert statuses() == {ONE: "live", TWO: "live", THREE: "live", "own-draft": "draft"}


def test_a_collection_whose_directory_is_gone_stays(shipped: Path, settings: Any) -> None:
    workouts = shipped.parent / "mls-c01-workouts"
    (workouts / "3.4").mkdir(parents=True)
    shutil.move(shipped / SAMPLES[0], workouts / SAMPLES[0])
    load_shipped(now=NOW)
    shutil.rmtree(workouts)
    assert load_shipped(now=LATER).retired == []
    assert facts(ONE).status == "live"


def test_a_load_of_one_directory_retires_nothing(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    assert f"no longer in the files: {THREE}" in printed(shipped)
    assert facts(THREE).status == "live"


@pytest.mark.parametrize("name", ["house", "elsewhere/mls-c01"])
def test_nothing_is_retired_where_questions_of_the_house_were_loaded_as_shipped_ones(
    shipped: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    house = tmp_path_factory.mktemp("files") / name
    shutil.copytree(shipped, house)
    text = (house / SAMPLES[2]).read_text()
    (house / SAMPLES[2]).with_stem("own").write_text(text.replace(f"id: {THREE}", "id: own"))
    assert load(house, now=NOW).created == ["own"]
    output = printed()
    assert "no longer in the files: own" in output
    assert "None is retired: questions were also loaded from " in output
    assert facts("own").status == "live"


def test_a_faulty_file_retires_nothing(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    (shipped / SAMPLES[0]).write_text("id: [")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        printed()
    assert printed("--good-only")
    assert set(statuses().values()) == {"live"}


def test_a_file_that_cannot_be_read_retires_nothing(shipped: Path) -> None:
    (shipped / SAMPLES[2]).unlink()
    (shipped / SAMPLES[0]).unlink()
    (shipped / SAMPLES[0]).symlink_to(shipped / SAMPLES[0])
    with pytest.raises(OSError, match="symbolic links"):
        load_shipped(now=LATER)
    lines: list[str] = []
    preparation.load_bank(lines.append)
    assert "The questions in the database stay in use." in lines[-1]
    assert set(statuses().values()) == {"live"}
