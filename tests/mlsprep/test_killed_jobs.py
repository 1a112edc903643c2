"""Test that each kind of background work goes on in another process after a kill, and does nothing twice.

One process is killed (SIGKILL) at a step of the work, inside its transaction where the step has one; this process
continues. The one that is killed is a fork: to start Python and Django takes a second of processor time.
"""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from exams import person_data
from exams.models import Candidate, DataFile, KeyRuling, Reminders, RepetitionCard, ScoreReport, StoredReport
from exams.services.analysis import analysis_runs, calibration, item_analysis, stored_reports
from exams.services.classes import link_mails, rosters
from exams.services.classes.rosters import Person
from exams.services.people import erasure
from exams.services.practice import repetition
from exams.services.results import rescoring
from questions.content.picture_files import PictureFile
from questions.imports import batch_writer, steps
from questions.imports.plan import ImportSettings
from questions.models import (
    AnalysisRun,
    Blueprint,
    ExamDomain,
    History,
    Image,
    ImportBatch,
    ItemStatistics,
    Job,
    OptionStatistics,
    Question,
    ScaleVersion,
    User,
)
from questions.services import images, jobs
from questions.services.job_kinds import KINDS
from tests import draws, factories
from tests.exams.services.results.key_rulings import audit_sentences, decide, scored_attempts
from tests.mlsprep.databases import SeparateDatabase, connected_to, separate_database
from tests.questions.imports.importing import FIVE_BOATS

pytestmark = pytest.mark.slow
ACCOUNT_DAYS, EMAIL_URL = 365, "smtp://mail.example.org"  # mails are composed and go nowhere
LONG_AGO = timezone.now() - timedelta(days=500)
# Small steps, and limits that a few exams reach.
SMALL = {
    batch_writer: {"QUESTIONS_PER_TRANSACTION": 2},
    rescoring: {"ATTEMPTS_PER_STEP": 2},
    item_analysis: {"REVISIONS_PER_TRANSACTION": 3},
    erasure: {"GUESTS_PER_TRANSACTION": 2},
    calibration: {"MIN_QUESTIONS": 5, "MIN_RESPONSES": 3},
}


@dataclass(frozen=True)
class Case:
    """The process is killed at the step number `steps` (0: after the work, before its end is recorded)."""

    kind: str
    steps: int
    half_done: Callable[[], bool]
    done: Callable[[], bool]

    def __str__(self) -> str:
        return f"{self.kind} {self.steps or 'end'}"


def boats() -> int:
    return Question.objects.filter(code__startswith="boat-").count()


def import_is_done() -> bool:
    batch = ImportBatch.objects.get(file="boats.json")
    return (batch.state, boats(), History.objects.filter(action="imported").count()) == ("done", 5, 5)


def rulings() -> int:
    return ScoreReport.objects.filter(ruling__isnull=False).count()


def ruling_is_done() -> bool:
    progress = KeyRuling.objects.get().progress
    return (progress["done"], progress["changed"], rulings(), audit_sentences()) == (5, 5, 5, [])


def analysis_is_done() -> bool:
    run = AnalysisRun.objects.get()
    options = list(OptionStatistics.objects.values_list("statistics", "bit"))
    is_whole = ItemStatistics.objects.count() == run.total and len(set(options)) == len(options)
    return run.finished_at is not None and is_whole


def erased() -> list[int]:
    """Return how often each guest was erased."""
    return list(Candidate.objects.exclude(erased_at=None).values_list("epoch", flat=True))


def scales() -> int:
    return ScaleVersion.objects.count()


def fresh_files() -> int:
    return DataFile.objects.filter(made_at__gt=LONG_AGO).count()


def cards() -> tuple[int, int]:
    """Return of how many questions that were only shown there are cards, and of how many missed ones."""
    shown = RepetitionCard.objects.filter(due=LONG_AGO)
    return shown.count(), RepetitionCard.objects.exclude(due=LONG_AGO).count()


def mails() -> tuple[int, int]:
    """Return how many mails the job knows to be sent, and of how many nobody knows it."""
    data = Job.objects.get(kind="link_mails").data
    return len(data["sent"]), len(data["unsure"])


def sent_here() -> list[str]:
    return [message.to[0] for message in mail.outbox]


def reminders_left() -> int:
    """Return how many reminders are due."""
    return Reminders.objects.filter(mail_at__lte=timezone.now()).count()


