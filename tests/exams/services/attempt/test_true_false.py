"""Test true/false questions through the whole chain: file, bank, room, score, review, statistics, file."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.analysis import item_analysis
from exams.services.attempt import ending
from exams.services.results import scoring
from questions.content import outline
from questions.content.blueprint import BlueprintSpec, Scale
from questions.formats import registry
from questions.imports import planner
from questions.imports.plan import ImportSettings
from questions.imports.steps import import_plan
from questions.models import Blueprint, ItemStatistics, Question, User
from questions.services import blueprints, lifecycle, stored_bank
from tests import factories
from tests.authoring import NOW
from tests.html_forms import text
from tests.sitting import Guest

pytestmark = pytest.mark.django_db
FILE = b"""::parent::A commit always has exactly one parent.{FALSE#A merge has two.#Right.####The first has none.}

::branch::A branch is a name for a commit.{TRUE}
"""


@pytest.fixture
def blueprint() -> Blueprint:
    """Return an exam of two imported true/false questions, False and True."""
    domains, _faults = outline.read("")
    assert domains is not None
    syllabus, weights = outline.build(domains, "GIT", "Git", None)
    spec = BlueprintSpec(
        code="GIT",
        version=1,
        title="Git",
        short_title="Git",
        minutes=20,
        scored=2,
        unscored=0,
        scale=Scale(0, 60, 100),
        kinds=("multiple-choice",),
        exam_domains=weights,
        collections=("git",),
    )
    made = factories.opened(blueprints.make(spec, known_version=0, now=NOW, syllabus=syllabus))
    plan = planner.make_plan(registry.read(FILE, "git.gift"), ImportSettings("GIT", collection="git"))
    import_plan(plan, "git.gift", "0" * 64, now=NOW)
    author = User.objects.create_user("ada")
    revisions = [question.revisions.get() for question in Question.objects.order_by("code")]
    lifecycle.publish(revisions, now=NOW, by=author, status=Question.Status.LIVE)
    return made


@pytest.mark.slow
def test_a_true_false_question_is_imported_sat_scored_reviewed_measured_and_exported(blueprint: Blueprint) -> None:
    client = Client()
    guest = Guest.start(client, blueprint)
    for button in ("next", "summary"):
        page = text(guest.response)
        assert page.index("True") < page.index("False"), "always in this order"
        guest.press("move", button, ticks=guest.tick(0))
    attempt = Attempt.objects.get()
    assert {response.order for response in attempt.responses.all()} == {"01"}
    ending.finish(attempt, timezone.now())
    scoring.score(attempt.pk, timezone.now())
    attempt.refresh_from_db()
    assert attempt.report is not None
    assert (attempt.report.raw, attempt.report.n) == (1, 2)
    review = text(client.get(reverse("review", args=[attempt.uuid])))
    assert "A merge has two." in review
    assert "The first has none." in review
    item_analysis.analyze(blueprint.exam.syllabus_code, lambda: NOW)
    assert sorted(ItemStatistics.objects.values_list("n", "p")) == [(1, 0.0), (1, 1.0)]
    written = registry.FORMATS["gift"].write([row.content for row in stored_bank.questions()])[0].decode()
    assert "A commit always has exactly one parent. {FALSE#A merge has two.#Right.####The first has none.}" in written
