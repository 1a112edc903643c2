"""Test that no page has a form that starts an exam or practice without what lets the browser send it again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, resolve, reverse

from exams import urls
from exams.services.attempt import ending
from tests import factories
from tests.exams.views.practice import studying
from tests.factories import NOW
from tests.html_forms import forms
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

LATER, HOUR = NOW + timedelta(days=30), timedelta(hours=1)
STARTS = {"practice_start", "exam", "join_sitting"}


def pages(client: Client, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of each page that these values name and that this browser may open."""
    for pattern in urls.urlpatterns:
        if not isinstance(pattern, URLPattern) or not set(pattern.pattern.converters) <= set(values):
            continue
        try:
            address = reverse(pattern.name, kwargs={name: values[name] for name in pattern.pattern.converters})
        except NoReverseMatch:  # its parameter is a regular expression
            continue
        page = client.get(address)
        if page.status_code == 200 and page["Content-Type"].startswith("text/html"):
            yield str(pattern.name), page.text


@pytest.mark.slow
@pytest.mark.walk
@time_machine.travel(LATER, tick=False)
def test_every_form_that_starts_something_can_be_sent_again() -> None:
    blueprint = factories.small_blueprint(exams=3)
    exam = factories.scored(factories.handed_in(1, blueprint=blueprint, now=NOW))
    quiz = studying.start(blueprint, exam.candidate)
    quiz.responses.update(ticked=1, first_shown=NOW)
    ending.finish(quiz, NOW + timedelta(minutes=5))
    topic = exam.responses.all()[0].revision.question.topic
    assert topic is not None
    values = {"uuid": exam.uuid, "position": 1, "code": blueprint.code, "slug": topic.slug}
    client = browser(exam.candidate)
    found = [
        *pages(client, values),
        *pages(client, {"uuid": quiz.uuid, "position": 1}),
        *pages(client, {"code": factories.sitting(blueprint, opens_at=LATER, closes_at=LATER + HOUR).code}),
        *pages(Client(), {"code": blueprint.code, "slug": topic.slug}),
    ]
    with_starts = set()
    for name, html in found:
        starting = [form for form in forms(html).values() if form.action and _name(form.action) in STARTS]
        if not starting:
            continue
        with_starts.add(name)
        assert all("pair" in form.values for form in starting), name
        assert html.count(" data-starts>") == len(starting), name
        assert html.count('id="starts" src="') == 1, name
    assert with_starts >= {"exam", "front", "history", "join_sitting", "missed", "practice", "progress", "report"}
    assert with_starts >= {"guide_topic", "plan", "review_question", "today"}


def _name(action: str) -> str | None:
    return resolve(action.partition("?")[0].partition("#")[0]).url_name