def idle_accounts_left() -> list[str]:
    """Return the accounts that idle people have, and * behind those who were told."""
    rows = User.objects.filter(username__startswith="idle").order_by("username")
    return [f"{user.username}{'*' if user.idle_notice_at else ''}" for user in rows]


CASES = [
    Case("import", 2, lambda: boats() == 2, import_is_done),
    Case("import", 0, lambda: boats() == 5, import_is_done),
    Case("ruling", 3, lambda: rulings() == 4, ruling_is_done),
    Case("analysis", 6, lambda: ItemStatistics.objects.count() == 3, analysis_is_done),
    Case("analysis", 0, lambda: AnalysisRun.objects.get().finished_at is not None, analysis_is_done),
    Case("calibration", 1, lambda: scales() == 0, lambda: scales() == 1),
    Case("calibration", 0, lambda: scales() == 1, lambda: scales() == 1),
    Case("erasure", 3, lambda: erased() == [1] * 4, lambda: erased() == [1] * 5),
    # Killed after the first erasure, and after the first mail.
    Case(
        "idle_accounts",
        2,
        lambda: idle_accounts_left() == ["idle-2", "idle-3", "idle-4"],
        lambda: (
            idle_accounts_left() == ["idle-3*", "idle-4*"]
            and sent_here() == ["idle-3@example.org", "idle-4@example.org"]
        ),
    ),
    Case(
        "idle_accounts",
        3,
        lambda: idle_accounts_left() == ["idle-3*", "idle-4"],
        lambda: idle_accounts_left() == ["idle-3*", "idle-4*"] and sent_here() == ["idle-4@example.org"],
    ),
    Case("uncounted_cards", 1, lambda: cards() == (1, 14), lambda: cards() == (0, 14)),
    Case("uncounted_cards", 0, *[lambda: cards() == (0, 14)] * 2),
    # Killed before and after the second mail.
    Case("link_mails", 3, lambda: mails() == (1, 0), lambda: sent_here() == ["ben@example.org", "cleo@example.org"]),
    Case("link_mails", 4, lambda: mails() == (1, 1), lambda: mails() == (2, 1) and sent_here() == ["cleo@example.org"]),
    Case("link_mails", 0, lambda: mails() == (3, 0), lambda: mails() == (3, 0) and sent_here() == []),
    # Killed before and after the first mail: one that was begun is put off to the next day, and never sent twice.
    Case("reminder_mails", 1, lambda: reminders_left() == 1, lambda: sent_here() == ["ben@example.org"]),
    Case("reminder_mails", 0, *[lambda: reminders_left() == 0 and sent_here() == []] * 2),
    Case("own_data", 1, lambda: fresh_files() == 0, lambda: fresh_files() == 1),
    Case("own_data", 0, lambda: fresh_files() == 1, lambda: fresh_files() == 1),
    Case("expired_own_data", 0, *[lambda: not DataFile.objects.exists()] * 2),
    Case("bank_report", 1, lambda: not StoredReport.objects.exists(), lambda: StoredReport.objects.count() == 1),
    Case("bank_report", 0, *[lambda: StoredReport.objects.count() == 1] * 2),
    Case("unused_pictures", 0, *[lambda: not Image.objects.exists()] * 2),
    Case("expired_imports", 0, *[lambda: ImportBatch.objects.count() == 1] * 2),
    Case("ended_jobs", 0, *[lambda: Job.objects.count() == 17 and not Job.objects.filter(key="old").exists()] * 2),
]


def test_every_kind_is_killed_here() -> None:
    assert {case.kind for case in CASES} == set(KINDS)


