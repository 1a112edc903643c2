"""An import survives who works on it: killed anywhere it goes on, done twice it is done once, failed it is undone."""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from questions import task_queue
from questions.content.schema import OptionContent, QuestionContent
from questions.formats import json_file
from questions.imports import batch_writer, planner, run
from questions.imports.plan import Settings
from questions.models import History, ImportBatch, ImportFile, Question
from questions.services.errors import RefusedError

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
LATER = NOW + 2 * run.SILENT
MUCH_LATER = LATER + 2 * run.SILENT
EXAM = Settings("MLS-C01", exam_domain=3)


class Killed(BaseException):
    """The process is gone."""


def draft(n: int) -> QuestionContent:
    options = tuple(OptionContent(each, each == "b", f"Way {each} of boat {n}") for each in "abc")
    return QuestionContent(id=f"boat-{n}", stem=f"What does boat {n} need?", options=options)


FIVE = json_file.write([draft(n) for n in range(5)])


@pytest.fixture(autouse=True)
def _bank(bank: Path) -> None:
    call_command("load_bank", bank, verbosity=0)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Nobody works in the request, nor two questions at once; gives who was to be woken."""
    found: list[int] = []
    monkeypatch.setattr(task_queue, "send", lambda task, pk: found.append(pk))
    monkeypatch.setattr(run, "QUICK_BYTES", 0)
    monkeypatch.setattr(run, "QUICK_ROWS", 0)
    monkeypatch.setattr(batch_writer, "AT_ONCE", 2)
    return found


def received(data: bytes = FIVE, name: str = "boats.json", **said: Any) -> ImportBatch:
    return run.receive(data, name, replace(EXAM, **said), now=NOW, by=None)


def checked(data: bytes = FIVE, **said: Any) -> ImportBatch:
    batch = received(data, **said)
    run.work(batch.pk, lambda: NOW)
    return again(batch)


def confirmed() -> ImportBatch:
    batch = checked()
    run.confirm(batch, good_only=False, now=NOW)
    return batch


def again(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def boats() -> int:
    return Question.objects.filter(code__startswith="boat-").count()


def killed_after(pieces: int, monkeypatch: pytest.MonkeyPatch, name: str = "write") -> None:
    """The process is killed when so many pieces are done."""
    real, done = getattr(batch_writer, name), []

    def piece(*args: Any) -> Any:
        if len(done) == pieces:
            monkeypatch.setattr(batch_writer, name, real)
            raise Killed
        done.append(1)
        return real(*args)

    monkeypatch.setattr(batch_writer, name, piece)


def test_a_step_is_begun_by_a_person_and_done_by_who_is_woken(woken: list[int]) -> None:
    batch = received()
    assert (batch.state, woken) == ("checking", [batch.pk])
    run.work(batch.pk)
    batch = again(batch)
    assert (batch.state, batch.beat_at, batch.result["counts"]["created"]) == ("checked", None, 5)
    run.confirm(batch, good_only=False, now=NOW)
    assert boats() == 0
    run.work(batch.pk)
    assert (again(batch).state, boats(), woken) == ("done", 5, [batch.pk] * 2)


def test_who_is_killed_while_writing_is_followed_by_one_that_goes_on(
    monkeypatch: pytest.MonkeyPatch, woken: list[int]
) -> None:
    batch = confirmed()
    killed_after(2, monkeypatch)
    with pytest.raises(Killed):
        run.work(batch.pk, lambda: NOW)
    half = again(batch)
    assert (half.state, half.done, half.total, boats()) == ("writing", 4, 5, 4)
    run.work(batch.pk, lambda: NOW + datetime.timedelta(seconds=10))
    assert boats() == 4, "the other one may be alive still"
    woken.clear()
    run.sweep(LATER)
    assert woken == [batch.pk]
    run.work(batch.pk, lambda: LATER)
    assert (again(batch).state, again(batch).interrupted, boats()) == ("done", 1, 5)
    assert History.objects.filter(action="imported").count() == 5, "nothing is written twice"


def test_who_is_killed_while_undoing_is_followed_by_one_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = confirmed()
    run.work(batch.pk, lambda: NOW)
    run.undo(again(batch))
    killed_after(1, monkeypatch, "_delete")
    with pytest.raises(Killed):
        run.work(batch.pk, lambda: NOW)
    assert boats() == 3
    run.work(batch.pk, lambda: LATER)
    assert (again(batch).state, boats()) == ("undone", 0)


def test_one_who_comes_back_after_another_has_taken_over_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = confirmed()
    real = batch_writer.write

    def slow(*args: Any) -> None:
        monkeypatch.setattr(batch_writer, "write", real)
        run.work(batch.pk, lambda: LATER)  # the other one, in the meantime
        real(*args)

    monkeypatch.setattr(batch_writer, "write", slow)
    run.work(batch.pk, lambda: NOW)
    assert (again(batch).state, boats()) == ("done", 5)
    assert History.objects.filter(action="imported").count() == 5


def test_a_failure_takes_back_what_was_written_and_says_so() -> None:
    batch = confirmed()
    exam_domain = Question.objects.first().exam_domain  # type: ignore[union-attr]
    Question.objects.create(code="boat-3", exam_domain=exam_domain)  # by somebody, since the check
    run.work(batch.pk, lambda: NOW)
    batch = again(batch)
    assert batch.state == "failed"
    assert "Somebody has changed the bank meanwhile" in batch.result["problem"]
    assert [each.code for each in Question.objects.filter(code__startswith="boat-")] == ["boat-3"]
    assert not ImportFile.objects.exists()


def test_a_file_over_which_the_server_dies_again_and_again_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = received()

    def deadly(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(planner, "plan", deadly)
    when = NOW
    for _ in range(run.TRIES + 1):
        with pytest.raises(Killed):
            run.work(batch.pk, lambda now=when: now)
        when += 2 * run.SILENT
    run.work(batch.pk, lambda: when)
    assert again(batch).state == "failed"
    assert "Split it, and try again." in again(batch).result["problem"]


def test_a_reader_that_fails_is_said_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = received()
    monkeypatch.setattr(planner, "plan", lambda *args: 1 / 0)
    run.work(batch.pk)
    assert again(batch).state == "failed"
    assert "could not be read" in again(batch).result["problem"]


def test_a_checked_file_that_nobody_imports_goes_after_a_day() -> None:
    batch = checked()
    run.sweep(NOW + run.KEPT - datetime.timedelta(minutes=1))
    assert ImportFile.objects.filter(batch=batch).exists()
    run.sweep(NOW + run.KEPT + datetime.timedelta(minutes=1))
    assert not ImportBatch.objects.exists()
    assert not ImportFile.objects.exists()


def test_a_done_import_keeps_no_upload_and_stays() -> None:
    batch = confirmed()
    run.work(batch.pk, lambda: NOW)
    run.sweep(NOW + datetime.timedelta(days=400))
    assert again(batch).state == "done"
    assert not ImportFile.objects.exists()
    assert not again(batch).rows.exclude(plan__isnull=True).exists(), "nor the texts a second time"


def test_a_step_that_somebody_has_taken_already_is_refused() -> None:
    batch = confirmed()
    for act in (lambda: run.confirm(batch, good_only=True, now=NOW), lambda: run.give_up(batch)):
        with pytest.raises(RefusedError, match="Look at it again"):
            act()


def test_progress_of_the_check_can_be_read_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(planner, "_TOLD", 2)
    real = planner.faults_of

    def look(*args: Any) -> Any:
        row = ImportBatch.objects.get()
        seen.append((row.done, row.total))
        return real(*args)

    monkeypatch.setattr(planner, "faults_of", look)
    checked()
    assert seen == [(0, 5), (2, 5), (2, 5), (4, 5), (4, 5)]


def test_a_process_that_has_the_data_to_itself_goes_on_at_once_with_what_another_left(woken: list[int]) -> None:
    batch = received()
    ImportBatch.objects.filter(pk=batch.pk).update(beat_at=NOW)
    woken.clear()
    soon = NOW + datetime.timedelta(seconds=5)
    run.sweep(soon)
    assert woken == [], "whoever works on it may be alive"
    run.take_over(soon)
    run.sweep(soon)
    assert woken == [batch.pk]
    run.work(batch.pk, lambda: soon)
    batch.refresh_from_db()
    assert (batch.state, batch.interrupted) == ("checked", 1), "the interruption is counted"
