"""Test the worker of an import: continued after a kill, never done twice, undone after a failure."""

import datetime
import io
import threading
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from xlsxwriter import Workbook

from questions.formats import bounded_reading, json_file
from questions.imports import batch_writer, planner, steps, undo, worker
from questions.models import History, ImportBatch, ImportFile, Question, User
from questions.services import history, jobs
from tests.authoring import account
from tests.html_forms import text
from tests.questions.imports.importing import (
    AFTER_TIMEOUT,
    NOW,
    boat,
    boat_count,
    checked_batch,
    confirmed_batch,
    job_of,
    received_batch,
    reloaded,
    work_on,
)

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker process was killed."""


def kill_after(calls: int, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Kill the worker at the call number `calls` of a function."""
    function, done = getattr(module, name), []

    def call(*args: Any) -> Any:
        if len(done) == calls:
            monkeypatch.setattr(module, name, function)
            raise Killed
        done.append(1)
        return function(*args)

    monkeypatch.setattr(module, name, call)


def test_another_worker_continues_after_a_kill_while_writing(
    monkeypatch: pytest.MonkeyPatch, sent_tasks: list[int]
) -> None:
    batch = confirmed_batch()
    kill_after(2, monkeypatch, batch_writer, "write_rows")
    with pytest.raises(Killed):
        work_on(batch)
    half = reloaded(batch)
    assert (half.state, job_of(half).progress, job_of(half).total, boat_count()) == ("writing", 4, 5, 4)
    work_on(batch, NOW + datetime.timedelta(seconds=10))
    assert boat_count() == 4, "the first worker may still be alive"
    sent_tasks.clear()
    jobs.sweep(lambda: AFTER_TIMEOUT)
    assert batch.pk in sent_tasks
    work_on(batch, AFTER_TIMEOUT)
    assert (reloaded(batch).state, job_of(batch).tries, boat_count()) == ("done", 2, 5)
    assert History.objects.filter(action="imported").count() == 5, "nothing is written twice"


@pytest.mark.slow
def test_another_worker_continues_after_a_kill_while_undoing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = confirmed_batch()
    work_on(batch)
    steps.undo(reloaded(batch), now=NOW)
    kill_after(1, monkeypatch, undo, "_delete")
    with pytest.raises(Killed):
        work_on(batch)
    assert boat_count() == 3
    work_on(batch, AFTER_TIMEOUT)
    assert (reloaded(batch).state, boat_count()) == ("undone", 0)


@pytest.mark.slow
def test_a_question_that_is_edited_while_an_import_is_undone_stays(client: Client) -> None:
    batch = confirmed_batch()
    work_on(batch)
    steps.undo(reloaded(batch), now=NOW)
    edited = Question.objects.get(code="boat-1")
    history.record(edited, "commented", now=NOW + datetime.timedelta(minutes=1), by=None, after={"text": "Which boat?"})
    work_on(batch)
    assert (reloaded(batch).state, boat_count()) == ("undone", 1)
    assert reloaded(batch).result["edited"] == ["boat-1"]
    client.force_login(User.objects.create_superuser("root"))
    page = text(client.get(f"/admin/questions/importbatch/{batch.pk}/", follow=True))
    assert "This import was undone. 1 question was edited or submitted meanwhile and stays as it is: boat-1." in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the write lock at BEGIN")
def test_an_undo_waits_for_an_edit_in_flight_and_keeps_it() -> None:
    """Without the lock on the questions, the undo deletes a question while its author saves it."""
    batch = confirmed_batch()
    work_on(batch)
    steps.undo(reloaded(batch), now=NOW)
    lock_held, over = threading.Event(), threading.Event()

    def work() -> None:
        lock_held.wait(60)
        try:
            work_on(batch)
        finally:
            over.set()
            connections.close_all()

    other = threading.Thread(target=work)
    other.start()
    with transaction.atomic():
        edited = Question.objects.select_for_update().get(code="boat-1")
        history.record(edited, "edited", now=NOW + datetime.timedelta(minutes=1), by=None, after={"rating": "65"})
        lock_held.set()
        assert not over.wait(0.5), "the undo did not wait for the edit"
    other.join(60)
    assert (reloaded(batch).state, boat_count()) == ("undone", 1)
    assert reloaded(batch).result["edited"] == ["boat-1"]


def test_a_worker_that_has_lost_its_claim_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = confirmed_batch()
    write_rows = batch_writer.write_rows

    def slow_write_rows(*args: Any) -> None:
        monkeypatch.setattr(batch_writer, "write_rows", write_rows)
        work_on(batch, AFTER_TIMEOUT)  # by another worker, meanwhile
        write_rows(*args)

    monkeypatch.setattr(batch_writer, "write_rows", slow_write_rows)
    work_on(batch)
    assert (reloaded(batch).state, boat_count()) == ("done", 5)
    assert History.objects.filter(action="imported").count() == 5


def test_a_failure_undoes_the_written_questions_and_stores_the_reason() -> None:
    batch = confirmed_batch()
    exam_domain = Question.objects.first().exam_domain  # type: ignore[union-attr]
    Question.objects.create(code="boat-3", exam_domain=exam_domain)  # by another user, after the check
    work_on(batch)
    batch = reloaded(batch)
    assert batch.state == "failed"
    assert "The bank was changed after the file was checked" in batch.result["problem"]
    assert [question.code for question in Question.objects.filter(code__startswith="boat-")] == ["boat-3"]
    assert not ImportFile.objects.exists()


