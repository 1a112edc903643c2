"""Test the forecast of a pilot's duration at the pace of the last thirty days."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exams.models import Attempt
from exams.services.analysis import pilots
from questions.content.blueprint import DomainWeight, Draw
from questions.content.schema import MULTIPLE_CHOICE
from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW, candidate, handed_in, scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=4, unscored=2)  # one unscored position in each exam domain


def finished(blueprint: Blueprint, n: int, days_ago: int = 1) -> None:
    for _ in range(n):
        scored(handed_in(2, candidate(), blueprint, now=NOW - timedelta(days=days_ago)))


def on_trial(blueprint: Blueprint, n: int) -> None:
    rows = Question.objects.filter(collection=blueprint.exam.collections[0], exam_domain__number=1).order_by("-pk")[:n]
    Question.objects.filter(pk__in=[row.pk for row in rows]).update(status="pilot")
    raise_bank_version()


def expected(blueprint: Blueprint) -> timedelta | None:
    question = Question.objects.select_related("exam_domain").filter(exam_domain__number=1).order_by("pk")[0]
    return pilots.pilot_duration(question, MULTIPLE_CHOICE, NOW)


@pytest.mark.slow
def test_there_is_no_forecast_before_five_finished_exams(blueprint: Blueprint) -> None:
    finished(blueprint, 4)
    assert expected(blueprint) is None
    finished(blueprint, 1)
    assert expected(blueprint) == timedelta(days=200 / (5 / 30))


@pytest.mark.slow
def test_pilots_share_the_positions_of_their_exam_domain(blueprint: Blueprint) -> None:
    finished(blueprint, 6)
    alone = expected(blueprint)
    assert alone == timedelta(days=1000)
    on_trial(blueprint, 2)
    shared = expected(blueprint)
    assert shared is not None
    assert round(shared / alone, 6) == 3


@pytest.mark.slow
def test_older_simulated_and_other_exams_do_not_count(blueprint: Blueprint) -> None:
    finished(blueprint, 5)
    finished(blueprint, 3, days_ago=31)
    assert expected(blueprint) == timedelta(days=1200)
    other = factories.small_blueprint(scored=4, unscored=2, code="OTHER")
    finished(other, 3)
    assert expected(blueprint) == timedelta(days=1200)
    Attempt.objects.update(synthetic=True)
    assert expected(blueprint) is None


@pytest.mark.slow
def test_the_exam_domain_is_that_of_the_exam_that_draws_the_question(blueprint: Blueprint) -> None:
    draws = (DomainWeight(2, "All of it", 100, (Draw("tiny"),)),)
    second = blueprints.make(
        replace(blueprint.exam, code="SECOND", scored=2, exam_domains=draws, default=False), known_version=0, now=NOW
    )
    finished(second, 6)
    assert expected(blueprint) == timedelta(days=1000), "placed in exam domain 1, drawn for exam domain 2"
    draws = (DomainWeight(2, "Some of it", 100, (Draw("tiny", tags=("other",)),)),)
    blueprints.make(replace(second.exam, exam_domains=draws), known_version=1, now=NOW)
    assert expected(blueprint) is None, "no exam with answers draws it any more"
