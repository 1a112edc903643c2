"""Candidates: one who uses the script of the room, one without JavaScript, and one of the bare exam."""

import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.browser import Browser, Page
from tests.html_forms import forms

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
OPTION = re.compile(r'name="option" value="(\d+)"')
CHOOSE = re.compile(r'data-choose="(\d+)"')
CHANGES, FLAGS, JUMPS = 0.1, 0.1, 0.2  # the share of questions
POLL_SECONDS = 0.1  # the page asks each second; the time until the score is there is measured here
PATIENCE_SECONDS = 8  # TIMEOUT_MS of static/js/room-sync.js
PASSING = (500, 502, 503, 504, 507)  # the script keeps what it has, and sends it again


class WrongPage(AssertionError):
    """A server answered with something else than a candidate expects."""


def expect(page: Page, *statuses: int) -> Page:
    if page.status not in statuses:
        raise WrongPage(f"{page.status} instead of {statuses}: {page.html[:300]}")
    return page


@dataclass
class Question:
    """The form of one question: its fields, its options, and how many to choose."""

    fields: dict[str, str]
    options: list[str]
    choose: int
    ticked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> "Question":
        choose = CHOOSE.search(page.html)
        return cls(dict(HIDDEN.findall(page.html)), OPTION.findall(page.html), int(choose[1]) if choose else 1)

    def post(self, token: str, **values: str) -> list[tuple[str, str]]:
        """Return the fields that the form of the room posts."""
        fields = {**self.fields, "csrfmiddlewaretoken": token, "note": "", "size": "1", "theme": "", "pad": ""}
        fields |= {"show": "all", **values}
        return [*fields.items(), *(("option", bit) for bit in self.ticked)]


def event(kind: str, position: int, **fields: Any) -> dict[str, Any]:
    """Return an event as the script sends it."""
    return {"id": f"{kind}-{position}", "kind": kind, "position": position, "ago": 5, **fields}