def test_a_file_that_kills_every_worker_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = received_batch()

    def kill(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(planner, "make_plan", kill)
    now = NOW
    for _ in range(jobs.MAX_TRIES):
        with pytest.raises(Killed):
            work_on(batch, now)
        now += AFTER_TIMEOUT - NOW
    work_on(batch, now)
    assert reloaded(batch).state == "failed"
    assert "Split the file." in reloaded(batch).result["problem"]


@pytest.mark.slow
def test_an_undo_that_fails_says_so_and_can_be_tried_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = confirmed_batch()
    work_on(batch)
    steps.undo(reloaded(batch), now=NOW)
    monkeypatch.setattr(undo, "undo_batch", lambda *args, **kwargs: 1 / 0)
    for hours in range(jobs.MAX_TRIES):
        work_on(batch, NOW + datetime.timedelta(hours=hours))
    assert (reloaded(batch).state, job_of(batch).state) == ("undoing", "failed")
    client.force_login(account("adam", "Administrator"))
    shown = client.get(reverse("admin:questions_importbatch_change", args=[batch.pk])).text
    assert "It has failed and was stopped." in shown
    assert "<progress" not in shown
    assert "has not reported progress" not in shown
    monkeypatch.undo()
    jobs.run_now(job_of(batch), NOW)
    work_on(batch)
    assert (reloaded(batch).state, boat_count()) == ("undone", 0)


def test_an_error_of_a_reader_ends_the_import_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = received_batch()
    monkeypatch.setattr(planner, "make_plan", lambda *args: 1 / 0)
    work_on(batch)
    assert reloaded(batch).state == "failed"
    assert "could not be read" in reloaded(batch).result["problem"]


def expire(now: datetime.datetime) -> None:
    """Do the hourly work of a worker at this time."""
    jobs.run(jobs.request("expired_imports", now=now).pk, lambda: now)


def test_a_checked_file_is_deleted_after_a_day_without_import() -> None:
    batch = checked_batch()
    expire(NOW + worker.UNCONFIRMED_RETENTION - datetime.timedelta(minutes=1))
    assert ImportFile.objects.filter(batch=batch).exists()
    expire(NOW + worker.UNCONFIRMED_RETENTION + datetime.timedelta(minutes=1))
    assert not ImportBatch.objects.exists()
    assert not ImportFile.objects.exists()


def test_a_finished_import_is_kept_without_its_upload() -> None:
    batch = confirmed_batch()
    work_on(batch)
    expire(NOW + datetime.timedelta(days=400))
    assert reloaded(batch).state == "done"
    assert not ImportFile.objects.exists()
    assert not reloaded(batch).rows.exclude(plan__isnull=True).exists(), "no second copy of the texts"


def test_the_progress_of_a_check_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    progress: list[tuple[int, int]] = []
    monkeypatch.setattr(planner, "_QUESTIONS_PER_PROGRESS_REPORT", 2)
    prerequisite_faults = planner.prerequisite_faults

    def read_progress(*args: Any) -> Any:
        job = job_of(ImportBatch.objects.get())
        progress.append((job.progress, job.total))
        return prerequisite_faults(*args)

    monkeypatch.setattr(planner, "prerequisite_faults", read_progress)
    checked_batch()
    assert progress == [(0, 5), (2, 5), (2, 5), (4, 5), (4, 5)]


def test_a_large_workbook_is_opened_once_and_not_by_the_process_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("Question", "A", "B", "C", "Correct"))
        for row in range(1, 500):
            texts = (f"{word} {row * 7919}" for word in ("Which?", "One", "Two", "Three"))
            sheet.write_row(row, 0, (*texts, "X" if row < 3 else "B"))
    assert len(file.getvalue()) > bounded_reading.MAX_BYTES_IN_PROCESS
    monkeypatch.setattr("openpyxl.load_workbook", None)
    batch = received_batch(file.getvalue(), "boats.xlsx")
    work_on(batch)
    assert reloaded(batch).state == "checked"
    refused = bytes(ImportFile.objects.get(batch=batch, kind=ImportFile.Kind.REFUSED).data).decode()
    assert [line.split(",")[0] for line in refused.splitlines()[1:]] == ['"Which? 7919"', '"Which? 15838"']


def test_a_file_that_takes_too_long_to_read_fails_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reading, "time_limit", lambda size: 0.001)
    large = json_file.write([boat(n) for n in range(100)])
    assert len(large) > bounded_reading.MAX_BYTES_IN_PROCESS
    batch = reloaded(received_batch(large))
    work_on(batch)
    assert reloaded(batch).state == "failed"
    assert "so it was stopped" in str(reloaded(batch).result["faults"])


def test_a_file_with_more_formulas_than_a_worker_can_convert_soon_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "MAX_FORMULA_CHARS_OF_FILE", 1_000)
    formulas = " ".join(f"$x_{{{n}}} + y^{{{n}}}$" for n in range(9))
    questions = [replace(boat(n), explanation=formulas) for n in range(9)]
    assert checked_batch(json_file.write(questions[:5])).result["faults"] == []
    refused = reloaded(checked_batch(json_file.write(questions)))
    assert refused.result["faults"] == ["The formulas have over 1,000 characters. Split the file."]