def request_all() -> None:
    """Request work of each kind."""
    now = timezone.now()
    decide(scored_attempts(factories.one_form_blueprint(), (2, 4, 6, 8, 9)), None)
    guest, other_guest = Candidate.objects.order_by("pk")[:2]
    scored_attempts(factories.one_form_blueprint("MORE"), (3, 5, 7))  # a withdrawn question is on no scale
    Candidate.objects.update(created_at=now)
    analysis_runs.request("TINY", AnalysisRun.Cause.REQUEST, now)
    jobs.request("calibration", "MORE", now=now)
    exam = ExamDomain.objects.values_list("exam", flat=True)[0]
    settings = ImportSettings(exam, exam_domain=1)
    batch = steps.receive_file(FIVE_BOATS, "boats.json", settings, now=now, by=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "MAX_INLINE_ROWS", 0)
        steps.confirm(batch, good_only=False, now=now)
    expired = steps.receive_file(FIVE_BOATS, "old.json", settings, now=now, by=None)
    ImportBatch.objects.filter(pk=expired.pk).update(at=LONG_AGO)
    for _ in range(5):
        factories.candidate(now=LONG_AGO)
    for name in ("idle-1", "idle-2", "idle-3", "idle-4"):
        account = factories.user(name, date_joined=LONG_AGO)
        if name > "idle-2":
            EmailAddress.objects.create(user=account, email=f"{name}@example.org", verified=True)
    jobs.request("idle_accounts", now=now)
    images.store([PictureFile("0" * 64, "png", 1, 1, b"")], now=LONG_AGO, by=None)
    jobs.request("erasure", now=now, last_run=(now - timedelta(days=1)).isoformat())
    Job.objects.create(kind="import", key="old", state="done", due_at=LONG_AGO, claimed_at=LONG_AGO)
    person_data.request(None, [guest], now)
    DataFile.objects.create(candidate=other_guest, made_at=LONG_AGO, data=b"ZIP")
    stored_reports.request(Blueprint.objects.get(code="TINY"), now)
    for owner in (guest, other_guest):
        repetition.update_cards(owner.pk)
        shown = Question.objects.exclude(revisions__responses__attempt__candidate=owner).order_by("pk")[0]
        RepetitionCard.objects.create(candidate=owner, question=shown, due=LONG_AGO)
    jobs.request("uncounted_cards", now=now)
    people = [Person(name, f"{name.lower()}@example.org") for name in ("Ana", "Ben", "Cleo")]
    sitting = factories.sitting(who="roster", roster=rosters.create(None, "7b", people))
    jobs.request(link_mails.KIND, sitting.pk, now=now, base="https://exams.example.org")
    for name in ("ana", "ben"):
        account = factories.user(name, email=f"{name}@example.org")
        owner, site = factories.candidate(account, now=now), "https://exams.example.org/"
        Reminders.objects.create(candidate=owner, email=account.email, site=site, mail_at=LONG_AGO)
    jobs.request("reminder_mails", now=now)
    for kind in ("expired_own_data", "unused_pictures", "expired_imports", "ended_jobs"):
        jobs.request(kind, now=now)


@pytest.fixture(scope="module")
def requested(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """Yield a database in which work of each kind waits."""
    with separate_database(tmp_path_factory.mktemp("requested")) as database:
        with django_db_blocker.unblock(), connected_to(database):
            call_command("migrate", verbosity=0, interactive=False)
            request_all()
        yield database


@pytest.fixture
def database(requested: SeparateDatabase, tmp_path: Path, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """Connect Django to a copy until the test ends."""
    with django_db_blocker.unblock(), separate_database(tmp_path, requested) as copy, connected_to(copy):
        yield copy


def killed_at_step(job: int, steps: int) -> int:
    """Do the work of a job in another process, which is killed at this step, and return the signal that ended it."""
    connection.close()  # each process has its own
    pid = os.fork()
    if pid == 0:
        try:
            with draws.repeated("the process that is killed"):  # in CI, a fork would draw what this process draws
                _run_and_die(job, steps)
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def _run_and_die(job: int, steps: int) -> None:
    left, advance = steps, jobs.Work.advance

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def advance_or_die(work: jobs.Work, **values: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()
        advance(work, **values)

    jobs.Work.advance = advance_or_die  # type: ignore[method-assign]
    jobs._finish = lambda *_arguments: die()  # type: ignore[assignment]
    jobs.run(job, timezone.now)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_process_goes_on_and_does_nothing_twice(
    case: Case, database: SeparateDatabase, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ACCOUNT_DAYS, settings.EMAIL_URL = ACCOUNT_DAYS, EMAIL_URL
    for module, names in SMALL.items():
        for name, value in names.items():
            monkeypatch.setattr(module, name, value)
    job = Job.objects.get(kind=case.kind, state="waiting")
    assert killed_at_step(job.pk, case.steps) == signal.SIGKILL
    job.refresh_from_db()
    assert job.state == "running"
    assert case.half_done()
    assert jobs.run(job.pk, timezone.now) is None, "it may be alive"
    later = timezone.now() + KINDS[case.kind].max_silence
    assert jobs.run(job.pk, lambda: later)
    job.refresh_from_db()
    assert (job.state, job.error) == ("waiting" if KINDS[case.kind].every else "done", "")
    assert case.done()
