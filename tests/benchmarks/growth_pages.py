"""Measure pages and background work in one process on one database, and print the figures as JSON.

The requests go through the whole site in this process; the CPU time is that of this process and of its PostgreSQL.
"""

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from exams.models import Attempt, Candidate  # noqa: E402
from exams.services.attempt import ending  # noqa: E402
from exams.services.people import candidates as people  # noqa: E402
from exams.services.upkeep import sweeper  # noqa: E402
from questions.models import Blueprint, User  # noqa: E402
from tests import factories, sitting  # noqa: E402
from tests.benchmarks.plans import Statements  # noqa: E402
from tests.html_forms import forms  # noqa: E402

EXAM = "MLS-C01"
PAST_EXAMS, CLASS_SIZE = 4, 20
LISTS = {
    "questions": "questions_question_changelist",
    "attempts": "exams_attempt_changelist",
    "candidates": "exams_candidate_changelist",
    "score reports": "exams_scorereport_changelist",
    "question reports": "questions_questionreport_changelist",
    "users": "questions_user_changelist",
    "revisions": "questions_revision_changelist",
    "history of questions": "questions_history_changelist",
    "class exams": "exams_sitting_changelist",
}


class Site:
    """A person with past exams, a class with results, and an administrator, each with a browser."""

    def __init__(self) -> None:
        self.exam = Blueprint.objects.current(EXAM)
        assert self.exam
        name = uuid4().hex[:8]
        now = timezone.now()
        person = User.objects.create_user(f"person-{name}")
        self.person = people.get_or_create_candidate(person, None, now)
        for number in range(PAST_EXAMS):
            self.past = self._sat(self.person, now - timedelta(days=number + 1), seed=f"past {number}")
        self.browser = sitting.browser(self.person)
        root = User.objects.create_superuser(f"root-{name}")
        self.root = Client()
        self.root.force_login(root)
        self.klass = factories.sitting(self.exam, owner=root, opens_at=now, closes_at=now + timedelta(hours=9))
        for number in range(CLASS_SIZE):
            sat = factories.class_attempt(self.klass, f"Participant {number}", now=now)
            self._finish(sat, now)
        for browser in (self.browser, self.root):
            browser.defaults["SERVER_NAME"] = "127.0.0.1"

    def _sat(self, candidate: Candidate, now: Any, seed: str) -> Attempt:
        return self._finish(factories.attempt(candidate, self.exam, now=now - timedelta(hours=2), seed=seed), now)

    @staticmethod
    def _finish(sat: Attempt, now: Any) -> Attempt:
        factories.tick(sat, 30)
        sat.responses.update(first_shown=now, seconds=60)
        ending.finish(sat, now)
        return factories.scored(sat, now)


class Newcomer:
    """A guest, who starts an exam, saves and moves on."""

    def __init__(self, exam: Blueprint) -> None:
        self.exam = exam
        candidate = people.get_or_create_candidate(AnonymousUser(), uuid4(), timezone.now())
        self.browser = sitting.browser(candidate)
        self.browser.defaults["SERVER_NAME"] = "127.0.0.1"
        self.address = reverse("exam", args=[exam.code])
        self.version = 0

    def rules(self) -> Any:
        response = self.browser.get(self.address)
        (self.form,) = [form for form in forms(response).values() if "pair" in form.values]
        return response

    def start(self) -> Any:
        started = self.browser.post(self.address, self.form.data())
        self.attempt = started["Location"]
        return started

    def room(self) -> Any:
        response = self.browser.get(f"{self.attempt}questions/1/")
        self.room_form = forms(response)["room"]
        return response

    def save(self) -> Any:
        option = self.room_form.options[self.version % 2][0]
        data = self.room_form.data(ticks=[option]) | {"version": str(self.version), "move": "stay", "unsent": "1"}
        self.version += 1
        return self.browser.post(f"{self.attempt}questions/1/", data, headers={"hx-request": "true"})

    def move(self) -> Any:
        data = self.room_form.data() | {"version": str(self.version), "go": "2"}
        return self.browser.post(f"{self.attempt}questions/1/", data, headers={"hx-request": "true"})


def works(site: Site) -> dict[str, Callable[[], Any]]:
    """Return what is measured beside the exam itself, by name."""
    get = site.browser.get
    attempt = reverse("attempt", args=[site.past.uuid])
    found: dict[str, Callable[[], Any]] = {
        "front page": partial(get, "/"),
        "report": partial(get, f"{attempt}report/"),
        "review": partial(get, f"{attempt}review/"),
        "history": partial(get, reverse("history")),
        "progress": partial(get, reverse("progress")),
        "practice": partial(get, reverse("practice")),
        "plan": partial(get, reverse("plan")),
        "notebook": partial(get, reverse("notebook")),
        "method": partial(get, reverse("method")),
    }
    see = site.root.get
    found["admin: first page"] = partial(see, reverse("admin:index"))
    found["class: results"] = partial(see, reverse("admin:exams_sitting_results", args=[site.klass.pk]))
    found["class: board"] = partial(see, reverse("admin:exams_sitting_board", args=[site.klass.pk]))
    found |= {f"admin: {name}": partial(see, reverse(f"admin:{view}")) for name, view in LISTS.items()}
    questions, sat = reverse("admin:questions_question_changelist"), reverse("admin:exams_attempt_changelist")
    found["admin: questions, live ones"] = partial(see, f"{questions}?status__exact=live")
    found["admin: questions, search"] = partial(see, f"{questions}?q=sagemaker+pipe")
    found["admin: attempts, search"] = partial(see, f"{sat}?q=person-")
    found["admin: attempts, scored ones"] = partial(see, f"{sat}?status__exact=scored")
    found["admin: an attempt"] = partial(see, reverse("admin:exams_attempt_change", args=[site.past.pk]))
    found["sweeper"] = lambda: sweeper.sweep(timezone.now())
    return found


def postgresql_seconds() -> float:
    """Return the CPU time of the process of PostgreSQL that works for this one, to the nanosecond."""
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    return int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9


class Figures:
    """CPU and latency in milliseconds, statements, bytes and whole scans, by name."""

    def __init__(self) -> None:
        self.times: dict[str, list[tuple[float, float]]] = {}
        self.facts: dict[str, dict[str, Any]] = {}

    def time(self, name: str, work: Callable[[], Any]) -> None:
        cpu, began = time.process_time() + postgresql_seconds(), time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - began
        self.times.setdefault(name, []).append((time.process_time() + postgresql_seconds() - cpu, seconds))
        if getattr(answer, "status_code", 200) >= 400:
            raise AssertionError(f"{name}: {answer.status_code}")

    def explain(self, name: str, work: Callable[[], Any]) -> None:
        statements = Statements()
        with statements.recorded():
            answer = work()
        size = len(answer.content) if hasattr(answer, "content") else 0
        self.facts[name] = {"statements": len(statements), "bytes": size, "scans": statements.whole_scans()}

    def result(self) -> dict[str, Any]:
        return {
            name: {
                "cpu": 1000 * min(cpu for cpu, _ in times),
                "latency": 1000 * statistics.median(seconds for _, seconds in times),
                **self.facts[name],
            }
            for name, times in self.times.items()
        }


EXAM_STEPS = ("rules", "start", "room", "save", "move")


def measure(rounds: int) -> dict[str, Any]:
    site, figures = Site(), Figures()
    others = works(site)
    for work in others.values():  # warm up: templates, the pool of the bank
        work()
    first = Newcomer(site.exam)
    for step in EXAM_STEPS:
        getattr(first, step)()
    for _ in range(rounds):
        newcomer = Newcomer(site.exam)
        for step in EXAM_STEPS:
            figures.time(step, getattr(newcomer, step))
        for name, work in others.items():
            figures.time(name, work)
    newcomer = Newcomer(site.exam)
    for step in EXAM_STEPS:
        figures.explain(step, getattr(newcomer, step))
    for name, work in others.items():
        figures.explain(name, work)
    return figures.result()


if __name__ == "__main__":
    logging.disable(logging.INFO)
    warnings.filterwarnings("ignore", "No directory at")  # of static files, which no page reads here
    json.dump(measure(int(sys.argv[1])), sys.stdout)
