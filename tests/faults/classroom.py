"""A scripted class: its browsers go on as the room's script does, and note what the server has acknowledged."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.browser import Browser, Page
from tests.benchmarks.candidates import OPTION, PASSING, PATIENCE_SECONDS, WrongPage, event
from tests.html_forms import forms
from tests.stack.topology import Stack
from tests.waiting import wait_until

EXAM = "/exams/mls-c01/"
SIZE = 40
PAUSE_SECONDS = (1.0, 3.0)  # between the acts of a candidate
RETRY_SECONDS = 1.0
CATCH_UP_SECONDS = 120  # after the fault is over; nothing may be unsent then
CLOCK_SECONDS = 30  # by which the time that a page shows may differ: requests wait in a fault


@dataclass(frozen=True)
class Failure:
    """A request that was not answered, or with a status that will pass."""

    at: float
    what: str


@dataclass(eq=False)
class Seat:
    """One candidate: a guest who writes one exam after the other.

    `acknowledged` has what the server said it saved: the mask, the flag or the note, by attempt, position and kind.
    """

    ports: list[int]
    chance: random.Random
    exam: str = EXAM
    deadlines: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    handed_in: dict[str, float] = field(default_factory=dict)  # by attempt, the seconds that the server needed
    failures: list[Failure] = field(default_factory=list)
    saves: int = 0
    attempt: str = ""
    _paper: list[dict[str, Any]] = field(default_factory=list)
    _flags: dict[int, bool] = field(default_factory=dict)
    _browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self._browser = Browser(self.ports[0], patience=PATIENCE_SECONDS)

    def wait_for(self, patience: float) -> None:
        """Set for how many seconds the browser waits for a reply, from its next connection on."""
        self._browser.patience = patience
        self._browser.go_to(self._browser.port)

    # --- What a candidate does -----------------------------------------------------------------------

    def start(self) -> None:
        """Start an exam, again until it is seen: a repeated click leads to the same one."""
        rules = self._insist(lambda: self._browser.get(self.exam, "rules"), 200)
        (form,) = [form for form in forms(rules).values() if "pair" in form.values]
        fields = list(form.fields)
        started = self._insist(lambda: self._browser.post(self.exam, fields, "start"), 303)
        path = started.location
        self._paper = self._insist(lambda: self._browser.get(f"{path}paper/", "paper"), 200).json["questions"]
        self._flags = {}
        self.attempt = path.strip("/").split("/")[1]

    def answer(self) -> None:
        """Answer, flag or note; send it until it is acknowledged."""
        position = self.chance.randrange(len(self._paper)) + 1
        kind = self.chance.choices(("answer", "flag", "note"), (8, 1, 1))[0]
        {"answer": self._tick, "flag": self._flag, "note": self._note}[kind](position)

    def _tick(self, position: int) -> None:
        question = self._paper[position - 1]
        bits = sorted(int(bit) for bit in self.chance.sample(OPTION.findall(question["html"]), question["choose"]))
        mask = sum(1 << bit for bit in bits)
        result = self._save(event("answer", position, ticked=bits, version=question["version"], seconds=5, steps=[]))
        # Outdated means that an earlier try was stored whose acknowledgement was lost.
        if result["outcome"] == "outdated" and sum(1 << bit for bit in result["ticked"]) != mask:
            raise WrongPage(f"{result} instead of {bits}")
        question["version"] = result["version"]
        self.acknowledged[self.attempt, position, "answer"] = (mask, result["version"])

    def _flag(self, position: int) -> None:
        self._flags[position] = not self._flags.get(position, False)
        self._save(event("flag", position, on=self._flags[position]))
        self.acknowledged[self.attempt, position, "flag"] = self._flags[position]

    def _note(self, position: int) -> None:
        note = self._paper[position - 1]["note"]
        text = f"{self.chance.randrange(10**9)} " * self.chance.choice((1, 300))
        text = text.strip()
        result = self._save(event("note", position, text=text, version=note["version"]))
        if result["outcome"] == "outdated" and result["text"] != text:
            raise WrongPage(f"{result['text'][:30]!r} instead of {text[:30]!r}")
        note["version"] = result["version"]
        self.acknowledged[self.attempt, position, "note"] = text

    def _save(self, change: dict[str, Any]) -> dict[str, Any]:
        batch = {"protocol": 1, "events": [change]}
        path = f"/attempts/{self.attempt}/sync/"
        reply = self._insist(lambda: self._browser.post_json(path, batch, "save"), 200).json
        if abs(reply["now"] / 1000 - time.time()) > CLOCK_SECONDS:
            raise WrongPage(f"The server says that it is {reply['now'] / 1000 - time.time():+.0f} s from now.")
        if reply["deadline"] != self.deadlines.setdefault(self.attempt, reply["deadline"]):
            raise WrongPage("The deadline has moved.")
        [result] = reply["events"]
        if result["outcome"] not in ("saved", "outdated"):
            raise WrongPage(f"{result}")
        self.saves += 1
        return dict(result)

    def hand_in(self) -> None:
        """Finish; note how long the server needed to say that it has the exam, with or without a score."""
        path = f"/attempts/{self.attempt}/finish/"
        fields = [("csrfmiddlewaretoken", self._browser.cookies["csrftoken"]), ("finish", "yes")]
        began = time.monotonic()

        def post() -> Page:
            nonlocal began
            began = time.monotonic()
            return self._browser.post(path, fields, "finish")

        self._insist(post, 302, 303)  # 302: it was handed in by a try whose reply was lost
        self.handed_in[self.attempt] = time.monotonic() - began

    def _insist(self, ask: Callable[[], Page], *statuses: int) -> Page:
        """Ask until the reply has one of these statuses; after a failure the other web server, if there is one."""
        while True:
            try:
                page = ask()
                if page.status in statuses:
                    return page
                if page.status not in PASSING:
                    raise WrongPage(f"{page.status} instead of {statuses}: {page.content[:300]!r}")
                self.failures.append(Failure(time.monotonic(), str(page.status)))
            except (OSError, ValueError) as error:
                self.failures.append(Failure(time.monotonic(), type(error).__name__))
            following = (self.ports.index(self._browser.port) + 1) % len(self.ports)
            self._browser.go_to(self.ports[following])
            time.sleep(RETRY_SECONDS * self.chance.uniform(0.5, 1.5))


class Classroom:
    """All candidates of the class."""

    def __init__(self, site: Stack, size: int = SIZE, exam: str = EXAM) -> None:
        self.site = site
        turns = [
            site.ports[number % len(site.ports) :] + site.ports[: number % len(site.ports)] for number in range(size)
        ]
        self.seats = [Seat(turn, random.Random(number), exam) for number, turn in enumerate(turns)]

    def start(self) -> None:
        """Let everybody who has no exam begin one."""
        self._together([seat for seat in self.seats if not seat.attempt], Seat.start)

    def hand_in(self, count: int) -> list[str]:
        """Let the next candidates hand in, at the same time; return their attempts. They do not write meanwhile."""
        self._together(self.seats[:count], Seat.hand_in)
        return self.walk_away(count)

    def walk_away(self, count: int) -> list[str]:
        """Let the next candidates leave their exams, and return these. They begin another one at the next `start`."""
        seats = self.seats[:count]
        self.seats = self.seats[count:] + seats
        attempts = [seat.attempt for seat in seats]
        for seat in seats:
            seat.attempt = ""
        return attempts

    def _together(self, seats: list[Seat], act: Callable[[Seat], None]) -> None:
        if seats:
            with ThreadPoolExecutor(len(seats)) as pool:
                list(pool.map(act, seats))

    @contextmanager
    def writing(self, handing_in: int = 0, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Let the class write during the block, which does the harm and ends it.

        Afterwards everybody sends what is left and saves once more, and everything that was acknowledged is there.
        The next `handing_in` candidates do not write: the block lets them hand in. With more `patience`, a request that
        only waits is none that fails.
        """
        self.start()
        for seat in self.seats:
            seat.wait_for(patience)
        writers = self.seats[handing_in:]
        over, faults = threading.Event(), []

        def write(seat: Seat) -> None:
            try:
                while not over.wait(seat.chance.uniform(*PAUSE_SECONDS)):
                    seat.answer()
                seat.answer()
            except Exception as error:
                faults.append(error)

        threads = [threading.Thread(target=write, args=[seat], daemon=True) for seat in writers]
        for thread in threads:
            thread.start()
        try:
            before = self.n_acknowledged
            wait_until(lambda: self.n_acknowledged > before + len(writers) // 4, CATCH_UP_SECONDS, "nobody can save")
            yield
        finally:
            over.set()
            give_up_at = time.monotonic() + CATCH_UP_SECONDS
            for thread in threads:
                thread.join(max(0, give_up_at - time.monotonic()))
        if faults:
            raise faults[0]
        stuck = [seat.failures[-1:] for seat, thread in zip(writers, threads, strict=True) if thread.is_alive()]
        assert not stuck, f"{CATCH_UP_SECONDS} s after the fault, {len(stuck)} candidates cannot save: {stuck[0]}"
        self.check()

    # --- What must be there --------------------------------------------------------------------------

    def check(self) -> None:
        """Compare everything that was ever acknowledged with the database."""
        answers = {
            (str(uuid), position): (ticked, version, flagged)
            for uuid, position, ticked, version, flagged in self.site.rows(
                "SELECT a.uuid, r.position, r.ticked, r.version, r.flagged FROM exams_response r "
                "JOIN exams_attempt a ON a.id = r.attempt_id"
            )
        }
        notes = {
            (str(uuid), position): text
            for uuid, position, text in self.site.rows(
                "SELECT a.uuid, n.position, n.text FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id"
            )
        }
        lost = []
        for seat in self.seats:
            for (attempt, position, kind), value in seat.acknowledged.items():
                ticked, version, flagged = answers[attempt, position]
                stored = {"answer": (ticked, version), "flag": flagged, "note": notes.get((attempt, position))}[kind]
                if stored != value:
                    lost.append(f"{attempt} {position} {kind}: {value!r} was acknowledged, {stored!r} is stored")
        assert not lost, lost
        status = dict(self.site.rows("SELECT uuid::text, status FROM exams_attempt"))
        assert {status.get(seat.attempt) for seat in self.seats if seat.attempt} <= {"open"}, "an exam was closed"
        open_ones = [attempt for seat in self.seats for attempt in seat.handed_in if status[attempt] == "open"]
        assert not open_ones, f"handed in, but open: {open_ones}"

    @property
    def n_acknowledged(self) -> int:
        """How many events the server has said to have saved."""
        return sum(seat.saves + len(seat.handed_in) for seat in self.seats)

    def failures_since(self, moment: float) -> list[Failure]:
        """Return the requests that failed since a moment of the monotonic clock."""
        return [failure for seat in self.seats for failure in seat.failures if failure.at >= moment]
