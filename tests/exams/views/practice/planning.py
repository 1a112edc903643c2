"""The page of the plan as a browser uses it."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from exams.models import Candidate
from exams.services.practice import practice
from questions.models import Blueprint, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms

PLAN, MARK = "/plan/", "/plan/mark/"


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def row(response: Any, place: str) -> str:
    """Return the text of one row of the plan."""
    match = re.search(rf'<li class="plan-topic" id="{place}">(.*?)</li>', response.content.decode(), re.DOTALL)
    assert match is not None, place
    return " ".join(re.sub(r"<[^>]+>", " ", match[1]).split())


def press(client: Client, name: str, slug: str, **fields: str) -> Any:
    """Press a button of the plan as a browser does, and follow."""
    form = forms(client.get(PLAN))["marks"]
    return client.post(form.action, {**form.data(), name: slug, **fields}, follow=True)


def large_exam() -> Blueprint:
    """Return an exam with questions beyond the reserve, of which one topic has four."""
    blueprint = factories.small_blueprint(code="LARGE", exams=4)
    topic = Topic.objects.get(slug="large-1-1")
    first = Question.objects.filter(topic__slug__startswith="large-1-").order_by("pk")[:4]
    Question.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(topic=topic)
    raise_bank_version()
    return blueprint


def quiz(candidate: Candidate, blueprint: Blueprint, number: int, days_ago: int, *, right: bool) -> None:
    """Answer one question of the topic large-1-1."""
    question, now = (
        Question.objects.filter(topic__slug="large-1-1").order_by("pk")[number],
        NOW - timedelta(days=days_ago),
    )
    attempt = practice.start(candidate, blueprint, "quiz", [question.pk], feedback="end", timed=False, now=now).attempt
    row = attempt.responses.get()
    wrong = next(1 << bit for bit in row.bits if not row.key >> bit & 1)
    attempt.responses.update(ticked=row.key if right else wrong, first_shown=now, saved_at=now)
    practice.finish(attempt, now)
