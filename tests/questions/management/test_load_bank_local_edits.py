"""Test what load_bank does with local edits: they are kept and reported, or are conflicts."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from questions.bank_files.load import load
from questions.models import Question, Revision
from questions.services import lifecycle, revisions
from tests.authoring import NOW
from tests.questions.management.bank_questions import SAMPLES, THREE, Edit, facts

pytestmark = pytest.mark.django_db


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


def test_conflicts_are_reported(bank: Path, edit: Edit, capsys: Any) -> None:
    call_command("load_bank", bank)
    Question.objects.filter(code=THREE).update(rating=60)
    edit(SAMPLES[2], "rating: 85", "rating: 80")
    capsys.readouterr()
    call_command("load_bank", bank)
    output = capsys.readouterr().out
    assert f"changed here and in the file: {THREE} (rating)" in output
    assert "1 kept yours, 1 conflicts" in output


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