@dataclass
class Candidate:
    """One candidate of the site. `answers` has what was ticked last, as bits, by attempt and position."""

    browser: Browser
    exam: str
    chance: random.Random
    total: int = 65
    answers: dict[tuple[str, int], int] = field(default_factory=dict)
    open_path: str = ""  # the question that `save_often` saves
    open_question: Question = field(default_factory=lambda: Question({}, [], 1))

    @property
    def token(self) -> str:
        return self.browser.cookies["csrftoken"]

    def start(self) -> tuple[str, Page]:
        """Start an exam from its rules page; return its path and the page of the first question."""
        rules = expect(self.browser.get(self.exam, "rules"), 200)
        (form,) = [form for form in forms(rules).values() if "pair" in form.values]
        fields = [(name, value) for name, value in form.fields if name != "csrfmiddlewaretoken"]
        started = self.browser.post(self.exam, [*fields, ("csrfmiddlewaretoken", self.token)], "start")
        expect(started, 303)
        opened = expect(self.browser.follow(started, "page"), 200)
        return started.location, opened

    def sit(self, *, scripted: bool = True, review: bool = True) -> None:
        """Sit one whole exam: answer, change, flag, jump, reconnect once, finish, wait for the score, review."""
        attempt, page = self.start()
        if scripted:
            self.answer_with_script(attempt)
        else:
            self.answer_without_script(attempt, page)
        self.finish(attempt)
        if review:
            expect(self.browser.get(f"{attempt}review/", "review"), 200)

    def order(self) -> list[int]:
        """Return the positions in the order in which they are visited, with jumps; the first one is 1."""
        left, order, position = list(range(2, self.total + 1)), [1], 1
        while left:
            following = position + 1
            position = self.chance.choice(left) if self.chance.random() < JUMPS or following not in left else following
            left.remove(position)
            order.append(position)
        return order

    def tick(self, question: Question, attempt: str, position: int) -> list[list[str]]:
        """Return the ticks after each click; the last ones are what must be stored."""
        picked = self.chance.sample(question.options, question.choose)
        clicks = [picked[: n + 1] for n in range(len(picked))]
        if self.chance.random() < CHANGES:
            unused = [bit for bit in question.options if bit not in picked]
            clicks += [[*picked[1:], self.chance.choice(unused)]]
        self.answers[attempt, position] = sum(1 << int(bit) for bit in clicks[-1])
        return clicks

    def answer_with_script(self, attempt: str) -> None:
        """Do what `static/js/room-*.js` does: the paper once, then a batch for each complete answer and each flag.

        What the script lets wait goes with the next one: the first of two ticks, and moves.
        """
        order = self.order()
        reconnect_at = self.chance.choice(order[1:])
        asked = self.paper(attempt)
        waiting: list[dict[str, Any]] = []
        for position in order:
            waiting.append(event("visit", position, seconds=0))
            if position == reconnect_at:
                expect(self.browser.get(f"{attempt}questions/{position}/", "page"), 200)
                asked = self.paper(attempt)
            question = asked[position - 1]
            options = Question({}, OPTION.findall(question["html"]), question["choose"])
            version, seconds, steps = question["version"], 0, []
            for ticked in self.tick(options, attempt, position):
                seconds += 20
                steps.append([sum(1 << int(bit) for bit in ticked), seconds])
                if len(ticked) < question["choose"]:
                    continue
                click = event("answer", position, ticked=[int(bit) for bit in ticked], version=version)
                click |= {"seconds": seconds, "steps": steps}
                version = self.sync(attempt, [*waiting, click])[-1]["version"]
                waiting, steps = [], []
            if self.chance.random() < FLAGS:
                self.sync(attempt, [*waiting, event("flag", position, on=True)])
                waiting = []
            waiting.append(event("visit", position, seconds=seconds))
        self.sync(attempt, waiting)
        expect(self.browser.get(f"{attempt}summary/", "summary"), 200)

    def paper(self, attempt: str) -> list[dict[str, Any]]:
        content = expect(self.browser.get(f"{attempt}paper/", "paper"), 200).json
        questions: list[dict[str, Any]] = content["questions"]
        return questions

    def sync(self, attempt: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send a batch, all of which must be stored."""
        batch = {"protocol": 1, "events": events}
        results: list[dict[str, Any]] = expect(self.browser.post_json(f"{attempt}sync/", batch, "save"), 200).json[
            "events"
        ]
        if any(result["outcome"] != "saved" for result in results):
            raise WrongPage(f"{results}")
        return results

    def answer_without_script(self, attempt: str, page: Page) -> None:
        """Post the ticks with the button for the next question, and follow the redirect."""
        order = self.order()
        for position, target in zip(order, [*order[1:], 0], strict=True):
            question = Question.of(page)
            question.ticked = self.tick(question, attempt, position)[-1]
            values = {"go": str(target)} if target else {"move": "summary"}
            fields = question.post(self.token, **values)
            saved = expect(self.browser.post(f"{attempt}questions/{position}/", fields, "post"), 303)
            page = expect(self.browser.follow(saved, "page"), 200)

    def finish(self, attempt: str) -> None:
        """Finish and poll until the score is seen."""
        asked = expect(self.browser.get(f"{attempt}finish/", "finish"), 200)
        fields = [("csrfmiddlewaretoken", Question.of(asked).fields["csrfmiddlewaretoken"]), ("finish", "yes")]
        started = time.perf_counter()
        page = self.browser.follow(expect(self.browser.post(f"{attempt}finish/", fields, "finish"), 303), "report")
        while 'id="waiting"' in page.html:
            time.sleep(POLL_SECONDS)
            page = self.browser.get(f"{attempt}report/", "poll")
        expect(page, 200)
        self.browser.times.append(("score seen", time.perf_counter() - started, 0))


@dataclass
class BareCandidate:
    """One candidate of the yardstick: two requests a question."""

    browser: Browser
    chance: random.Random
    total: int = 65
    open_path: str = ""
    open_question: Question = field(default_factory=lambda: Question({}, [], 1))

    def start(self) -> str:
        started = expect(self.browser.get("/start/", "start"), 302)
        return started.location.removesuffix("1/")

    def sit(self) -> None:
        attempt = self.start()
        for position in range(1, self.total + 1):
            path = f"{attempt}{position}/"
            page = expect(self.browser.get(path, "page"), 200)
            question = Question.of(page)
            fields = [*question.fields.items(), ("option", self.chance.choice(question.options))]
            expect(self.browser.post(path, fields, "save"), 204)
        expect(self.browser.follow(self.browser.get(f"{attempt}submit/", "submit"), "review"), 200)
