"""Test the file with all data of a person who has many exams: made by a job, kept for this person alone, for a day."""

import io
import json
import threading
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams import person_data
from exams.models import Attempt, Candidate, DataFile
from exams.services.people import person_data_files
from exams.services.upkeep.person_erasure import erase_person
from questions.models import Job
from questions.services import jobs
from tests import factories
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

DOWNLOAD, PAGE = "/account/data.zip", "/account/data/"


@pytest.fixture
def candidate(monkeypatch: pytest.MonkeyPatch) -> Candidate:
    """A guest whose two exams are too many for a page."""
    monkeypatch.setattr(person_data_files, "MAX_ATTEMPTS_AT_ONCE", 1)
    now = timezone.now()
    candidate = factories.candidate(now=now)
    factories.small_blueprint(exams=2)
    for minutes in (40, 20):
        factories.handed_in(candidate=candidate, now=now - timedelta(minutes=minutes))
    return candidate


def make(client: Client) -> Job:
    """Ask for the file, and do the work as a worker does."""
    assert client.post(PAGE).status_code == 303
    job = Job.objects.get(kind=person_data.KIND, state="waiting")
    jobs.run(job.pk, timezone.now)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    return job


def attempts_in(response: Any) -> set[str]:
    return {row["attempt"] for row in rows_of(response)}


def rows_of(response: Any) -> list[Any]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    rows: list[Any] = json.loads(archive.read("attempts.json"))
    return rows


@pytest.mark.slow
def test_a_large_download_leads_to_the_page_that_makes_the_file(candidate: Candidate) -> None:
    client = browser(candidate)
    assert client.get(DOWNLOAD)["Location"] == PAGE
    assert "Make the file" in client.get(PAGE).content.decode()
    assert not Job.objects.filter(kind=person_data.KIND).exists()  # a link starts no work

    assert client.post(PAGE).status_code == 303
    page = client.get(PAGE).content.decode()
    assert "Your file is being made." in page
    assert "Make" not in page

    jobs.run(Job.objects.get(kind=person_data.KIND).pk, timezone.now)
    page = client.get(PAGE).content.decode()
    assert "Download the file" in page
    assert "Make a new file" not in page  # it is new enough
    response = client.get(DOWNLOAD)
    assert response["Content-Disposition"].startswith('attachment; filename="mlsprep-20')
    assert attempts_in(response) == {str(uuid) for uuid in Attempt.objects.values_list("uuid", flat=True)}


def test_a_person_has_one_file_made_at_a_time(candidate: Candidate) -> None:
    client = browser(candidate)
    for _ in range(8):
        client.post(PAGE)
    assert Job.objects.filter(kind=person_data.KIND).count() == 1
    Job.objects.filter(kind=person_data.KIND).update(state="running", claimed_at=timezone.now(), claims=1)
    client.post(PAGE)
    assert Job.objects.filter(kind=person_data.KIND).count() == 1


@pytest.mark.slow
def test_a_new_file_replaces_one_that_is_older_than_ten_minutes(candidate: Candidate) -> None:
    client = browser(candidate)
    with time_machine.travel(timezone.now()) as clock:
        make(client)
        client.post(PAGE)
        assert Job.objects.filter(kind=person_data.KIND).count() == 1
        clock.shift(timedelta(minutes=11))
        assert "Make a new file" in client.get(PAGE).content.decode()
        make(client)
    assert DataFile.objects.count() == 1


def test_the_file_is_for_this_candidate_alone(candidate: Candidate) -> None:
    make(browser(candidate))
    other = factories.candidate(now=timezone.now())
    blueprint = factories.small_blueprint(code="OTHER", exams=2)
    for minutes in (40, 20):
        factories.handed_in(candidate=other, blueprint=blueprint, now=timezone.now() - timedelta(minutes=minutes))
    stranger = browser(other)
    assert stranger.get(DOWNLOAD)["Location"] == PAGE
    assert "Download the file" not in stranger.get(PAGE).content.decode()
    assert Client().get(DOWNLOAD)["Location"] == Client().get(PAGE)["Location"] == reverse("account_login")


def test_a_file_with_the_guest_of_a_browser_is_not_for_the_account_in_another_browser(candidate: Candidate) -> None:
    user = factories.user()
    account = factories.candidate(user)
    person_data_files.store(user, [account, candidate], b"both", timezone.now())
    assert person_data_files.find(user, [account, candidate], timezone.now())
    assert person_data_files.find(user, [account], timezone.now()) is None
    assert person_data_files.find(None, [candidate], timezone.now()) is None


