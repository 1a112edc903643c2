"""Test that lists of a candidate are of the chosen exam, and of all exams on request."""

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Note
from exams.services.practice import practice
from questions.models import Blueprint, Question
from questions.services import blueprints
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def exams() -> tuple[Blueprint, Blueprint]:
    return factories.small_blueprint(code="OLD", default=True, exams=2), factories.small_blueprint(code="NEW", exams=2)


@pytest.fixture
def alice(exams: tuple[Blueprint, Blueprint]) -> Candidate:
    """Alice has sat and practiced both exams, with all answers wrong and a note in each."""
    candidate = factories.candidate()
    for blueprint in exams:
        attempt = handed_in(0, candidate, blueprint)
        attempt.responses.update(first_shown=NOW)
        scored(attempt)
        Note.objects.create(attempt=attempt, position=0, text=f"A note of {blueprint.code}")
        ask_one(candidate, blueprint)
    return candidate


def ask_one(candidate: Candidate, blueprint: Blueprint) -> Attempt:
    question = blueprint_questions(blueprint)[-1]
    return practice.start(candidate, blueprint, "quiz", [question], feedback="each", timed=False, now=NOW).attempt


def blueprint_questions(blueprint: Blueprint) -> list[int]:
    rows = Question.objects.filter(collection__in=blueprint.exam.collections).order_by("code")
    return list(rows.values_list("pk", flat=True))


def shown(client: Client, name: str, query: str = "") -> set[str]:
    """Return the codes of the exams of which the main part of a page shows something."""
    page = client.get(reverse(name) + query)
    assert page.status_code == 200
    main = page.text.split("<main")[1].split("</main>")[0] if "<main" in page.text else page.text
    marks = {"OLD": ("note of OLD", "old-d"), "NEW": ("note of NEW", "new-d")}
    uuids = {code: str(Attempt.objects.filter(blueprint_code=code, mode="exam").get().uuid) for code in marks}
    return {code for code in marks if any(mark in main for mark in (*marks[code], uuids[code]))}


LISTS = ("history", "notebook", "missed", "missed_cards")


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_of_the_chosen_exam_or_of_all(alice: Candidate, name: str) -> None:
    client = browser(alice)
    assert shown(client, name) == {"OLD"}
    assert shown(client, name, "?exam=NEW") == {"NEW"}
    assert shown(client, name, "?all=yes") == {"OLD", "NEW"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["history", "notebook", "missed"])
def test_a_list_says_which_exams_it_is_about(alice: Candidate, name: str) -> None:
    client = browser(alice)
    assert "Of Small. All exams" in text(client.get(reverse(name)))
    assert "Of all exams. Only Small" in text(client.get(reverse(name) + "?all=yes"))
    blueprints.offer(Blueprint.objects.get(code="NEW"), on=False)
    assert "All exams" not in text(client.get(reverse(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_an_exam_off_the_start_page_is_listed_with_the_chosen_one(alice: Candidate, name: str) -> None:
    blueprints.offer(Blueprint.objects.get(code="NEW"), on=False)
    assert shown(browser(alice), name) == {"OLD", "NEW"}


@pytest.mark.slow
def test_a_search_finds_questions_of_the_chosen_exam(alice: Candidate) -> None:
    client = browser(alice)
    found = "Questions you have reviewed"
    for query, is_found in (("?q=old-d1", True), ("?q=new-d1", False), ("?q=new-d1&exam=NEW", True)):
        assert (found in client.get(reverse("guide_search") + query).text) is is_found, query


@pytest.mark.slow
def test_the_start_page_and_practice_show_what_is_open_in_the_chosen_exam(alice: Candidate) -> None:
    opened = {row.blueprint_code: str(row.uuid) for row in Attempt.objects.filter(mode="practice")}
    client = browser(alice)
    for attempt in Attempt.objects.filter(mode="practice"):
        attempt.responses.update(ticked=1)
    for name in ("front", "practice"):
        page = client.get(reverse(name)).text
        assert opened["OLD"] in page, name
        assert opened["NEW"] not in page, name
    assert shown(client, "front") == {"OLD"}
    assert shown(client, "front", "?exam=NEW") == {"NEW"}


@pytest.mark.slow
def test_a_running_exam_is_on_the_start_page_whichever_is_chosen(alice: Candidate) -> None:
    running = factories.attempt(alice, Blueprint.objects.get(code="NEW"), now=factories.NOW)
    Attempt.objects.filter(pk=running.pk).update(deadline="2100-01-01T00:00Z")
    assert "An exam is running: Small" in text(browser(alice).get("/"))
