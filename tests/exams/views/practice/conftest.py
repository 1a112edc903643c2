"""Exams with enough questions for practice and for a plan, and times of their attempts."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from questions.models import Blueprint, PlanPart, Topic
from tests import factories
from tests.factories import NOW


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture
def after_the_exam() -> Any:
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        yield


@pytest.fixture
def planned_exam() -> Blueprint:
    """Return an exam whose topics are of two weeks of its course."""
    blueprint = factories.small_blueprint()
    PlanPart.objects.create(exam="TINY", ordinal=1, weeks=[1, 2], focus="First things first")
    for week in (1, 2):
        slugs = Topic.objects.filter(slug__startswith=f"tiny-{week}").values_list("slug", flat=True)
        factories.change_topics("TINY", *slugs, weeks=(week,))
    return blueprint


@pytest.fixture
def at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield
