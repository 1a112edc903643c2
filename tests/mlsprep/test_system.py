"""Test the page *System*: parts in words, jobs with progress and error, and the buttons that run them again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from mlsprep import health
from questions.models import Job, User
from questions.services import jobs
from questions.services.job_kinds import KINDS
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db
PAGE = "/admin/system/"


@pytest.fixture
def administrator(client: Client) -> User:
    user = account("adam", "Administrator")
    client.force_login(user)
    return user


def page(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200
    return text(response)


def job(kind: str, state: str, key: str = "", **fields: Any) -> Job:
    now = timezone.now()
    return Job.objects.create(kind=kind, key=key, state=state, due_at=now, claimed_at=now, tries=1, **fields)


def test_it_says_in_words_that_everything_works(client: Client, administrator: User) -> None:
    sweeper.sweep(timezone.now())
    shown = page(client)
    assert "Sweeper It looked for work" in shown
    assert "No exam waits for its score." in shown
    assert "responds. Its data takes" in shown
    assert "all migrations are applied" in shown
    assert "Django 6." in shown
    assert "No work has failed." in shown
    for kind in KINDS.values():
        assert (str(kind.title) in shown) == (kind.every is not None)


def test_a_fault_stands_in_its_place(client: Client, administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "disk_fault", lambda: "The disk is full.")
    shown = page(client)
    assert "Sweeper The sweeper has never run. Start a worker." in shown
    assert "Disk The disk is full." in shown


def test_exams_without_a_score_are_counted(client: Client, administrator: User) -> None:
    attempt = factories.attempt(now=timezone.now() - timedelta(minutes=10))
    ending.finish(attempt, timezone.now() - timedelta(minutes=5))
    assert Attempt.objects.awaiting_score().exists()
    assert "1 exam waits for its score, for 5 minutes." in page(client).replace("\xa0", " ")


def test_running_work_shows_its_progress_and_failed_work_its_error(client: Client, administrator: User) -> None:
    job("import", "running", "7", progress=20, total=80)
    job("calibration", "failed", error="A first scale needs 100 scored questions.")
    job("ruling", "done", "3")
    shown = page(client)
    assert "Import a file 7 running 20 of 80" in shown
    assert "Calibrate failed A first scale needs 100 scored questions." in shown
    assert "Apply a key ruling 3 done" in shown


EXAM_KINDS = {"analysis", "calibration", "bank_report"}  # their keys are codes of exams; others have keys of rows


@pytest.mark.parametrize("state", Job.State.values)
@pytest.mark.parametrize("kind", KINDS)
def test_work_of_every_kind_with_a_key_is_shown_in_every_state_and_leads_to_its_page(
    client: Client, administrator: User, kind: str, state: str
) -> None:
    key = "TINY" if kind in EXAM_KINDS else "7"
    job(kind, state, key)
    shown = client.get(PAGE)
    assert f"{KINDS[kind].title} {key}" in text(shown)
    expected = {
        "analysis": f"/admin/statistics/?exam={key}",
        "calibration": f"/admin/scales/?exam={key}",
        "import": "/admin/questions/importbatch/7/change/",
    }.get(kind)
    if expected:
        assert f'href="{expected}"' in shown.content.decode()


def test_failed_work_is_tried_again(client: Client, administrator: User) -> None:
    failed = job("analysis", "failed", error="Its process ended with -9.", data={"run": 5})
    assert "Try again" in page(client)
    response = client.post(reverse("admin:system_run", args=[failed.pk]), follow=True)
    again = Job.objects.get(state="waiting", kind="analysis")
    assert (again.data, again.tries) == ({"run": 5}, 0)
    shown = text(response)
    assert "Requested: Analyze all answers." in shown
    assert "No work has failed." in shown, "what is requested again is no failure any more"
    assert LogEntry.objects.get().user == administrator


def test_the_header_counts_work_that_has_failed(client: Client, administrator: User) -> None:
    assert "System People" in text(client.get("/admin/"))
    job("calibration", "failed")
    assert "System 1 People" in text(client.get("/admin/"))
    client.force_login(account("ada", "Author"))
    assert "System" not in text(client.get("/admin/"))


def test_daily_work_can_be_done_now(client: Client, administrator: User) -> None:
    jobs.request("erasure", now=timezone.now() + timedelta(hours=20))
    waiting = Job.objects.get()
    client.post(reverse("admin:system_run", args=[waiting.pk]))
    waiting.refresh_from_db()
    assert waiting.due_at <= timezone.now()
    assert Job.objects.count() == 1


@pytest.mark.parametrize("state", ["running", "done"])
def test_work_that_runs_or_is_done_is_not_requested_again(client: Client, administrator: User, state: str) -> None:
    stale = job("ruling", state, "3")
    shown = text(client.post(reverse("admin:system_run", args=[stale.pk]), follow=True))
    assert "This work is being done, or has been done already." in shown
    assert Job.objects.get() == stale
    assert not LogEntry.objects.exists()


def test_a_job_of_an_unknown_kind_does_not_break_the_page(client: Client, administrator: User) -> None:
    unknown = job("moon", "failed")
    page(client)
    assert client.post(reverse("admin:system_run", args=[unknown.pk])).status_code == 404


@pytest.mark.slow
def test_only_administrators_open_it(client: Client) -> None:
    failed = job("calibration", "failed")
    run = reverse("admin:system_run", args=[failed.pk])
    assert client.get(PAGE).status_code == 302
    for role in ("Author", "Reviewer", "Instructor"):
        client.force_login(account(role.lower(), role))
        assert client.get(PAGE).status_code == 403
        assert client.post(run).status_code == 403
        assert "System" not in text(client.get("/admin/"))
    client.force_login(account("adam", "Administrator"))
    assert client.get(run).status_code == 405, "only a button runs it"


def test_the_page_takes_a_constant_number_of_queries(
    client: Client, administrator: User, django_assert_num_queries: DjangoAssertNumQueries, settings: Any
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # with Redis it is one query less
    client.force_login(administrator)
    sweeper.sweep(timezone.now())
    for n in (1, 3):
        for key in range(n):
            for kind, state in (("import", "running"), ("ruling", "failed"), ("import", "done")):
                Job.objects.get_or_create(
                    kind=kind,
                    state=state,
                    key=str(key),
                    defaults={"due_at": timezone.now(), "claimed_at": timezone.now()},
                )
        page(client)
        with django_assert_num_queries(14):
            client.get(PAGE)
