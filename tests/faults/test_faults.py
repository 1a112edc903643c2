"""Faults of a large installation, while a class of 40 sits exams: nothing that was acknowledged is lost.

The docstring of each test is its line of what must never happen. At the end of each block `writing` everybody can save
again, and everything that was ever acknowledged is in the database. `make faults` runs all tests; those without the
mark `faults` are a third of the work, and run in `make test` as well.
"""

import signal
import time

import pytest

from tests.faults.classroom import Classroom
from tests.faults.harm import (
    clocks_that_leap,
    fill,
    frozen,
    frozen_postgresql,
    readyz,
    set_in_postgresql,
    small_disk,
    wait_until_ready,
    wait_until_scored,
)
from tests.stack.parts import Part, at_once, is_alive, send
from tests.stack.topology import Stack
from tests.waiting import wait_until

FREEZE_SECONDS = 40  # longer than gunicorn lets a process be silent
OUTAGE_SECONDS = 20  # less than what holds deadlines
TWO_ROUNDS_SECONDS = 20  # of the sweeper, and more than a reading of the clock
HANDED_IN_SECONDS = 8  # the browser waits no longer
pytestmark = [pytest.mark.laptop, pytest.mark.slow, pytest.mark.timeout(400)]


def quickly(classroom: Classroom, attempts: list[str]) -> bool:
    """Return whether the server said in time that it has these exams."""
    needed = {uuid: seconds for seat in classroom.seats for uuid, seconds in seat.handed_in.items()}
    return max(needed[attempt] for attempt in attempts) < HANDED_IN_SECONDS


# --- Web servers --------------------------------------------------------------------------------------


def test_the_master_of_each_web_server_is_killed(site: Stack, classroom: Classroom) -> None:
    """Web killed with -9: the page stays, everything arrives afterwards by itself and in order."""
    with classroom.writing(handing_in=2):
        for part in site.web:
            part.kill()
            attempts = classroom.hand_in(1)
            part.restart()
        wait_until_ready(site)
    wait_until_scored(site, attempts)


def test_processes_of_web_servers_are_killed(site: Stack, classroom: Classroom) -> None:
    """Web killed with -9: the master starts another process."""
    with classroom.writing(handing_in=1):
        killed = [part.children[0] for part in site.web]
        send(killed, signal.SIGKILL)
        attempts = classroom.hand_in(1)
        wait_until(lambda: all(len(part.children) == 2 for part in site.web), 30, "a process is missing")
    assert not any(map(is_alive, killed))
    wait_until_scored(site, attempts)


@pytest.mark.faults
def test_the_master_of_a_web_server_stands_still(site: Stack, classroom: Classroom) -> None:
    """A frozen master takes nothing away from its processes, which save."""
    with classroom.writing(), frozen(site.web[0].pid):
        before = classroom.n_acknowledged
        time.sleep(FREEZE_SECONDS)
        assert classroom.n_acknowledged > before + FREEZE_SECONDS


@pytest.mark.faults
def test_a_process_of_a_web_server_stands_still(site: Stack, classroom: Classroom) -> None:
    """Requests that a frozen process holds are sent again; its master replaces it."""
    stopped = site.web[0].children[0]
    with classroom.writing(), frozen(stopped):
        before = classroom.n_acknowledged
        wait_until(lambda: not is_alive(stopped), FREEZE_SECONDS + 20, "the process was not replaced")
        assert classroom.n_acknowledged > before + 20
    assert len(site.web[0].children) == 2


# --- Workers ------------------------------------------------------------------------------------------


def test_a_worker_is_killed(site: Stack, classroom: Classroom) -> None:
    """Worker down, exams handed in, worker up: all scored once. Whole worker killed: scored within 2 minutes."""
    with classroom.writing(handing_in=4):
        for part in site.workers:
            part.kill()
        attempts = classroom.hand_in(4)
        assert quickly(classroom, attempts)
        site.workers[0].restart()
        wait_until_scored(site, attempts)
    site.workers[1].restart()


