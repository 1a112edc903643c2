"""Test that scales, analyses and target dates, of which there was one for all exams, get the exam that they are of.
Notes that belong to no question are deleted.

The database is that of the last release before, with the running exam of `data/running_exam.json`.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Note
from exams.services.attempt import question_pool
from exams.services.attempt.effective_keys import second_keys
from exams.services.practice import study_marks
from questions.models import AnalysisRun, Blueprint, ItemParameter, Job, Revision, ScaleVersion
from questions.models.immutability import missing_triggers
from tests import factories
from tests.factories import NOW
from tests.mlsprep import snapshots
from tests.mlsprep.databases import SeparateDatabase, connected_to, each_migration, separate_database
from tests.mlsprep.test_upgrade import FIRST_MIGRATIONS, FIXTURE

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copy")]
LAST_RELEASE = [("questions", "0017_had_role_by_default"), ("exams", "0016_stored_reports")]
TARGET = date(2026, 6, 1)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """Yield a database of the last release that was used and then upgraded."""
    with separate_database(tmp_path_factory.mktemp("upgraded")) as database:
        with django_db_blocker.unblock(), connected_to(database):
            snapshots.restore(FIXTURE, FIRST_MIGRATIONS)
            with each_migration():
                MigrationExecutor(connection).migrate(LAST_RELEASE)
                use(MigrationExecutor(connection).loader.project_state(LAST_RELEASE).apps)
            call_command("migrate", verbosity=0, interactive=False)
        yield database


@pytest.fixture
def copy(upgraded: SeparateDatabase, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """Connect Django to a copy of the upgraded database until the test ends."""
    with django_db_blocker.unblock(), separate_database(tmp_path, upgraded) as database, connected_to(database):
        factories.start_versions()  # this process may have read the pool of another upgraded database
        yield


def use(apps: Any) -> None:
    """Leave what the last release writes: an active scale, an analysis that waits, and a target date."""
    revisions = list(apps.get_model("questions", "Revision").objects.order_by("pk"))
    scales = apps.get_model("questions", "ScaleVersion").objects
    reference = [{"revision": revisions[0].pk, "b": -0.8}]
    scale = scales.create(number=4, active=True, reference=reference, made_at=NOW)
    parameters = apps.get_model("questions", "ItemParameter").objects
    for revision in revisions:
        parameters.create(scale=scale, revision=revision, b=-0.8, se=0.2, n=80)
    run = apps.get_model("questions", "AnalysisRun").objects.create(cause="night", requested_at=NOW)
    jobs = apps.get_model("questions", "Job").objects
    jobs.create(kind="analysis", due_at=NOW, data={"run": run.pk})
    jobs.create(kind="calibration", due_at=NOW)
    apps.get_model("exams", "Candidate").objects.update(target_date=TARGET)
    first = revisions[0]
    keys = {"old_key": first.key, "new_key": first.key, "also": wrong_option(first)}
    apps.get_model("exams", "KeyRuling").objects.create(revision_id=first.pk, **keys, reason="Both are right.", at=NOW)
    attempt = apps.get_model("exams", "Attempt").objects.get()
    for position in (0, 1000):
        attempt.notes.create(position=position, text=f"A note at {position}", version=1)


def wrong_option(revision: Any) -> int:
    return next(1 << bit for bit in range(revision.n_options) if not revision.key >> bit & 1)


def test_what_a_ruling_accepts_is_a_fact_of_the_revision() -> None:
    revision = Revision.objects.order_by("pk")[0]
    assert revision.also == wrong_option(revision)
    assert second_keys() == {revision.pk: revision.also}


def test_the_scale_and_the_analysis_belong_to_the_exam_of_their_questions() -> None:
    scale = ScaleVersion.objects.get()
    assert (scale.exam, scale.number, scale.active) == ("TINY", 4, True)
    assert AnalysisRun.objects.get().exam == "TINY"
    assert missing_triggers() == []
    pool = question_pool.pool_for(Blueprint.objects.get())
    assert pool.calibrated == len(pool.items) == ItemParameter.objects.count()
    # Another exam may have an active scale of its own beside it.
    ScaleVersion.objects.create(exam="OTHER", number=5, active=True, reference=[])


def test_the_target_date_is_that_of_the_exam_whose_plan_it_was_for() -> None:
    candidate = Candidate.objects.get()
    assert study_marks.goal(candidate, "TINY").target_date == TARGET
    assert candidate.study_goals.count() == 1


def test_notes_at_positions_that_no_question_has_are_deleted() -> None:
    assert Attempt.objects.get().responses.filter(position=2).exists()
    assert set(Note.objects.values_list("position", flat=True)) == {0, 2}


def test_work_that_waits_is_that_of_the_exam() -> None:
    assert dict(Job.objects.values_list("kind", "key")) == {"analysis": "TINY", "calibration": "TINY"}


def test_the_running_exam_goes_on(client: Client) -> None:
    attempt = Attempt.objects.get()
    assert attempt.candidate.user is not None
    with time_machine.travel(attempt.started_at, tick=False):
        client.force_login(attempt.candidate.user)
        page = client.get(reverse("attempt", args=[attempt.uuid]), follow=True)
    assert page.status_code == 200
    assert "Question 1" in page.content.decode()
