"""Test background jobs: requested once, claimed by one process, resumed after a kill, tried again with pauses."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from questions.models import Job
from questions.services import job_kinds, job_state, jobs
from questions.services.errors import RefusedError
from questions.services.job_kinds import JobKind
from questions.services.jobs import ClaimLostError, Work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
SILENCE = timedelta(minutes=3)

type Function = Callable[[Work], datetime | None]


class Killed(BaseException):
    """The process was killed."""


class Kind:
    """What the kinds of these tests do: `function`, and `given_up` has the keys that were given up."""

    function: Function
    given_up: list[str]


kind = Kind()


def work_on(work: Work) -> datetime | None:
    return kind.function(work)


def give_up(key: str, now: datetime) -> None:
    kind.given_up.append(key)


WORK_ON = f"{__name__}.work_on"
BOATS = JobKind("boats", "Boats", WORK_ON, SILENCE, 900, given_up=f"{__name__}.give_up")  # workers do it
TIDES = JobKind("tides", "Tides", WORK_ON, SILENCE, 900, by_sweeper=True, every=timedelta(days=1))


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know one kind alone; a test registers more."""
    known: dict[str, JobKind] = {}
    for module in (job_kinds, job_state, jobs):
        monkeypatch.setattr(module, "KINDS", known)
    job_kinds.register(BOATS)
    kind.function, kind.given_up = (lambda work: None), []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs for which a message was sent."""
    keys: list[int] = []
    monkeypatch.setattr("questions.task_queue.send", lambda task, pk, limit=None: keys.append(pk))
    return keys


def at(minutes: float) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(minutes=minutes)


def state(job: Job) -> tuple[str, int]:
    job.refresh_from_db()
    return job.state, job.tries


def never(work: Work) -> None:
    raise AssertionError("nobody may work on it")


def refuse(work: Work) -> None:
    raise RefusedError("There are too few boats.")


def fail(work: Work) -> None:
    work.now().replace(month=13)


def raise_killed(work: Work) -> None:
    raise Killed


def test_a_job_is_done_once_and_says_how_far_it_is() -> None:
    job = jobs.request("boats", 7, now=NOW, color="red")
    seen: list[Any] = []

    def function(work: Work) -> None:
        seen.append((work.key, work.data))
        for n in range(1, 4):
            work.advance(progress=n, total=3)
            seen.append(Job.objects.values_list("state", "progress", "total").get())

    kind.function = function
    jobs.run(job.pk, at(1))
    assert seen == [("7", {"color": "red"}), *[("running", n, 3) for n in (1, 2, 3)]]
    assert state(job) == ("done", 1)
    kind.function = never
    assert jobs.run(job.pk, at(2)) is None
    jobs.receive(job.pk, at(2))


class TestRequests:
    def test_a_second_request_finds_the_waiting_job(self, sent: list[int]) -> None:
        job = jobs.request("boats", 7, now=NOW)
        assert jobs.request("boats", 7, now=NOW) == job
        other = jobs.request("boats", 8, now=NOW, send=False)
        assert other != job
        assert sent == [job.pk, job.pk]

    def test_a_request_makes_a_job_that_is_due_later_due_now(self, sent: list[int]) -> None:
        job_kinds.register(TIDES)
        jobs.sweep(at(0))
        job = Job.objects.get(due_at=NOW + timedelta(days=1))
        jobs.receive(job.pk, at(1))
        assert state(job) == ("waiting", 0), "a message that comes too early"
        assert jobs.request("tides", now=NOW + timedelta(hours=2)) == job
        job.refresh_from_db()
        assert job.due_at == NOW + timedelta(hours=2)

    def test_a_job_that_waits_keeps_its_own_data(self, sent: list[int]) -> None:
        job = jobs.request("boats", now=NOW, color="red")
        assert jobs.request("boats", now=NOW, color="blue") == job
        assert Job.objects.get().data == {"color": "red"}

    def test_a_request_while_one_runs_waits_behind_it(self, sent: list[int]) -> None:
        first = jobs.request("boats", now=NOW)

        def function(work: Work) -> None:
            second = jobs.request("boats", now=NOW)
            assert second != first
            assert jobs.run(second.pk, at(1)) is None, "one of a kind and key at a time"
            assert job_state.due(NOW + timedelta(minutes=2)) == []
            sent.clear()

        kind.function = function
        jobs.run(first.pk, at(0))
        second = Job.objects.latest("pk")
        assert sent == [second.pk], "it is sent when the first has ended"
        kind.function = lambda work: None
        jobs.run(second.pk, at(2))
        assert [state(first)[0], state(second)[0]] == ["done", "done"]

    def test_a_job_that_has_ended_can_be_requested_again(self) -> None:
        job = jobs.request("boats", 7, now=NOW, color="red")
        kind.function = refuse
        jobs.run(job.pk, at(0))
        assert state(job)[0] == "failed"
        jobs.run_now(job, NOW)
        again = Job.objects.get(state="waiting")
        assert (again.key, again.data, again.tries) == ("7", {"color": "red"}, 0)
        assert job_state.find("boats", 7) == again

    def test_only_a_job_that_waits_or_has_failed_is_run_now(self) -> None:
        job = jobs.request("boats", now=NOW)

        def function(work: Work) -> None:
            with pytest.raises(RefusedError, match="is being done"):
                jobs.run_now(work.job, NOW)

        kind.function = function
        jobs.run(job.pk, at(0))
        job.refresh_from_db()
        with pytest.raises(RefusedError, match="has been done already"):
            jobs.run_now(job, NOW)
        assert Job.objects.count() == 1


class TestAKilledProcess:
    def test_another_one_continues_when_it_has_been_silent(self, sent: list[int]) -> None:
        job = jobs.request("boats", now=NOW)
        kind.function = raise_killed
        with pytest.raises(Killed):
            jobs.run(job.pk, at(0))
        assert state(job) == ("running", 1)
        sent.clear()
        kind.function = lambda work: None
        jobs.sweep(at(2))
        assert (sent, jobs.run(job.pk, at(2))) == ([], None), "it may be alive"
        jobs.sweep(at(3))
        assert sent == [job.pk]
        jobs.receive(job.pk, at(3))
        assert state(job) == ("done", 2)

    def test_a_process_that_was_only_slow_writes_nothing_more(self) -> None:
        job = jobs.request("boats", now=NOW)

        def slow(work: Work) -> None:
            work.advance(progress=1)
            kind.function = lambda other: other.advance(progress=2)
            jobs.run(job.pk, at(4))  # by another process, meanwhile
            with pytest.raises(ClaimLostError), transaction.atomic():
                work.advance(progress=3)
            work.advance(progress=3)

        kind.function = slow
        jobs.run(job.pk, at(0))
        job.refresh_from_db()
        assert (job.state, job.tries, job.progress) == ("done", 2, 2)

    def test_work_that_ends_every_process_is_given_up(self) -> None:
        job = jobs.request("boats", 7, now=NOW)
        kind.function = raise_killed
        for n in range(jobs.MAX_TRIES):
            with pytest.raises(Killed):
                jobs.run(job.pk, at(4 * n))
        kind.function = never
        jobs.run(job.pk, at(60))
        assert state(job)[0] == "failed"
        assert job.error == "Its process ended 4 times before it was done."
        assert kind.given_up == ["7"]
        assert job_state.due(NOW + timedelta(days=3)) == []

    def test_it_is_continued_at_once_after_a_start_that_knows_no_other_process(self, sent: list[int]) -> None:
        job = jobs.request("boats", now=NOW)
        kind.function = raise_killed
        with pytest.raises(Killed):
            jobs.run(job.pk, at(0))
        jobs.release_all()
        assert job_state.due(NOW) == [job]

    def test_a_clock_that_was_set_back_stops_no_job(self) -> None:
        running, waiting = jobs.request("boats", 1, now=NOW), jobs.request("boats", 2, now=NOW + timedelta(days=800))
        kind.function = raise_killed
        with pytest.raises(Killed):
            jobs.run(running.pk, at(800 * 24 * 60))
        assert set(job_state.due(NOW)) == {running, waiting}


class TestFailures:
    def test_the_next_try_waits_and_each_pause_is_longer(self) -> None:
        job = jobs.request("boats", 7, now=NOW)
        kind.function = fail
        pauses = []
        minutes = 0.0
        for n in range(1, jobs.MAX_TRIES):
            jobs.run(job.pk, at(minutes))
            assert state(job) == ("waiting", n)
            assert job.error == "ValueError: month must be in 1..12"
            pauses.append((job.due_at - NOW).total_seconds() - minutes * 60)
            jobs.receive(job.pk, at(minutes))
            assert state(job) == ("waiting", n), "a message that was late"
            minutes = (job.due_at - NOW).total_seconds() / 60
        assert pauses == [30, 120, 480]
        jobs.run(job.pk, at(minutes))
        assert state(job) == ("failed", jobs.MAX_TRIES)
        assert kind.given_up == ["7"]

    def test_a_refusal_is_for_people_and_not_tried_again(self) -> None:
        kind.function = refuse
        job = jobs.request("boats", now=NOW)
        jobs.run(job.pk, at(0))
        assert (state(job), job.error) == (("failed", 1), "There are too few boats.")

    def test_repeated_work_that_is_refused_waits_for_its_next_time(self) -> None:
        job_kinds.register(replace(BOATS, every=timedelta(hours=1)))
        kind.function = refuse
        job = jobs.request("boats", now=NOW)
        jobs.run(job.pk, at(0))
        assert (state(job), job.error, job.due_at) == (("waiting", 0), "There are too few boats.", at(60)())

    def test_a_failed_job_leaves_the_rest_to_the_request_behind_it(self) -> None:
        job = jobs.request("boats", now=NOW)

        def function(work: Work) -> None:
            jobs.request("boats", now=NOW)
            raise OSError("The boat is gone.")

        kind.function = function
        jobs.run(job.pk, at(0))
        assert state(job) == ("failed", 1)
        assert Job.objects.get(state="waiting").tries == 0

    def test_success_after_a_failure_clears_the_error(self) -> None:
        job = jobs.request("boats", now=NOW)
        kind.function = fail
        jobs.run(job.pk, at(0))
        kind.function = lambda work: None
        jobs.run(job.pk, at(1))
        assert (state(job), job.error) == (("done", 2), "")


class TestTheSweeper:
    def test_it_sends_what_waits_and_runs_none_of_it(self, sent: list[int]) -> None:
        job = jobs.request("boats", now=NOW)
        kind.function = never
        sent.clear()
        jobs.sweep(lambda: NOW + job_state.HEAD_START - timedelta(seconds=1))
        assert sent == [], "left to the worker"
        jobs.sweep(lambda: NOW + job_state.HEAD_START)
        assert sent == [job.pk]

    def test_it_runs_a_few_steps_of_what_it_may_run(self, sent: list[int]) -> None:
        job_kinds.register(replace(TIDES, name="nets", every=None))
        job = jobs.request("nets", now=NOW)
        steps = iter(range(1, 13))

        def function(work: Work) -> datetime | None:
            for n in steps:
                work.advance(progress=n, total=12)
                if work.is_over:
                    return work.now()
            return None

        kind.function = function
        jobs.sweep(at(1))
        assert (state(job), job.progress) == (("waiting", 0), jobs.STEPS_PER_ROUND)
        assert sent[-1] == job.pk, "a worker may continue at once"
        jobs.sweep(at(2))
        assert (state(job), job.progress) == (("done", 1), 12)

    def test_it_repeats_daily_work(self) -> None:
        job_kinds.register(TIDES)
        runs: list[datetime] = []
        kind.function = lambda work: runs.append(work.now())
        for hours in (1, 2, 23, 25, 26, 48, 49):
            jobs.sweep(at(hours * 60))
        assert [(run - NOW).total_seconds() / 3600 for run in runs] == [1, 25, 49]
        assert Job.objects.count() == 1

    def test_daily_work_that_always_fails_is_tried_again_the_next_day(self) -> None:
        job_kinds.register(TIDES)
        kind.function = fail
        for minutes in range(60):
            jobs.sweep(at(minutes))
        job = Job.objects.get()
        assert (job.state, job.tries, job.error) == ("waiting", 0, "ValueError: month must be in 1..12")
        assert job.due_at > NOW + timedelta(hours=23)


def test_jobs_that_ended_a_month_ago_are_deleted() -> None:
    old, new, waiting = (jobs.request("boats", n, now=NOW) for n in range(3))
    jobs.run(old.pk, at(0))
    jobs.run(new.pk, at(60 * 24 * 20))
    job_kinds.register(replace(BOATS, name="ended", function="questions.services.jobs.delete_ended"))
    jobs.run(jobs.request("ended", now=NOW).pk, at(60 * 24 * 31))
    assert set(Job.objects.filter(kind="boats")) == {new, waiting}


def test_a_job_that_failed_stays_until_it_is_tried_again() -> None:
    job_kinds.register(replace(BOATS, name="ended", function="questions.services.jobs.delete_ended"))
    kind.function = refuse
    failed, again = (jobs.request("boats", n, now=NOW) for n in range(2))
    for job in (failed, again):
        jobs.run(job.pk, at(0))
    again.refresh_from_db()
    jobs.run_now(again, NOW)
    jobs.run(jobs.request("ended", now=NOW).pk, at(60 * 24 * 400))
    assert list(Job.objects.filter(kind="boats", state="failed")) == [failed]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_receive_a_message_at_once_one_works() -> None:
    job = jobs.request("boats", now=NOW)
    begun: list[str] = []
    kind.function = lambda work: begun.append(work.key)
    barrier = threading.Barrier(2)

    def receive() -> None:
        barrier.wait(60)
        try:
            jobs.receive(job.pk, at(0))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=receive) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert (begun, state(job)) == ([""], ("done", 1))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_request_that_finds_a_waiting_job_is_seen_by_its_worker() -> None:
    """Without the lock on the waiting job, a worker begins before the transaction of the request has committed."""
    job = jobs.request("boats", now=NOW)
    seen: list[list[str]] = []
    kind.function = lambda work: seen.append(list(Job.objects.filter(kind="note").values_list("key", flat=True)))
    over = threading.Event()

    def receive() -> None:
        try:
            jobs.receive(job.pk, at(0))
        finally:
            over.set()
            connections.close_all()

    worker = threading.Thread(target=receive)
    with transaction.atomic():
        assert jobs.request("boats", now=NOW) == job
        worker.start()
        assert not over.wait(0.3)
        Job.objects.create(kind="note", key="written with the request", due_at=NOW)
    worker.join(60)
    assert seen == [["written with the request"]]