@pytest.mark.faults
def test_the_process_that_scores_is_killed(site: Stack, classroom: Classroom) -> None:
    """Worker child killed while scoring: scored within 2 minutes."""
    with classroom.writing(handing_in=6):
        attempts = []
        for _ in range(3):
            attempts += classroom.hand_in(2)
            send([pid for part in site.workers for pid in part.children], signal.SIGKILL)
            time.sleep(1)
        wait_until_scored(site, attempts)


@pytest.mark.faults
def test_the_master_of_a_worker_stands_still(site: Stack, classroom: Classroom) -> None:
    """A frozen worker holds neither the class nor the scores: the other one sweeps."""
    with classroom.writing(handing_in=4), frozen(site.workers[0].pid):
        attempts = classroom.hand_in(4)
        assert quickly(classroom, attempts)
        time.sleep(FREEZE_SECONDS)
        wait_until_scored(site, attempts)


@pytest.mark.faults
def test_the_processes_of_workers_stand_still(site: Stack, classroom: Classroom) -> None:
    """Frozen processes score nothing; the sweepers, which are threads of their masters, do."""
    stopped = [pid for part in site.workers for pid in part.children]
    with classroom.writing(handing_in=4), frozen(*stopped):
        attempts = classroom.hand_in(4)
        time.sleep(FREEZE_SECONDS)
        wait_until_scored(site, attempts)


@pytest.mark.faults
def test_two_sweepers_close_each_exam_once(site: Stack) -> None:
    """Browser closed, deadline passes: closed and scored within 60 s without a request; the end is the deadline."""
    others = Classroom(site, 8, site.add_exam("BRIEF", minutes=1))
    others.start()
    attempts = others.walk_away(8)
    time.sleep(60)
    wait_until_scored(site, attempts)
    ended = site.rows(
        "SELECT a.deadline, a.submitted_at, count(e.id) FROM exams_attempt a "
        "JOIN exams_attemptevent e ON e.attempt_id = a.id AND e.kind = 'closed' "
        "WHERE a.uuid::text = ANY(%s) GROUP BY a.id",
        attempts,
    )
    assert len(ended) == 8
    assert all(deadline == submitted and times == 1 for deadline, submitted, times in ended)


# --- PostgreSQL ---------------------------------------------------------------------------------------


def test_the_sessions_of_the_database_are_ended(site: Stack, classroom: Classroom) -> None:
    """PostgreSQL's sessions end during saves: every acknowledged save is there."""
    with classroom.writing():
        ended = 0
        for _ in range(4):
            (row,) = site.rows(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = 'mlsprep' AND pid <> pg_backend_pid()"
            )
            ended += row[0]
            time.sleep(1)
    assert ended > 4


@pytest.mark.faults
def test_the_database_crashes_and_is_away(site: Stack, classroom: Classroom) -> None:
    """PostgreSQL stopped 20 s: 'not saved, retrying', the page stays, everything arrives afterwards."""
    with classroom.writing():
        site.postgresql.stop("immediate")
        time.sleep(OUTAGE_SECONDS)
        assert readyz(site)[0] == 503
        site.postgresql.start()
        wait_until_ready(site)


@pytest.mark.faults
def test_the_database_stands_still(site: Stack, classroom: Classroom) -> None:
    """A frozen PostgreSQL is not green; after it everything arrives."""
    with classroom.writing():
        with frozen_postgresql(site):
            time.sleep(OUTAGE_SECONDS)
            assert readyz(site)[0] != 200
        wait_until_ready(site)


def test_the_database_is_read_only(site: Stack, classroom: Classroom) -> None:
    """A read-only database is red, and candidates read a sentence; nothing is lost."""
    with classroom.writing():
        began = time.monotonic()
        with set_in_postgresql(site, "default_transaction_read_only = on"):
            wait_until(lambda: readyz(site)[0] == 503, 20, "read-only, but ready")
            assert "read-only" in readyz(site)[1]["faults"]["database"]
            wait_until(lambda: len(classroom.failures_since(began)) > 10, 20, "saves were acknowledged")
            assert {failure.what for failure in classroom.failures_since(began)} == {"503"}
        wait_until_ready(site)


