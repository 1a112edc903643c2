"""Many candidates in one exam at the same time: `make load N=5000`.

Starts are spread over some minutes, everybody answers once a minute, the web servers restart in the middle, one in five
finishes in the last ten minutes, and the sweeper closes the others. Everything that the server acknowledged is read
back. Candidates are signed in before, and share their connections, as those of a proxy do.
"""

import heapq
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.benchmarks.browser import Browser, Page
from tests.benchmarks.candidates import OPTION, PASSING, PATIENCE_SECONDS, WrongPage, event
from tests.html_forms import forms
from tests.stack.topology import Stack, running_stack

CONNECTIONS = 64
STEP_SECONDS = 60.0
FINISH_SECONDS = 600  # of the end of an exam, in which one in five finishes
RETRY_SECONDS = 2.5
QUIET_SECONDS = 60  # between a rush and what counts as none


@dataclass
class Notes:
    """What all candidates have seen. Times are of the monotonic clock; a latency is in seconds."""

    latencies: list[tuple[float, str, float]] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    put_off: int = 0
    waits: list[float] = field(default_factory=list)  # from the first click until the first page
    faults: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Sitter:
    """One candidate. `life` yields the moment of the next act, and does it when it is resumed."""

    browser: Browser
    exam: str
    minutes: int
    starts_at: float
    chance: random.Random
    notes: Notes
    attempt: str = ""
    ends_at: float = 0
    acknowledged: dict[int, tuple[int, int]] = field(default_factory=dict)  # mask and version by position
    is_handed_in: bool = False

    def life(self) -> Iterator[float]:
        yield self.starts_at
        path = yield from self._start()
        questions = yield from self._read(path)
        self.notes.waits.append(time.monotonic() - self.starts_at)
        finishes_at = self.ends_at - self.chance.uniform(5, min(FINISH_SECONDS, self.minutes * 30))
        finishes = self.chance.random() < 0.2
        step_at = time.monotonic() + self.chance.uniform(0, STEP_SECONDS)
        while step_at < (finishes_at if finishes else self.ends_at - 5):
            yield step_at
            step_at += STEP_SECONDS
            yield from self._answer(path, *self.chance.choice(questions))
        if finishes:
            yield finishes_at
            fields = [("csrfmiddlewaretoken", self.browser.cookies["csrftoken"]), ("finish", "yes")]
            yield from self._insist("finish", lambda: self.browser.post(f"{path}finish/", fields, "finish"), 302, 303)
            self.is_handed_in = True

    def _start(self) -> Generator[float, None, str]:
        rules = yield from self._insist("rules", lambda: self.browser.get(self.exam, "rules"), 200)
        (form,) = [form for form in forms(rules).values() if "pair" in form.values]
        fields = list(form.fields)

        def post() -> Page:
            nonlocal fields
            page = self.browser.post(self.exam, fields, "start")
            if page.status == 503 and 'id="start"' in page.html:  # it tries again by itself, with what it was given
                self.notes.put_off += 1
                fields = list(forms(page)["start"].fields)
            return page

        started = yield from self._insist("start", post, 303)
        self.ends_at = time.monotonic() + self.minutes * 60
        self.attempt = started.location.strip("/").split("/")[1]
        yield from self._insist("page", lambda: self.browser.follow(started, "page"), 200)
        return started.location

    def _read(self, path: str) -> Generator[float, None, list[tuple[int, list[int], int]]]:
        paper = yield from self._insist("paper", lambda: self.browser.get(f"{path}paper/", "paper"), 200)
        asked = self.chance.sample(paper.json["questions"], min(self.minutes, 65))
        return [(q["position"], [int(bit) for bit in OPTION.findall(q["html"])], q["choose"]) for q in asked]

    def _answer(self, path: str, position: int, options: list[int], choose: int) -> Iterator[float]:
        bits = self.chance.sample(options, choose)
        mask, version = sum(1 << bit for bit in bits), self.acknowledged.get(position, (0, 0))[1]
        answer = event("answer", position, ticked=bits, version=version, seconds=20, steps=[])
        batch = {"protocol": 1, "events": [event("visit", position, seconds=20), answer]}
        saved = yield from self._insist("save", lambda: self.browser.post_json(f"{path}sync/", batch, "save"), 200)
        result = saved.json["events"][-1]
        is_ours = result["outcome"] == "outdated" and sum(1 << bit for bit in result["ticked"]) == mask
        if result["outcome"] != "saved" and not is_ours:
            raise WrongPage(f"{result}")
        self.acknowledged[position] = (mask, result["version"])

    def _insist(self, name: str, ask: Callable[[], Page], *statuses: int) -> Generator[float, None, Page]:
        """Ask until the reply has one of these statuses; wait in between, for as long as the server says."""
        while True:
            began, pause, failure = time.monotonic(), RETRY_SECONDS, ""
            try:
                page = ask()
                if page.status in statuses:
                    return page
                if page.status not in PASSING:
                    raise WrongPage(f"{page.status} instead of {statuses}: {page.content[:200]!r}")
                pause = page.retry_after or RETRY_SECONDS
                failure = str(page.status)
            except OSError as error:
                failure = type(error).__name__
                self.browser.go_to(self.browser.port)
            finally:
                self.notes.latencies.append((began, name, time.monotonic() - began))
                self.browser.times.clear()
            self.notes.failures[f"{failure} to {name}"] += 1
            yield time.monotonic() + pause


class Timetable:
    """Let threads do the acts of all sitters when they are due."""

    def __init__(self, sitters: list[Sitter], notes: Notes) -> None:
        self._numbers, self._changed, self._notes = count(), threading.Condition(), notes
        self._due: list[tuple[float, int, Sitter, Iterator[float]]] = []
        self._living = len(sitters)
        for sitter in sitters:
            self._put(sitter, life := sitter.life(), next(life))

    def _put(self, sitter: Sitter, life: Iterator[float], at: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (at, next(self._numbers), sitter, life))
            self._changed.notify()

    def _take(self) -> tuple[Sitter, Iterator[float]] | None:
        with self._changed:
            while self._living:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    _at, _number, sitter, life = heapq.heappop(self._due)
                    return sitter, life
                self._changed.wait(pause)
        return None

    def run(self, port: int) -> None:
        """Do what is due, until all sitters are done."""
        line = Browser(port, patience=PATIENCE_SECONDS)
        while taken := self._take():
            sitter, life = taken
            sitter.browser.take_connection(line)
            try:
                self._put(sitter, life, next(life))
            except StopIteration:
                self._end()
            except Exception as error:
                self._notes.faults.append(repr(error)[:500])
                self._end()
            line.take_connection(sitter.browser)

    def _end(self) -> None:
        with self._changed:
            self._living -= 1
            self._changed.notify_all()


