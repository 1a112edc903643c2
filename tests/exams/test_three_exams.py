"""Test that who prepares for an exam that nobody has heard of meets no other one, unless she asks for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Response
from exams.services.attempt import ending
from exams.services.results import scoring
from questions.models import Blueprint, Topic
from tests import three_exams
from tests.exams.test_access_matrix import ROUTES, address
from tests.html_forms import forms
from tests.sitting import Guest

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Of pages of candidates: what changes the session, and the start page, which lists all exams.
SKIPPED = (
    *("admin/", "accounts/", "^accounts", "leave/", "healthz", "readyz", "static", "account/delete/", "images/"),
    *("account/second-factor/", "account/confirm/", "join/", "theme/", "exam/"),
)


@pytest.fixture
def exams() -> tuple[Blueprint, list[Blueprint]]:
    return three_exams.store()


def sit(client: Client, blueprint: Blueprint) -> Attempt:
    """Start the exam from its rules page, answer a part of it, and let it be scored."""
    Guest.start(client, blueprint)
    attempt = Attempt.objects.get(blueprint_code=blueprint.code)
    Response.objects.filter(attempt=attempt).update(first_shown=timezone.now())
    ending.finish(attempt, timezone.now() + timedelta(seconds=1))
    assert scoring.score(attempt.pk, timezone.now() + timedelta(seconds=1))
    return attempt


def main(response: Any) -> str:
    """Return the page without header and footer, or a file as a whole."""
    text = str(response.content, "utf-8", "replace")
    return text.split("<main")[1].split("</main>")[0] if "<main" in text else text


def pages(client: Client, attempt: Attempt) -> dict[str, str]:
    """Return the text of every page that the candidate can open, by path."""
    topic = Topic.objects.filter(task__exam_domain__exam=attempt.blueprint_code)[0]
    values = {"uuid": attempt.uuid, "code": attempt.blueprint_code, "position": 1, "slug": topic.slug}
    texts = {}
    for route in ROUTES:
        if route.startswith(SKIPPED) or route in ("", "today/"):  # the start page, which offers all exams
            continue
        response = client.get(address(route, values), follow=True)
        assert response.status_code in (200, 404, 405, 409, 410), route
        if response.status_code == 200 and not response.streaming:
            texts[response.request["PATH_INFO"]] = main(response)
    return texts


def test_the_pages_of_the_chosen_exam_name_no_other_one(
    client: Client, exams: tuple[Blueprint, list[Blueprint]]
) -> None:
    rivers, others = exams
    attempt = sit(client, rivers)
    client.post(reverse("practice_start"), {"blueprint": rivers.code, "kind": "try"})
    assert Attempt.objects.filter(blueprint_code=rivers.code).count() == 2
    texts = pages(client, attempt)
    expected = {reverse(name) for name in ("practice", "plan", "progress", "history", "notebook", "guide", "missed")}
    assert expected | {reverse("method"), reverse("report", args=[attempt.uuid])} <= set(texts)
    names = [name for other in others for name in (other.code, other.exam.short_title, other.exam.title)]
    met = {(path, name) for path, text in texts.items() for name in names if name.lower() in text.lower()}
    assert met == set()
    for name in ("practice", "plan", "guide", "method", "history", "missed", "notebook"):
        assert rivers.exam.short_title in client.get(reverse(name)).text, name


def test_the_start_page_offers_each_exam_and_starts_the_chosen_one(
    client: Client, exams: tuple[Blueprint, list[Blueprint]]
) -> None:
    rivers, others = exams
    for blueprint in (rivers, *others):
        assert reverse("exam", args=[blueprint.code]) in main(client.get("/"))
    origin = {"Origin": "http://testserver", "Referer": "http://testserver/"}
    client.post(reverse("exam_choice"), {"exam": rivers.code}, headers=origin)
    started = [dict(form.fields).get("blueprint") for form in forms(client.get("/")).values()]
    assert [code for code in started if code] == [rivers.code]


def test_attempts_in_another_exam_leave_the_pages_of_the_first_as_they_are(
    client: Client, exams: tuple[Blueprint, list[Blueprint]]
) -> None:
    rivers, others = exams
    sit(client, rivers)
    paths = [reverse(name) for name in ("practice", "plan", "progress", "history", "notebook", "missed")]
    before = {path: figures(client, path) for path in paths}
    sit(client, others[0])
    assert {path: figures(client, path) for path in paths} != before, "the exam started last is the chosen one"
    origin = {"Origin": "http://testserver", "Referer": "http://testserver/"}
    client.post(reverse("exam_choice"), {"exam": rivers.code}, headers=origin)
    for path in paths:
        assert figures(client, path).splitlines() == before[path].splitlines(), path


def figures(client: Client, path: str) -> str:
    """Return the main part of a page without what is new each time: tokens, and the time of printing."""
    new = ('name="pair"', "csrfmiddlewaretoken", "<time")
    return "\n".join(line for line in main(client.get(path)).splitlines() if not any(mark in line for mark in new))
