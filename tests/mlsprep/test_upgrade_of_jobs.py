"""Test that work which an upgrade interrupts goes on as jobs, from the time when each kind had its own claims.

`data/unfinished_work.json` has what the release before the table of jobs left when it was killed: a running exam, an
import of which two of five questions were written and one that waited to be checked, a ruling that was applied to two
of five exams, an analysis that had stored three revisions, a calibration that waited, and a daily erasure that had
noticed a leap of the clock. The file is frozen: do not change it when you add a migration.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Heartbeat, KeyRuling, ScoreReport
from exams.services.upkeep import daily_erasure, sweeper
from questions.models import AnalysisRun, History, ImportBatch, ItemStatistics, Job, OptionStatistics, Question
from questions.models.immutability import missing_triggers
from questions.services import job_state, jobs
from tests.exams.services.results.key_rulings import audit_sentences
from tests.mlsprep import snapshots
from tests.mlsprep.databases import SeparateDatabase, connected_to, separate_database
from tests.sitting import Guest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copy")]
FIXTURE = "unfinished_work.json"
MIGRATIONS = [("questions", "0011_index_of_outdated_facts"), ("exams", "0010_redundant_indexes")]
WRITING, CHECKING = "1", "2"  # the imports


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """Yield a database with the unfinished work, after all migrations."""
    with separate_database(tmp_path_factory.mktemp("upgraded")) as database:
        with django_db_blocker.unblock(), connected_to(database):
            snapshots.restore(FIXTURE, MIGRATIONS)
            call_command("migrate", verbosity=0, interactive=False)
        yield database


@pytest.fixture
def copy(upgraded: SeparateDatabase, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """Connect Django to a copy of the upgraded database until the test ends."""
    with django_db_blocker.unblock(), separate_database(tmp_path, upgraded) as database, connected_to(database):
        yield


def carry_on(kind: str, key: str = "") -> Job:
    """Do what waits, as a worker does."""
    job = job_state.find_open(kind, key)
    assert job is not None
    jobs.run(job.pk, timezone.now)
    job.refresh_from_db()
    return job


def test_each_piece_of_work_has_a_job_and_the_sweeper_alone_a_heartbeat() -> None:
    assert sorted(Job.objects.values_list("kind", "key", "state", "progress", "total")) == [
        ("analysis", "TINY", "waiting", 3, 12),
        ("calibration", "TINY", "waiting", 0, 0),
        ("erasure", "", "waiting", 0, 0),
        ("import", WRITING, "waiting", 2, 5),
        ("import", CHECKING, "waiting", 0, 0),
        ("ruling", "1", "waiting", 2, 5),
        ("unused_pictures", "", "waiting", 0, 0),
    ]
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["sweeper"]
    assert missing_triggers() == []


def test_the_running_exam_goes_on(client: Client) -> None:
    attempt = Attempt.objects.get(status="open")
    assert attempt.candidate.user is not None
    with time_machine.travel(attempt.started_at + timedelta(minutes=20), tick=False):
        client.force_login(attempt.candidate.user)
        guest = Guest(client, client.get(reverse("attempt", args=[attempt.uuid]), follow=True))
        assert "Question 1" in guest.html
        client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
        sweeper.sweep(timezone.now() + timedelta(minutes=1))
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SCORED


def test_the_half_written_import_is_completed_and_writes_nothing_twice() -> None:
    assert Question.objects.filter(code__startswith="boat-").count() == 2
    assert carry_on("import", WRITING).state == "done"
    assert ImportBatch.objects.get(pk=WRITING).state == "done"
    assert Question.objects.filter(code__startswith="boat-").count() == 5
    assert History.objects.filter(action="imported").count() == 5


def test_the_waiting_import_is_checked() -> None:
    assert carry_on("import", CHECKING).state == "done"
    batch = ImportBatch.objects.get(pk=CHECKING)
    assert (batch.state, batch.result["counts"]["created"]) == ("checked", 3)


def test_the_ruling_is_applied_to_the_other_exams() -> None:
    assert ScoreReport.objects.filter(ruling=1).count() == 2
    assert carry_on("ruling", "1").state == "done"
    progress = KeyRuling.objects.get().progress
    assert (progress["done"], progress["changed"], "finished" in progress) == (5, 5, True)
    assert ScoreReport.objects.filter(ruling=1).count() == 5
    assert audit_sentences() == []


def test_the_analysis_continues_after_its_place() -> None:
    kept = set(ItemStatistics.objects.values_list("pk", flat=True))
    assert carry_on("analysis", "TINY").state == "done"
    run = AnalysisRun.objects.get()
    assert run.finished_at
    assert ItemStatistics.objects.count() == run.total == 12
    assert kept < set(ItemStatistics.objects.values_list("pk", flat=True))
    options = OptionStatistics.objects.order_by("pk").values_list("statistics", "bit")
    assert len(set(options)) == len(options) > 12


def test_the_calibration_says_why_it_makes_no_version() -> None:
    job = carry_on("calibration", "TINY")
    assert (job.state, job.error[:24]) == ("failed", "A first scale needs 100 ")


def test_the_leap_of_the_clock_is_remembered() -> None:
    reading = Heartbeat.objects.get().beat_at
    assert daily_erasure.unconfirmed_leap(reading)
    jobs.sweep(lambda: reading + timedelta(hours=1))
    assert daily_erasure.unconfirmed_leap(reading + timedelta(hours=1)), "no day has passed"
    jobs.sweep(lambda: reading + timedelta(days=1))
    assert not daily_erasure.unconfirmed_leap(reading + timedelta(days=1))