def run(count: int, minutes: int, spread: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run everything and return the figures. The starts are spread over `spread` minutes."""
    say(f"{count} candidates, an exam of {minutes} minutes, starts spread over {spread}")
    with running_stack() as site:
        say(site.description)
        exam = site.add_exam("LOAD", minutes)
        os.environ |= site.environment
        from tests.benchmarks import fixture

        notes = Notes()
        made = fixture.make_candidates(count, site.ports[0])
        fixture.close()
        began = time.monotonic() + 2
        sitters = []
        for number, candidate in enumerate(made):
            browser = candidate.browser
            browser.go_to(site.ports[number % len(site.ports)])
            browser.patience = PATIENCE_SECONDS
            starts_at = began + candidate.chance.uniform(0, 60 * spread)
            sitters.append(Sitter(browser, exam, minutes, starts_at, candidate.chance, notes))
        timetable = Timetable(sitters, notes)
        threads = [
            threading.Thread(target=timetable.run, args=[site.ports[number % len(site.ports)]])
            for number in range(min(CONNECTIONS, count))
        ]
        for thread in threads:
            thread.start()
        say("starts")
        restart_at = began + 60 * (spread + (minutes - spread) / 2)
        time.sleep(max(0, restart_at - time.monotonic()))
        say("the web servers restart")
        restart_at = time.monotonic()
        for part in site.web:
            part.restart()
        restarted_at = time.monotonic()
        for thread in threads:
            thread.join()
        say("waiting for the scores")
        last_end = max(sitter.ends_at for sitter in sitters)
        scored_at = _wait_until_scored(site, last_end + 600)
        rush_end = max(sitter.starts_at for sitter in sitters) + max(notes.waits, default=0)
        quiet = (rush_end, began + 60 * minutes - min(FINISH_SECONDS, minutes * 30))
        figures = _figures(notes, began, rush_end, quiet, (restart_at, restarted_at + QUIET_SECONDS))
        figures |= {
            "acknowledged answers": sum(len(sitter.acknowledged) for sitter in sitters),
            "acknowledged answers or exams that are not there": _lost(site, sitters),
            "exams handed in, others closed by the sweeper": sum(sitter.is_handed_in for sitter in sitters),
            "exams without a score": count - _scored(site),
            "seconds from the last deadline until all are scored": scored_at - last_end,
            "candidates who gave up": len(notes.faults),
            "audit": site.manage("audit").stdout.strip().splitlines()[-1],
        }
        for fault in notes.faults[:5]:
            say(fault)
        return figures


def _scored(site: Stack) -> int:
    return int(site.rows("SELECT count(*) FROM exams_attempt WHERE status = 'scored'")[0][0])


def _wait_until_scored(site: Stack, give_up_at: float) -> float:
    while site.rows("SELECT 1 FROM exams_attempt WHERE status <> 'scored' LIMIT 1") and time.monotonic() < give_up_at:
        time.sleep(1)
    return time.monotonic()


def _lost(site: Stack, sitters: list[Sitter]) -> int:
    """Return how many acknowledged answers and exams are not in the database as they were acknowledged."""
    stored = {
        (str(uuid), position): (ticked, version)
        for uuid, position, ticked, version in site.rows(
            "SELECT a.uuid, r.position, r.ticked, r.version FROM exams_response r "
            "JOIN exams_attempt a ON a.id = r.attempt_id WHERE r.version > 0"
        )
    }
    handed_in = {str(uuid) for (uuid,) in site.rows("SELECT uuid FROM exams_attempt WHERE closed_by = 'candidate'")}
    lost = sum(sitter.is_handed_in and sitter.attempt not in handed_in for sitter in sitters)
    for sitter in sitters:
        for position, value in sitter.acknowledged.items():
            lost += stored.get((sitter.attempt, position)) != value
    return lost


def _figures(
    notes: Notes, began: float, rush_end: float, quiet: tuple[float, float], restart: tuple[float, float]
) -> dict[str, Any]:
    def line(name: str, *spans: tuple[float, float], but: tuple[float, float] | None = None) -> str:
        times = sorted(
            seconds for at, kind, seconds in notes.latencies
            if kind == name and any(first <= at < last for first, last in spans)
            and not (but and but[0] <= at < but[1])
        )  # fmt: skip
        if not times:
            return "none"
        late = times[min(len(times) - 1, round(0.95 * len(times)))]
        return f"{1000 * statistics.median(times):.0f}, {1000 * late:.0f} ({len(times)})"

    rush, end = (began, rush_end), (quiet[1], float("inf"))
    return {
        "starts that were put off": notes.put_off,
        "seconds from the first click to the first page, median": statistics.median(notes.waits),
        "seconds from the first click to the first page, longest": max(notes.waits),
        "save between the rushes, median and p95 in ms (number)": line("save", quiet, but=restart),
        "save in the rush of starts": line("save", rush),
        "save during the restart and a minute after it": line("save", restart),
        "save in the last minutes": line("save", end),
        "start": line("start", rush),
        "page": line("page", rush),
        "requests that failed and were sent again": dict(notes.failures),
    }
