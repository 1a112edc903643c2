"""An exam of a class that people join by its code, and one of a roster."""

import pytest

from exams.models import Sitting
from exams.services.classes import rosters
from tests import factories


@pytest.fixture
def sitting() -> Sitting:
    return factories.sitting(factories.small_blueprint(exams=3))


@pytest.fixture
def roster_sitting() -> Sitting:
    roster = rosters.create(factories.user("ines"), "7b", rosters.read("Ana,,30\nBen"))
    return factories.sitting(who="roster", roster=roster)