@pytest.mark.slow
def test_a_file_that_is_made_while_a_class_sits_hides_its_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_data_files, "MAX_ATTEMPTS_AT_ONCE", 0)
    now, candidate = timezone.now(), factories.candidate()
    client = browser(candidate)

    def n_keys() -> int:
        make(client)
        return sum("key" in row for exam in rows_of(client.get(DOWNLOAD)) for row in exam["slots"])

    blueprint = factories.one_form_blueprint()
    factories.handed_in(candidate=candidate, blueprint=blueprint, now=now - timedelta(minutes=10))
    n_before = n_keys()
    sitting = factories.sitting(blueprint, opens_at=now - timedelta(minutes=1), closes_at=now + timedelta(minutes=30))
    DataFile.objects.all().delete()
    assert n_keys() == n_before - len(sitting.form.plan)


def test_it_is_gone_after_a_day(candidate: Candidate) -> None:
    client = browser(candidate)
    with time_machine.travel(timezone.now()) as clock:
        make(client)
        clock.shift(timedelta(hours=23))
        assert client.get(DOWNLOAD).status_code == 200
        sweep()
        assert DataFile.objects.exists()
        clock.shift(timedelta(hours=2))
        assert client.get(DOWNLOAD)["Location"] == PAGE
        sweep()
        assert not DataFile.objects.exists()


def sweep() -> None:
    jobs.request("expired_own_data", now=timezone.now(), send=False)
    jobs.sweep(timezone.now)


def test_it_is_erased_with_the_person(candidate: Candidate) -> None:
    make(browser(candidate))
    erase_person(None, [candidate], timezone.now())
    assert not DataFile.objects.exists()


def test_a_file_with_a_guest_is_erased_with_the_guest(candidate: Candidate) -> None:
    user = factories.user()
    person_data_files.store(user, [factories.candidate(user), candidate], b"both", timezone.now())
    erase_person(None, [candidate], timezone.now())
    assert not DataFile.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before the job", "during the job"])
def test_nothing_is_stored_of_a_person_who_was_erased_meanwhile(
    candidate: Candidate, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser(candidate).post(PAGE)
    write = person_data.write

    def write_then_erase(*args: Any) -> int:
        n = write(*args)
        erase_person(None, [candidate], timezone.now())
        return n

    if when == "before the job":
        erase_person(None, [candidate], timezone.now())
    else:
        monkeypatch.setattr(person_data, "write", write_then_erase)
    job = jobs.run(Job.objects.get(kind=person_data.KIND).pk, timezone.now)
    assert job
    assert job.state == "done"
    assert not DataFile.objects.exists()


@pytest.mark.slow
def test_a_job_tells_how_far_it_is(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.services.results.person_data.ATTEMPTS_PER_CHUNK", 1)
    client = browser(candidate)
    client.post(PAGE)
    seen: list[tuple[int, int]] = []
    jobs.run(Job.objects.get(kind=person_data.KIND).pk, timezone.now, lambda *step: seen.append(step))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.slow
def test_a_failed_job_is_told_and_can_be_asked_for_again(candidate: Candidate) -> None:
    client = browser(candidate)
    client.post(PAGE)
    Job.objects.filter(kind=person_data.KIND).update(state="failed", error="OSError: full")
    page = client.get(PAGE).content.decode()
    assert "The file could not be made." in page
    assert "OSError" not in page
    make(client)
    assert client.get(DOWNLOAD).status_code == 200


def test_a_small_download_needs_no_job_and_its_page_leads_back(client: Client) -> None:
    small = browser(factories.candidate(now=timezone.now()))
    assert small.get(DOWNLOAD).status_code == 200
    assert small.get(PAGE)["Location"] == reverse("account")


@pytest.mark.slow
def test_a_person_gets_one_small_download_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    candidate, inside, statuses = factories.candidate(now=timezone.now()), threading.Event(), []
    client, write = browser(candidate), person_data.write

    def write_while_another_comes(*args: Any) -> int:
        if not inside.is_set():
            inside.set()
            refused = browser(candidate).get(DOWNLOAD)
            statuses.append((refused.status_code, refused["Retry-After"]))
        return write(*args)

    monkeypatch.setattr(person_data, "write", write_while_another_comes)
    assert client.get(DOWNLOAD).status_code == 200
    assert statuses == [(429, "5")]
    assert client.get(DOWNLOAD).status_code == 200  # the next one is let in again


@pytest.mark.slow
def test_an_error_lets_the_next_download_in(monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = factories.candidate(now=timezone.now())
    client = browser(candidate)
    with monkeypatch.context() as patch:
        patch.setattr(person_data, "write", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            client.get(DOWNLOAD)
    assert client.get(DOWNLOAD).status_code == 200
    assert caches["counters"].get(f"own-data:{candidate.pk}") is None


@pytest.mark.slow
def test_the_page_that_waits_costs_six_queries(
    candidate: Candidate, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(candidate)
    client.post(PAGE)
    with django_assert_num_queries(6):
        client.get(PAGE)