@pytest.mark.faults
def test_the_disk_of_the_database_is_full(site: Stack, classroom: Classroom) -> None:
    """Disk full: nothing acknowledged is lost, it recovers by itself, `/readyz` goes red."""
    with small_disk(site) as ballast, classroom.writing():
        began = time.monotonic()
        fill(ballast)
        wait_until(lambda: "507" in {each.what for each in classroom.failures_since(began)}, 60, "nothing needs room")
        time.sleep(5)
        faults = [readyz(site, port=port)[1]["faults"] for port in site.web_ports for _ in range(8)]
        assert any("disk" in each for each in faults)
        ballast.unlink()


# --- Redis --------------------------------------------------------------------------------------------


def test_redis_is_stopped(site: Stack, classroom: Classroom) -> None:
    """Redis stopped at submit: 'handed in, score pending', scored nevertheless."""
    with classroom.writing(handing_in=3):
        site.valkey.stop()
        attempts = classroom.hand_in(3)
        assert quickly(classroom, attempts)
        assert "broker" in readyz(site)[1]["warnings"]
        site.valkey.start()
    wait_until_scored(site, attempts)


@pytest.mark.faults
def test_redis_stands_still(site: Stack, classroom: Classroom) -> None:
    """Redis frozen at submit: 'handed in, score pending', scored after it is back."""
    with classroom.writing(handing_in=3):
        with frozen(site.valkey.pid):
            attempts = classroom.hand_in(3)
            assert quickly(classroom, attempts)
            time.sleep(OUTAGE_SECONDS)
        wait_until_scored(site, attempts)


@pytest.mark.faults
def test_redis_is_emptied_with_jobs_queued(site: Stack, classroom: Classroom) -> None:
    """FLUSHALL with jobs queued: all scored."""
    with classroom.writing(handing_in=5):
        with frozen(*(pid for part in site.workers for pid in [part.pid, *part.children])):
            attempts = classroom.hand_in(5)
            assert site.valkey.client.llen("celery")
            site.valkey.client.flushall()
        wait_until_scored(site, attempts)


@pytest.mark.faults
def test_redis_is_full(site: Stack, classroom: Classroom) -> None:
    """Redis full: like stopped."""
    with classroom.writing(handing_in=3):
        site.valkey.client.config_set("maxmemory", 1)
        attempts = classroom.hand_in(3)
        assert quickly(classroom, attempts)
        assert "takes no messages" in readyz(site)[1]["warnings"]["broker"]
        wait_until_scored(site, attempts)
        site.valkey.client.config_set("maxmemory", 0)


# --- Clocks: during each, the class compares the times of all replies with its own clock -----------------


@pytest.mark.faults
@pytest.mark.parametrize("leap", ["+4h", "-1h"])
def test_the_clocks_of_web_servers_and_workers_leap(site: Stack, classroom: Classroom, leap: str) -> None:
    """Clocks leap by four hours, or back: no exam that runs is closed, and nobody has more or less time."""
    with clocks_that_leap(site, leap), classroom.writing(handing_in=2):
        time.sleep(TWO_ROUNDS_SECONDS)
        assert "clock" in readyz(site)[1]["warnings"]
        attempts = classroom.hand_in(2)
        wait_until_scored(site, attempts)


# --- Everything ---------------------------------------------------------------------------------------


@pytest.mark.faults
def test_a_new_release_is_started_and_no_request_fails(site: Stack, classroom: Classroom) -> None:
    """A deploy under load: requests that run are ended in order, new ones wait."""
    with classroom.writing(patience=60):
        began = time.monotonic()
        for part in (*site.web, *site.workers):
            part.restart()
        assert classroom.failures_since(began) == []


@pytest.mark.faults
def test_everything_is_restarted(site: Stack, classroom: Classroom) -> None:
    """All processes restarted mid-exam: resume at the same question with the right time."""
    with classroom.writing():
        at_once(Part.stop, [*site.web, *site.workers])
        site.valkey.stop()
        site.postgresql.stop("fast")
        site.postgresql.start()
        site.valkey.start()
        at_once(Part.start, [*site.web, *site.workers])
        wait_until_ready(site)


def test_the_audit_finds_no_difference_after_all_of_this(site: Stack, classroom: Classroom) -> None:
    """Every form, deadline, response and score is recounted."""
    assert classroom.n_acknowledged > len(classroom.seats)
    audit = site.manage("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
