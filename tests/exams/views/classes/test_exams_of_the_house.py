"""Walk over the pages of people who sit exams of the house alone, on a server that has exams of AWS, too."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import Attempt, Candidate, Sitting
from exams.services.attempt import pauses
from exams.services.classes import sittings
from questions.models import Blueprint
from tests import factories
from tests.exams.views.classes.join_pages import join
from tests.factories import NOW
from tests.html_forms import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

AWS = re.compile(r"\b(?:AWS|Amazon)\b")
GENERAL = (
    *("front", "today", "history", "missed", "notebook", "progress", "practice", "plan", "guide", "method", "privacy"),
    *("settings", "account", "person_data", "delete_data", "join", "guest_code", "leave", "cards"),
    *("guide_services", "guide_glossary", "guide_search"),
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shipped() -> Blueprint:
    """Return the default exam, with AWS in its title."""
    return factories.bank((1, 1, 1, 1))


def of_house(code: str = "OWN", **spec: Any) -> Blueprint:
    """Return a closed exam of the house, which is not on the start page."""
    row = factories.percent_blueprint(60, scored=4, code=code)
    own = {"title": "Signals and systems", "short_title": "Signals", "available_from": None, "retired_on": None}
    row.spec |= own | {"successors": [], "notes": []} | spec
    row.origin, row.offered, row.admits = Blueprint.Origin.LOCAL, False, False
    row.save()
    return row


def copy_of_own() -> Blueprint:
    """Return an exam with the exam domains of another one of the house, as a copy has."""
    of_house("FIRST")
    return of_house("COPY", syllabus="FIRST", collections=("first",))


def guest() -> Client:
    return Client()


def member() -> Client:
    client = Client()
    client.force_login(factories.user("mia"))
    return client


def addresses(attempt: Attempt) -> list[str]:
    """Return the pages of an attempt, open or over."""
    of_attempt = ("attempt", "summary", "finish", "report", "own_certificate", "review", "seat")
    of_question = ("question", "review_question", "question_report")
    return [reverse(name, args=[attempt.uuid]) for name in of_attempt] + [
        reverse(name, args=[attempt.uuid, 1]) for name in of_question
    ]


def named(client: Client, attempt: Attempt | None, sitting: Sitting) -> dict[str, list[str]]:
    """Return the pages that speak of AWS, with what they say; of all that this person can open now."""
    paths = [reverse(name) for name in GENERAL]
    paths += [reverse("certificate", args=["1-wrong"]), "/nowhere/", reverse("join_sitting", args=[sitting.code])]
    paths += [*addresses(attempt), reverse("method", query={"attempt": str(attempt.uuid)})] if attempt else []
    pages = {path: client.get(path, follow=True) for path in paths}
    return {path: around for path, page in pages.items() if (around := hits(page))}


def hits(page: Any) -> list[str]:
    words = page.content.decode()
    return [words[max(0, found.start() - 60) : found.end() + 20] for found in AWS.finditer(words)]


@pytest.mark.parametrize("person", [guest, member])
@pytest.mark.parametrize("make", [of_house, copy_of_own])
def test_no_page_speaks_of_aws_to_who_sits_an_exam_of_the_house(
    clock: Any, shipped: Blueprint, person: Callable[[], Client], make: Callable[[], Blueprint]
) -> None:
    sitting, client = factories.sitting(make()), person()
    assert not hits(client.get(reverse("join_sitting", args=[sitting.code])))
    join(client, sitting)
    attempt = Attempt.objects.get()
    assert named(client, attempt, sitting) == {}
    staff = factories.user("ines")
    assert pauses.pause_all([attempt], "fire", staff, NOW) == 1
    paused = client.get(reverse("attempt", args=[attempt.uuid]), follow=True)
    assert "This exam is paused" in text(paused)
    assert not hits(paused)
    assert pauses.continue_all([attempt], staff, NOW) == 1
    factories.tick(attempt, 4)
    client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
    factories.scored(attempt)
    assert named(client, attempt, sitting) == {}, "handed in"
    sittings.release(sitting, NOW)
    assert "Passed" in text(client.get(reverse("report", args=[attempt.uuid])))
    assert named(client, attempt, sitting) == {}
    page = client.get(reverse("own_certificate", args=[attempt.uuid]), follow=True)
    assert "It is valid." in text(page)
    assert not hits(page)


@pytest.mark.parametrize("person", [guest, member])
def test_who_has_joined_and_not_begun_reads_nothing_of_aws_either(
    shipped: Blueprint, person: Callable[[], Client]
) -> None:
    sitting, client = factories.sitting(of_house(), opens_at=NOW + timedelta(minutes=30)), person()
    join(client, sitting)
    assert Candidate.objects.get().participations.exists()
    assert named(client, None, sitting) == {}
    assert "Signals and systems" in text(client.get("/"))


def test_the_start_page_of_strangers_and_of_who_has_chosen_it_presents_the_exam_of_aws(shipped: Blueprint) -> None:
    assert hits(Client().get("/"))
    sitting, client = factories.sitting(of_house()), Client()
    join(client, sitting)
    page = client.get("/")
    assert "Other exams on this site" in text(page)
    assert hits(client.get("/?others=yes"))
    headers = {"Origin": "http://testserver", "Referer": "http://testserver/?others=yes"}
    client.post(reverse("exam_choice"), {"exam": shipped.code}, headers=headers)
    for path in ("/", reverse("history")):
        assert hits(client.get(path)), path


def test_who_sits_an_exam_over_the_questions_of_aws_is_told_whose_they_are(shipped: Blueprint) -> None:
    factories.one_form_blueprint("AWSLIKE")
    sitting, client = factories.sitting(of_house("COPY", syllabus="AWSLIKE", collections=("awslike",))), Client()
    join(client, sitting)
    assert hits(client.get(reverse("join_sitting", args=[sitting.code])))


@pytest.mark.parametrize("path", ["/", "/practice/", "/history/"])
def test_pages_are_about_the_newest_of_two_exams_of_the_house_and_ask_once_which_it_is(
    shipped: Blueprint, path: str
) -> None:
    client = guest()
    for code in ("FIRST", "SECOND"):
        join(client, factories.sitting(of_house(code)))
        attempt = Attempt.objects.get(blueprint_code=code)
        client.post(reverse("finish", args=[attempt.uuid]), {"finish": "yes"})
    for newest, minutes in (("SECOND", 1), ("FIRST", 2)):
        Attempt.objects.exclude(blueprint_code=newest).update(started_at=NOW - timedelta(minutes=minutes))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(path)
        assert page.context["chosen_exam"].code == newest
        starts = 'SELECT "exams_attempt"."blueprint_code"'
        assert len([row for row in queries if row["sql"].startswith(starts) and "LIMIT 1" in row["sql"]]) == 1
