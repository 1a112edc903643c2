"""Test the page that explains scoring: the published rules with numbers computed now."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Question
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def html(client: Client) -> str:
    factories.bank()
    Question.objects.filter(pk__in=list(Question.objects.values_list("pk", flat=True)[:3])).update(raters=2)
    answer = client.get(reverse("method"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_worked_values_are_computed(html: str) -> None:
    text = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert "Example: a form of 50 questions with kappa 34.60" in text
    for row in ("30 664 not passed", "34 739 not passed 674–790", "35 756 pass", "40 838 pass", "50 1000 pass"):
        assert row in text


def test_the_page_explains_how_reliable_ratings_are(html: str) -> None:
    for sentence in (
        "AWS does not publish",
        "practice estimate",
        "The authors, not a panel, estimated their difficulty.",
        "3 questions have been rated by two or more people.",
        "The bank of this installation has 80 questions.",
        "The prior of a topic weighs as much as 4 answers",
        "computed from your last 5 exams",
        "After 30 predictions on this server",
        "the pass line moves by 2.5 questions, about 45 points. The band does not contain this.",
    ):
        assert sentence in " ".join(html.split())


def test_without_the_exam_the_page_is_a_404(client: Client, settings: Any) -> None:
    settings.FRONT_EXAM = "NONE-C99"
    assert client.get(reverse("method")).status_code == 404
