"""Try a class as a whole: six join, one loses the line, one gets time, one is late, and the results add up."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from exams.models import Attempt, Sitting
from exams.services.results import scoring
from tests import authoring, factories
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.walk, pytest.mark.usefixtures("empty_cache")]

MINUTE = timedelta(minutes=1)
N_QUESTIONS, N_RIGHT = 5, {"Ana": 5, "Ben": 4, "Cleo": 3, "Dan": 2, "Eve": 1, "Finn": 0}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk() -> Client:
    """Return the browser of the instructor Ines."""
    client = Client()
    client.force_login(authoring.account("ines", "Instructor"))
    return client


def create(desk: Client) -> Sitting:
    """Create an exam from 9:00 to 10:00 in the form of the instructor."""
    factories.small_blueprint(scored=N_QUESTIONS, unscored=0, exams=2)
    path = reverse("admin:exams_sitting_add")
    window = {"opens_at": f"{NOW:%Y-%m-%dT%H:%M}", "closes_at": f"{NOW + 60 * MINUTE:%Y-%m-%dT%H:%M}"}
    data = forms(desk.get(path))["make"].values | window | {"name": "Class 7b", "exam": "TINY", "last_start_at": ""}
    assert "Class 7b" in text(desk.post(path, data, follow=True))
    return Sitting.objects.get()


def join(code: str, name: str) -> Guest:
    """Enter the code and a name, and start."""
    client = Client()
    rules = client.post(reverse("join"), {"code": code.lower()}, follow=True)
    (form,) = [form for form in forms(rules).values() if "pair" in form.values]
    return Guest(client, client.post(form.action, form.data() | {"name": name}, follow=True))


def attempt_of(name: str) -> Attempt:
    return Attempt.objects.get(candidate__participations__name=name)


def answer(guest: Guest, name: str, *, first: int = 1, last: int = N_QUESTIONS) -> None:
    """Answer these questions in the room, as many of them right as this person knows."""
    attempt = attempt_of(name)
    for position in range(first, last + 1):
        guest.get(reverse("question", args=[attempt.uuid, position]))
        response = attempt.responses.get(position=position)
        is_right = position <= N_RIGHT[name]
        ticks = [bit for bit in sorted(response.bits) if (response.key >> bit & 1) == is_right][: response.choose]
        guest.press("move", "next" if position < N_QUESTIONS else "summary", ticks=[str(bit) for bit in ticks])


def finish(guest: Guest, name: str) -> None:
    """Finish the exam, and score it as the worker does."""
    attempt = attempt_of(name)
    path = reverse("finish", args=[attempt.uuid])
    (form,) = [form for form in forms(guest.get(path)).values() if any(b.name == "finish" for b in form.buttons)]
    guest.client.post(form.action or path, form.data(form.button("finish")))
    assert scoring.score(attempt.pk, attempt_of(name).submitted_at)


def told(guest: Guest, name: str) -> set[str]:
    """Return what tells a key in everything that a person can open about her exam."""
    uuid = attempt_of(name).uuid
    paths = [reverse(page, args=[uuid]) for page in ("report", "review", "export")]
    paths += [reverse(page) for page in ("progress", "missed", "missed_cards", "practice", "notebook", "history")]
    pages = " ".join(guest.client.get(path, follow=True).content.decode() for path in paths)
    return {word for word in ("The explanation of", "Right: it is", '"key"', "Correct, selected") if word in pages}


def test_a_class_from_the_code_to_results_that_add_up(desk: Client, clock: Any) -> None:
    sitting = create(desk)
    change, board, workbook = (
        reverse(f"admin:exams_sitting_{name}", args=[sitting.pk]) for name in ("change", "board", "results_xlsx")
    )
    guests = {name: join(sitting.code, name) for name in list(N_RIGHT)[:5]}
    for name, guest in guests.items():
        answer(guest, name, last=2)
    papers = {tuple(attempt_of(name).responses.values_list("revision", "order")) for name in guests}
    assert len(papers) == 1, "all sit the same paper"

    clock.move_to(NOW + 5 * MINUTE)
    back = guests["Ben"].client.get(reverse("join_sitting", args=[sitting.code]))
    assert "Back to question 3" in text(back), "who lost the line finds the place again"
    (chosen,) = sitting.participants.filter(name="Cleo").values_list("pk", flat=True)
    form = forms(desk.get(f"{board}time/", {"person": chosen}))["make"]
    given = desk.post(f"{board}time/", form.data() | {"minutes": "10", "reason": "A cable was pulled"}, follow=True)
    assert "10 minutes given to 1 exam." in text(given)
    assert attempt_of("Cleo").deadline == NOW + 40 * MINUTE

    clock.move_to(NOW + 10 * MINUTE)
    for name, guest in guests.items():
        answer(guest, name, first=3)
        finish(guest, name)
    clock.move_to(NOW + 40 * MINUTE)
    guests["Finn"] = join(sitting.code, "Finn")
    assert attempt_of("Finn").deadline == NOW + 60 * MINUTE, "20 minutes instead of 30"
    answer(guests["Finn"], "Finn", last=4)
    shown = text(desk.get(board))
    assert "Finn writing 5 4 of 5" in shown
    assert "Ana handed in" in shown
    early = text(desk.post(f"{change.removesuffix('change/')}release/", follow=True))
    assert "1 person is still writing." in early
    finish(guests["Finn"], "Finn")
    for name, guest in guests.items():
        assert not told(guest, name), name

    released = text(desk.post(f"{change.removesuffix('change/')}release/", follow=True))
    assert "The answers are released" in released
    assert told(guests["Ana"], "Ana") >= {"Right: it is", '"key"', "Correct, selected"}
    head, *rows = load_workbook(io.BytesIO(desk.get(workbook).content)).active.values
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        positions = attempt_of(cells["name"]).responses.values_list("exam_domain", "position")
        for number, title in enumerate(head[7:9], 1):
            right = [position <= N_RIGHT[cells["name"]] for domain, position in positions if domain == number]
            assert cells[title] == round(100 * sum(right) / len(right)), (cells["name"], title)
        assert cells["passed"] == (cells["score"] >= sitting.blueprint.exam.scale.passing)
    assert [row[0] for row in rows] == list(N_RIGHT)
    assert [row[5] for row in rows] == sorted((row[5] for row in rows), reverse=True)
