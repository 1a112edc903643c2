"""Test the page that explains scoring: the published rules with numbers computed now."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.psychometrics import scaling
from questions.models import AnalysisRun, Question, ScaleVersion
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW

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
    assert "Example: a form of 50 questions with a pass line of 34.60" in text
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


def test_without_the_exam_the_page_is_a_404(client: Client) -> None:
    assert client.get(reverse("method")).status_code == 404
    factories.small_blueprint()
    assert client.get(reverse("method"), {"exam": "NONE-C99"}).status_code == 404


def words(client: Client) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", client.get(reverse("method")).content.decode()).split())


def test_without_a_scale_the_page_says_what_one_needs(client: Client) -> None:
    blueprint = factories.bank()
    factories.handed_in(30, blueprint=blueprint)
    text = words(client)
    assert "This server has no scale in use: the ratings decide. It has 1 finished exam." in text
    assert "A first scale needs 100 questions with 50 answers each." in text
    assert "at least 45 of the 50 scored questions of a form are on it" in text
    assert "marginal reliability" not in text


def test_with_a_scale_the_page_has_its_numbers(client: Client) -> None:
    blueprint = factories.bank()
    scale = factories.active_scale(blueprint, left_out=7)
    ScaleVersion.objects.update(responses=65_000, candidates=1000, mu=-0.25, sigma=0.9)
    AnalysisRun.objects.create(
        exam=blueprint.code,
        cause="night",
        requested_at=NOW,
        finished_at=NOW,
        exams=1000,
        responses=65_000,
        reliability=0.814,
    )
    text = words(client)
    assert "use scale version 1 of 1 April 2026, made from 65000 answers in 1000 exams." in text
    assert "Of the 80 questions that this exam draws from, 73 are on it." in text
    line = scaling.calibrated_line([item["b"] for item in scale.reference]).exact
    assert f"The pass line of the reference form is {float(line):.2f}." in text
    assert "on average -0.25 logits from the standard, with a standard deviation of 0.90." in text
    assert "the marginal reliability of the ability is 0.81, from 1000 exams" in text


def test_a_scale_from_simulated_exams_is_not_on_the_page(client: Client) -> None:
    factories.active_scale(factories.bank())
    ScaleVersion.objects.update(synthetic=True)
    raise_bank_version()
    assert "This server has no scale in use" in words(client)


def test_the_page_takes_the_same_queries_for_few_and_many_exams(client: Client, django_assert_num_queries: Any) -> None:
    blueprint = factories.bank()
    client.get(reverse("method"))  # reads the pool
    for _ in range(2):
        with django_assert_num_queries(6):
            client.get(reverse("method"))
        factories.handed_in(30, blueprint=blueprint)
