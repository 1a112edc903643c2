"""Test that an exam started before an upgrade continues after it.

`data/running_exam.json` has the rows of a running exam by table and column, in the tables of the first migrations of
both apps. The test builds that database, applies all later migrations and finishes the exam in the pages.
The file is frozen: do not change it when you add a migration. It was written, when both apps had one migration, by

    .venv/bin/python manage.py shell --verbosity 0 \\
        --command "from tests.mlsprep.test_upgrade import capture; capture()"
"""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Note
from exams.services.attempt import answering, extra_time
from exams.services.upkeep import sweeper
from questions.models import Bank, Revision, User
from tests import factories
from tests.mlsprep import snapshots
from tests.mlsprep.databases import SeparateDatabase, connected_to, each_migration, separate_database
from tests.sitting import Guest

pytestmark = pytest.mark.slow
FIXTURE = "running_exam.json"
FIRST_MIGRATIONS = [("questions", "0001_initial"), ("exams", "0001_initial")]
ANSWERED = (1, 2)  # positions
REVISION_NOT_IN_THE_EXAM = 1
HIGHLIGHTS = [[0, 7], [9, 12]]
TABLE = '<th scope="col"></th>\n<th class="n" scope="col"></th>\n<th scope="col">Visits</th>'
BANK_VERSION = 999_000_000  # processes cache the pool by version: no other test uses this one


def capture() -> None:
    """Write the fixture: an exam of five questions with two answers, a flag, a note and extra time."""
    with (
        tempfile.TemporaryDirectory() as directory,
        separate_database(Path(directory)) as database,
        connected_to(database),
    ):
        call_command("migrate", verbosity=0, interactive=False)
        make_running_exam()
        snapshots.write(FIXTURE, FIRST_MIGRATIONS)


def make_running_exam() -> None:
    """Make a running exam of an account, ten minutes after its start."""
    user = User.objects.create_user("alice", date_joined=factories.NOW)
    attempt = factories.attempt(factories.candidate(user), factories.small_blueprint())
    sitter = answering.Sitter(attempt.candidate_id, attempt.candidate.epoch)
    for response in attempt.responses.filter(position__in=ANSWERED):
        answer = answering.PostedAnswer(response.key, version=0, seconds=30)
        answering.save(attempt.uuid, sitter, response.position, answer, factories.NOW, flagged=response.position == 2)
    Note.objects.create(attempt=attempt, position=2, text="Compare with question 1.", version=1)
    outcome = extra_time.grant(attempt, 15, "A fire alarm", None, factories.NOW + timedelta(minutes=10))
    assert outcome == extra_time.GrantOutcome.GRANTED
    Bank.objects.update(version=BANK_VERSION)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """Yield a database with the running exam, highlights and a table, after all migrations."""
    with separate_database(tmp_path_factory.mktemp("upgraded")) as database:
        with django_db_blocker.unblock(), connected_to(database):
            snapshots.restore(FIXTURE, FIRST_MIGRATIONS)
            Note.objects.update(highlights=HIGHLIGHTS)  # of the stem, as before highlights in options
            Revision.objects.filter(pk=REVISION_NOT_IN_THE_EXAM).update(stem_html=TABLE)
            call_command("migrate", verbosity=0, interactive=False)
        yield database


@pytest.fixture
def copy(upgraded: SeparateDatabase, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """Connect Django to a copy of the upgraded database until the test ends."""
    with django_db_blocker.unblock(), separate_database(tmp_path, upgraded) as database, connected_to(database):
        yield


@pytest.mark.usefixtures("copy")
def test_a_running_exam_continues_after_an_upgrade(client: Client) -> None:
    attempt = Attempt.objects.get()
    with time_machine.travel(attempt.started_at + timedelta(minutes=40), tick=False):  # in the extra time
        client.force_login(attempt.candidate.user)
        guest = Guest(client, client.get(reverse("attempt", args=[attempt.uuid]), follow=True))
        for response in attempt.responses.order_by("position"):
            guest.get(reverse("question", args=[attempt.uuid, response.position]))
            assert set(guest.ticked) == (bits(response.key) if response.position in ANSWERED else set())
            assert ("Compare with question 1." in guest.html) == (response.position == 2)
            guest.press("move", "stay", ticks=list(bits(response.key)))
        client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
        sweeper.sweep(timezone.now() + timedelta(minutes=1))
        report = client.get(reverse("report", args=[attempt.uuid]))

    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SCORED
    assert attempt.report.passed
    assert attempt.responses.get(position=2).flagged
    assert report.status_code == 200
    assert f"{attempt.report.scaled}" in report.content.decode()
    call_command("audit")  # exits 1 when a form, deadline, response or score differs from what it should be


@pytest.mark.usefixtures("copy")
def test_highlights_survive_the_upgrade_and_the_way_back() -> None:
    assert Note.objects.get().highlights == {"stem": HIGHLIGHTS}
    with each_migration():
        call_command("migrate", "exams", "0001", verbosity=0, interactive=False)
    assert Note.objects.get().highlights == HIGHLIGHTS


@pytest.mark.usefixtures("copy")
def test_stored_tables_get_plain_cells_for_empty_headers() -> None:
    stem_html = Revision.objects.get(pk=REVISION_NOT_IN_THE_EXAM).stem_html
    assert stem_html == '<td></td>\n<td class="n"></td>\n<th scope="col">Visits</th>'


@pytest.fixture(scope="module")
def before_closers(
    upgraded: SeparateDatabase, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[SeparateDatabase]:
    """Yield a copy that was taken back to tables in which no attempt says who closed it."""
    with separate_database(tmp_path_factory.mktemp("before"), upgraded) as database:
        with django_db_blocker.unblock(), connected_to(database), each_migration():
            call_command("migrate", "exams", "0003", verbosity=0, interactive=False)
        yield database


@pytest.mark.parametrize(("ended", "closed_by"), [("at the deadline", "time"), ("before", "candidate")])
def test_a_closed_attempt_that_does_not_say_who_closed_it_gets_a_value(
    before_closers: SeparateDatabase, tmp_path: Path, django_db_blocker: Any, ended: str, closed_by: str
) -> None:
    end = F("deadline") if ended == "at the deadline" else F("started_at")
    with django_db_blocker.unblock(), separate_database(tmp_path, before_closers) as database, connected_to(database):
        Attempt.objects.update(status="abandoned", submitted_at=end, closed_by=None)
        call_command("migrate", verbosity=0, interactive=False)
        assert Attempt.objects.get().closed_by == closed_by


def bits(mask: int) -> set[str]:
    """Return the values that a page posts for these options."""
    return {str(bit) for bit in range(mask.bit_length()) if mask >> bit & 1}
