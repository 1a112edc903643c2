"""Test what one exam costs: statements, writes and bytes of each request, whatever its length and the size of the bank.

The limits are those of an installation without Redis, where each request reads its session from the database. The text
of the questions is as long as in the shipped bank.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.results import scoring
from questions.models import Blueprint, Option, Question, Revision
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.attempt.syncing import answer, event, post
from tests.html_forms import forms
from tests.sitting import Guest

pytestmark = pytest.mark.django_db

STEM, OPTION, RATIONALE, EXPLANATION = 620, 80, 160, 560  # characters, as in the shipped bank
WRITES = ("INSERT", "UPDATE", "DELETE")

# Statements and writes at most, the session included. The start makes the guest, too, and asks what classes hold back.
LIMITS = {
    "start": (10, 6),
    "question": (5, 0),
    "paper": (6, 0),
    "save": (2, 1),
    "visit": (3, 2),
    "move without script": (3, 2),
    "finish": (5, 2),
    "review": (12, 1),  # the first time it notes that what was missed has been read
}
BYTES = {"question": 30_000, "save": 600, "paper": 300_000, "report": 40_000, "review": 250_000, "front": 20_000}


class Costs(dict[str, tuple[int, int]]):
    """Statements and writes of each request of one exam; `sizes` has the bytes of its pages."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    @contextmanager
    def of(self, request: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        sql = [query["sql"].lstrip().upper() for query in captured.captured_queries]
        counted = [text for text in sql if not text.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
        self[request] = len(counted), sum(text.startswith(WRITES) for text in counted)


def sit(blueprint: Blueprint) -> Costs:
    """Sit an exam as the script of the room does, and read its results."""
    costs = Costs()
    Guest.start(Client(), blueprint)  # the process reads the bank, the newest exams and its templates once
    client, address = Client(), reverse("exam", args=[blueprint.code])
    (rules,) = [form for form in forms(client.get(address)).values() if "pair" in form.values]
    with costs.of("start"):
        started = client.post(address, rules.data())
    guest = Guest(client, started)
    with costs.of("question"):
        page = guest.get(f"{started['Location']}questions/1/")
    costs.sizes["question"] = len(page.content)
    attempt = Attempt.objects.latest("pk")
    with costs.of("paper"):
        paper = client.get(reverse("paper", args=[attempt.uuid]))
    costs.sizes["paper"] = len(paper.content)
    with costs.of("save"):
        saved = post(client, attempt, answer(2, 1), event("flag", 2, on=True))
    costs.sizes["save"] = len(saved.content)
    with costs.of("visit"):
        post(client, attempt, event("visit", 3, seconds=7), answer(4, 1))
    with costs.of("move without script"):
        moved = client.post(guest.path, guest.room.data(ticks=guest.answer()) | {"go": "2"})
    assert moved["Location"].endswith("/questions/2/")
    with costs.of("finish"):
        client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
    scoring.score(attempt.pk, timezone.now())
    with costs.of("review"):
        page = client.get(reverse("review", args=[attempt.uuid]))
    costs.sizes["review"] = len(page.content)
    costs.sizes["report"] = len(client.get(reverse("report", args=[attempt.uuid])).content)
    costs.sizes["front"] = len(Client().get("/").content)
    return costs


def lengthen_texts() -> None:
    def html(n: int) -> str:
        return f"<p>{'word ' * (n // 5)}</p>"

    Revision.objects.update(stem_html=html(STEM), explanation_html=html(EXPLANATION))
    Option.objects.update(text_html=html(OPTION), rationale_html=html(RATIONALE))


def enlarge(blueprint: Blueprint, times: int) -> None:
    """Add copies of the questions until the bank has `times` as many."""
    for n in range(1, times):
        questions = list(
            Question.objects.filter(collection=blueprint.exam.collections[0]).exclude(code__contains="copy")
        )
        copies = Question.objects.bulk_create(
            _copy(row, code=f"{row.code}-copy-{n}", current=None, status="draft") for row in questions
        )
        by_question = {old.pk: new for old, new in zip(questions, copies, strict=True)}
        wordings = list(Revision.objects.filter(question__in=by_question))
        new = Revision.objects.bulk_create(
            _copy(row, question=by_question[row.question_id], published_at=None) for row in wordings
        )
        by_wording = {old.pk: row for old, row in zip(wordings, new, strict=True)}
        options = Option.objects.filter(revision__in=by_wording)
        Option.objects.bulk_create(_copy(row, revision=by_wording[row.revision_id]) for row in options)
        for row in copies:
            row.status = "live"
        for wording in new:
            wording.published_at = timezone.now()
            wording.question.current = wording
        Revision.objects.bulk_update(new, ["published_at"])
        Question.objects.bulk_update(copies, ["status", "current"])
    raise_bank_version()


def _copy[Row: (Question, Revision, Option)](row: Row, **values: Any) -> Row:
    new = copy(row)
    new.pk, new._state = None, copy(row._state)
    new._state.adding, new._state.fields_cache = True, {}
    for name, value in values.items():
        setattr(new, name, value)
    return new


@pytest.fixture(autouse=True)
def _as_installed(_sessions_in_the_database: None) -> None:
    pass


@pytest.mark.slow
def test_an_exam_stays_within_its_limits() -> None:
    blueprint = factories.bank()
    lengthen_texts()
    costs = sit(blueprint)
    assert {name: cost for name, cost in costs.items() if above(cost, LIMITS[name])} == {}
    assert {name: size for name, size in costs.sizes.items() if size > BYTES[name]} == {}


def above(cost: tuple[int, int], limit: tuple[int, int]) -> bool:
    return any(n > most for n, most in zip(cost, limit, strict=True))


@pytest.mark.slow
def test_statements_do_not_depend_on_the_number_of_questions_of_the_exam() -> None:
    assert sit(factories.small_blueprint(8, 2)) == sit(factories.small_blueprint(60, 20, code="LONG"))


@pytest.mark.slow
def test_statements_do_not_depend_on_the_size_of_the_bank() -> None:
    blueprint = factories.small_blueprint(8, 2)
    few = sit(blueprint)
    enlarge(blueprint, 50)  # 1,100 questions, of which a draw takes a part
    if connection.vendor == "postgresql":
        # As a load of this size ends.
        connection.cursor().execute("ANALYZE")
    assert sit(blueprint) == few
