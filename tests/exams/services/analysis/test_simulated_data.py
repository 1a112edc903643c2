"""Test that simulated exams go with everything made from them, and that real exams stay."""

from typing import Any

import pytest
from django.apps import apps

from exams.models import Attempt, Candidate
from exams.services.analysis import bulk_simulation, item_analysis, simulated_data, simulation
from exams.services.analysis.simulated_data import Removed
from exams.services.analysis.simulated_items import simulated_items
from exams.services.analysis.simulation import Ability
from questions.models import ItemStatistics
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models = [*apps.get_app_config("exams").get_models(), *apps.get_app_config("questions").get_models()]
    return {model.__name__: model._default_manager.count() for model in models}


def simulate(blueprint: Any, exams: int) -> None:
    list(bulk_simulation.simulate_exams(blueprint, exams, Ability(), 1, lambda: NOW, simulated_items(blueprint)))


@pytest.mark.slow
def test_nothing_of_simulated_exams_stays() -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=2)
    real = factories.handed_in(5, blueprint=blueprint)
    before = counts()
    simulate(blueprint, 3)
    item_analysis.analyze("TINY", lambda: NOW, synthetic=True)
    assert ItemStatistics.objects.exists()
    assert simulated_data.remove() == Removed(exams=3, scales=0)
    assert counts() == before
    assert factories.scored(real).report
    assert simulated_data.remove() == Removed(exams=0, scales=0)


@pytest.mark.slow
def test_an_account_and_its_real_exams_stay() -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=2, exams=4)
    candidate = factories.candidate(factories.user())
    list(simulation.simulate_career(blueprint, candidate, 2, Ability(), 1, NOW))
    factories.handed_in(5, candidate, blueprint)
    assert simulated_data.remove().exams == 2
    assert Candidate.objects.get() == candidate
    assert Attempt.objects.get().synthetic is False
