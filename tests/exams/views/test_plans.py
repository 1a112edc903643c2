"""Test that pages find their rows of growing tables by an index: the plans of PostgreSQL, whatever the number of rows.

What reads a growing table as a whole on purpose is named here.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.results import scoring
from exams.services.upkeep import sweeper
from questions.models import Blueprint, History, QuestionReport, Revision
from tests import factories
from tests.benchmarks.plans import Statements
from tests.exams.views.attempt.syncing import answer, event, post
from tests.html_forms import forms
from tests.sitting import Guest, browser

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="reads plans of PostgreSQL"),
]

# What a page says of all rows: a count, and in the list of questions the collections and authors to filter by.
READ_AS_A_WHOLE = {
    "method": {"exams_attempt"},
    "questions_question": {"questions_question", "questions_user"},
}
COUNT_OF_A_LIST = 'SELECT COUNT(*) AS "__count" FROM '
# Lists of the admin, of which there are two pages.
LISTS = (
    "exams_attempt",
    "exams_candidate",
    "exams_scorereport",
    "exams_sitting",
    "questions_history",
    "questions_question",
    "questions_questionreport",
    "questions_revision",
    "questions_user",
)


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(8, 2, exams=3)


def tables_read_as_a_whole(work: Callable[[], Any]) -> dict[str, str]:
    """Return the tables for whose rows there is no index, with a statement each."""
    statements = Statements()
    with statements.recorded():
        answer = work()
    assert getattr(answer, "status_code", 200) < 400
    assert statements
    return {scan.rpartition(" ")[2]: sql for scan, sql in statements.scans_without_index()}


def unexpected(pages: dict[str, Callable[[], Any]]) -> list[tuple[str, str, str]]:
    found = []
    for name, page in pages.items():
        page()  # what a process reads once for each version of the bank
        for table, sql in tables_read_as_a_whole(page).items():
            counts = name in LISTS and sql.startswith(COUNT_OF_A_LIST)
            if not counts and table not in READ_AS_A_WHOLE.get(name, ()):
                found.append((name, table, sql))
    return found


def test_an_exam_reads_rows_of_this_candidate_and_this_exam(blueprint: Blueprint) -> None:
    Guest.start(Client(), blueprint)  # the process reads the bank once
    client, address = Client(), reverse("exam", args=[blueprint.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in form.values]
    found = {"start": tables_read_as_a_whole(lambda: client.post(address, rules.data()))}
    attempt = Attempt.objects.latest("pk")
    guest = Guest(client, client.get(reverse("attempt", args=[attempt.uuid]), follow=True))
    path, move = guest.path, guest.room.data(ticks=guest.answer()) | {"go": "2"}
    events = answer(3, 1), event("visit", 4, seconds=1), event("note", 5, text="why?", version=0)
    steps = {
        "rules": lambda: Client().get(address),
        "question": lambda: client.get(path),
        "paper": lambda: client.get(reverse("paper", args=[attempt.uuid])),
        "sync": lambda: post(client, attempt, *events),
        "move": lambda: client.post(path, move),
        "summary": lambda: client.get(reverse("summary", args=[attempt.uuid])),
        "finish": lambda: client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"}),
        "score": lambda: scoring.score(attempt.pk, timezone.now()),
    }
    found |= {name: tables_read_as_a_whole(step) for name, step in steps.items()}
    assert {name: tables for name, tables in found.items() if tables} == {}


def test_results_and_progress_read_rows_of_this_candidate(blueprint: Blueprint) -> None:
    person = factories.candidate(factories.user())
    blueprint = factories.bank()
    for _ in range(2):
        sat = factories.scored(factories.handed_in(5, person, blueprint))
    get, attempt = browser(person).get, reverse("attempt", args=[sat.uuid])
    pages = {name: partial(get, reverse(name)) for name in ("front", "history", "progress", "plan", "notebook")}
    pages |= {name: partial(get, reverse(name)) for name in ("practice", "method")}
    pages |= {"report": partial(get, f"{attempt}report/"), "review": partial(get, f"{attempt}review/")}
    found = unexpected(pages)
    assert found == []


def test_staff_and_the_sweeper_read_what_there_is_to_do(
    blueprint: Blueprint, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    sitting = factories.sitting(blueprint, opens_at=now, closes_at=now + timedelta(hours=9))
    for name in ("Ana", "Ben"):
        factories.class_attempt(sitting, name, now=now)
        factories.scored(factories.handed_in(5, factories.candidate(factories.user(name)), blueprint, now=now), now)
    for revision in Revision.objects.all()[:2]:
        QuestionReport.objects.create(revision=revision, candidate_uuid=uuid4(), at=now)
        History.objects.create(question_id=revision.question_id, at=now, action="edited")
    factories.handed_in(5, blueprint=blueprint, now=now)
    get = admin_client.get
    pages: dict[str, Callable[[], Any]] = {"first page": partial(get, reverse("admin:index"))}
    for page in ("board", "results"):
        pages[page] = partial(get, reverse(f"admin:exams_sitting_{page}", args=[sitting.pk]))
    for name in LISTS:
        pages[name] = partial(get, reverse(f"admin:{name}_changelist"))
    for model_admin in admin.site._registry.values():
        monkeypatch.setattr(model_admin, "list_per_page", 1)
    pages["sweeper"] = lambda: sweeper.sweep(timezone.now())
    found = unexpected(pages)
    assert found == []
