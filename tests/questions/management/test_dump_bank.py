"""Test that dump_bank writes files that load to the same bank."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from questions.bank_files.load import load
from questions.content.pictures import markdown
from questions.models import Enemy, ExamDomain, History, Image, Point, Question, QuestionPoint, Revision, Task, Topic
from questions.services import images, lifecycle, revisions, wordings
from tests.pictures import cleaned
from tests.questions.management.bank_questions import contents

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


def test_questions_without_an_exam_domain_are_dumped_with_their_collection(bank: Path, tmp_path: Path) -> None:
    load(bank, now=NOW)
    work = Question.objects.get(code="blood-bank-profile").current
    assert work is not None
    free = Question.objects.create(code="free-one", collection="course")
    own = Revision(question=free, kind=work.kind, stem="")
    revisions.begin(own, now=NOW, by=None)
    revisions.rewrite(own, wordings.content_of(work), now=NOW, by=None)
    call_command("dump_bank", tmp_path / "course", "--collection", "course")
    written = [path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("course/**/*.yaml")]
    assert written == ["course/no-exam-domain/free-one.yaml"]
    call_command("dump_bank", tmp_path / "all")
    assert "no-exam-domain/free-one.yaml" not in contents(tmp_path / "all"), "it belongs to no exam"
    (tmp_path / "all" / "no-exam-domain").mkdir()
    (tmp_path / written[0]).rename(tmp_path / "all/no-exam-domain/free-one.yaml")
    faults = load(tmp_path / "all", now=NOW).faults
    assert any("The place in the syllabus is missing" in fault.sentence for fault in faults)


def test_local_changes_are_dumped(bank: Path, tmp_path: Path, capsys: Any) -> None:
    load(bank, now=NOW)
    question = Question.objects.get(code="blood-bank-profile")
    Question.objects.filter(pk=question.pk).update(rating=60, status="retired")
    work = revisions.revise(question, now=NOW, by=None)
    lifecycle.publish([work], now=NOW, by=None)
    local = Question.objects.create(code="local-one", exam_domain=ExamDomain.objects.get(number=2))
    own = Revision(question=local, kind=work.kind, stem="")
    revisions.begin(own, now=NOW, by=None)
    revisions.rewrite(own, wordings.content_of(work), now=NOW, by=None)
    Question.objects.create(code="empty-one", exam_domain=local.exam_domain)
    Enemy.objects.create(low=question, high=local)
    call_command("dump_bank", tmp_path / "first")
    assert "no text, not written: empty-one" in capsys.readouterr().out
    dumped = contents(tmp_path / "first")
    assert b"revision: 2\nstatus: retired" in dumped["1.3/blood-bank-profile.yaml"]
    assert b"enemies: [local-one]" in dumped["1.3/blood-bank-profile.yaml"], "on one side"
    assert b"status: draft\nexam_domain: 2\n" in dumped["2/local-one.yaml"], "without a topic"
    _empty()
    assert load(tmp_path / "first", now=NOW).faults == []
    call_command("dump_bank", tmp_path / "second")
    assert contents(tmp_path / "second") == dumped


def test_ask_and_default_are_written(bank: Path, tmp_path: Path) -> None:
    load(bank, now=NOW)
    Question.objects.filter(code="blood-bank-profile").update(ask="computation", default="absent")
    call_command("dump_bank", tmp_path / "first")
    dumped = contents(tmp_path / "first")
    assert b"rating: 85\nask: computation\ndefault: absent\nenemies: []" in dumped["1.3/blood-bank-profile.yaml"]
    assert b"\nask:" not in dumped["3.4/validation-below-training.yaml"]
    _empty()
    assert load(tmp_path / "first", now=NOW).faults == []
    call_command("dump_bank", tmp_path / "second")
    assert contents(tmp_path / "second") == dumped


def _empty() -> None:
    Question.objects.update(status="draft", current=None)
    for model in (History, QuestionPoint, Enemy, Revision, Question, Point, Topic, Task, ExamDomain):
        model._default_manager.all().delete()


def test_a_moved_question_leaves_no_second_file(bank: Path, tmp_path: Path, capsys: Any) -> None:
    load(bank, now=NOW)
    call_command("dump_bank", tmp_path / "out")
    question = Question.objects.get(code="blood-bank-profile")
    elsewhere = Question.objects.exclude(exam_domain=question.exam_domain).select_related("topic__task")[0]
    Question.objects.filter(pk=question.pk).update(topic=elsewhere.topic, exam_domain=elsewhere.exam_domain)
    (tmp_path / "out" / "1.3" / "of-somebody.yaml").write_text("id: of-somebody\n")
    call_command("dump_bank", tmp_path / "out")
    assert [path.parent.name for path in (tmp_path / "out").glob("*/blood-bank-profile.yaml")] != ["1.3"]
    assert len(list((tmp_path / "out").glob("*/blood-bank-profile.yaml"))) == 1
    assert (tmp_path / "out" / "1.3" / "of-somebody.yaml").exists()
    assert "not in the database, not changed" in capsys.readouterr().out


def test_study_pages_of_the_installed_bank_are_copied(bank: Path, tmp_path: Path, settings: Any) -> None:
    (bank / "guide").mkdir()
    (bank / "guide" / "glue-databrew.md").write_bytes(b"## What to decide\r\n")
    (bank / "guide" / "topic-of-another-exam.md").write_bytes(b"Hello")
    (bank / "guide" / "glossary.md").write_bytes(b"## Recall\n\nA share.\n")
    (bank / "guide" / "services.md").write_bytes(b"## AWS Glue\n\nA service.\n")
    settings.BANKS_DIR = bank.parent
    load(bank, now=NOW)
    call_command("dump_bank", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out" / "guide").iterdir()} == {
        "glossary.md",
        "glue-databrew.md",
        "services.md",
    }
    assert (tmp_path / "out" / "guide" / "glue-databrew.md").read_bytes() == b"## What to decide\r\n"


def test_an_empty_database_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The database contains no bank"):
        call_command("dump_bank", tmp_path)


def test_a_path_that_cannot_be_written_is_reported(bank: Path, tmp_path: Path) -> None:
    load(bank, now=NOW)
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("dump_bank", tmp_path / "file")


def test_pictures_are_written_with_the_questions_and_loaded_again(bank: Path, tmp_path: Path) -> None:
    load(bank, now=NOW)
    red, text = cleaned("red"), f"See {markdown(cleaned('red').name, 'A red field')}."
    images.store([red, cleaned("blue")], now=NOW, by=None)
    Revision.objects.filter(question__code="blood-bank-profile").update(explanation=text)
    call_command("dump_bank", tmp_path / "first")
    dumped = contents(tmp_path / "first")
    assert dumped[red.name] == red.data
    assert cleaned("blue").name not in dumped, "no question names it"
    _empty()
    Image.objects.all().delete()
    assert load(tmp_path / "first", now=NOW).faults == []
    revision = Revision.objects.get(question__code="blood-bank-profile")
    assert f'<img src="/{red.name}" width="8" height="6" alt="A red field">' in revision.explanation_html
    call_command("dump_bank", tmp_path / "second")
    assert contents(tmp_path / "second") == dumped


@pytest.mark.parametrize(("data", "sentence"), [(None, "cannot be read"), (b"<svg/>", "SVG"), (b"x", "not a PNG")])
def test_a_picture_that_is_missing_or_none_is_a_fault(
    bank: Path, tmp_path: Path, data: bytes | None, sentence: str
) -> None:
    load(bank, now=NOW)
    red = cleaned("red")
    Revision.objects.filter(question__code="blood-bank-profile").update(explanation=markdown(red.name, "Red"))
    call_command("dump_bank", tmp_path / "first")
    _empty()
    if data is not None:
        (tmp_path / "first" / "images").mkdir()
        (tmp_path / "first" / red.name).write_bytes(data)
    (fault,) = load(tmp_path / "first", now=NOW).faults
    assert sentence in fault.sentence
    assert fault.file == "1.3/blood-bank-profile.yaml"


def test_the_profile_and_the_overlap_of_the_installed_bank_are_copied(
    bank: Path, tmp_path: Path, settings: Any
) -> None:
    load(bank, now=NOW)
    settings.BANKS_DIR = tmp_path / "installed"
    installed = settings.BANKS_DIR / "mls-c01"
    installed.mkdir(parents=True)
    texts = {"profile.yaml": b"targets: []\n", "overlap.yaml": b"points: []\n"}
    for name, text in texts.items():
        (installed / name).write_bytes(text)
    call_command("dump_bank", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in texts} == texts
