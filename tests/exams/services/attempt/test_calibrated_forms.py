"""Test forms drawn while a scale is active: their pass line, what responses freeze, their scores, and later changes."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from exams.models import Attempt, Form, KeyRuling, Response
from exams.psychometrics import scaling
from exams.services.attempt import assembly, ending, papers, pass_lines
from exams.services.results import rulings
from questions.models import Blueprint, Question, Revision, ScaleVersion
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.services.results.key_rulings import carry_out
from tests.factories import NOW, active_scale, handed_in, scored
from tests.sitting import browser

pytestmark = pytest.mark.django_db

SCALE = scaling.ScoreScale(100, 750, 1000)


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=20, unscored=2)


def difficulties(attempt: Attempt) -> list[float]:
    rows = attempt.responses.filter(scored=True)
    return [scaling.difficulty(row.rating) if row.b is None else row.b for row in rows]


def test_the_pass_line_and_the_score_follow_the_scale(blueprint: Blueprint) -> None:
    scale = active_scale(blueprint)
    attempt = scored(handed_in(13, blueprint=blueprint))
    form, report = attempt.form, attempt.report
    assert (form.rule, form.scale, form.provisional) == ("calibrated", scale, False)
    assert not attempt.responses.filter(b=None).exists()
    line = scaling.calibrated_line(difficulties(attempt))
    reference = scaling.calibrated_line([item["b"] for item in scale.reference])
    expected = scaling.score(13, line, SCALE, reference)
    assert report is not None
    assert (report.rule, report.scaled, report.passed) == ("calibrated", expected.scaled, expected.passed)
    assert Fraction(report.pass_line) == Fraction(form.pass_line) == line.exact
    assert form.pass_line_100 == sum(attempt.responses.filter(scored=True).values_list("rating", flat=True))
    assert form.pass_line < Decimal(form.pass_line_100) / 100  # the questions are harder than their ratings say


def test_one_uncalibrated_question_in_ten_counts_with_its_rating(blueprint: Blueprint) -> None:
    active_scale(blueprint, left_out=2)
    attempt = factories.attempt(blueprint=blueprint)
    rows = attempt.responses.filter(scored=True)
    assert attempt.form.rule == "calibrated"
    assert rows.filter(b=None).count() <= 2
    assert Fraction(attempt.form.pass_line) == scaling.calibrated_line(difficulties(attempt)).exact


def test_with_fewer_calibrated_questions_the_ratings_decide(blueprint: Blueprint) -> None:
    active_scale(blueprint, left_out=10)
    attempt = factories.attempt(blueprint=blueprint)
    assert (attempt.form.rule, attempt.form.scale, attempt.form.provisional) == ("rating", None, True)
    assert not attempt.responses.exclude(b=None).exists()
    assert attempt.form.pass_line == Decimal(attempt.form.pass_line_100) / 100


def test_a_revision_of_the_same_item_inherits_its_difficulty(blueprint: Blueprint) -> None:
    active_scale(blueprint)
    question = Question.objects.filter(status="live").select_related("current").first()
    assert question is not None
    old = question.current
    assert old is not None
    columns = ("kind", "stem", "key", "choose", "n_options")
    new = Revision.objects.create(
        question=question, number=2, same_item_as=old, sha256="x", **{name: getattr(old, name) for name in columns}
    )
    Question.objects.filter(pk=question.pk).update(current=new)
    raise_bank_version()
    for number in range(9):
        attempt = factories.attempt(blueprint=blueprint, seed=f"seed {number}")
        if row := attempt.responses.filter(revision=new).first():
            assert row.b == old.parameters.get().b
            return
    pytest.fail("the question was never drawn")


def test_an_attempt_keeps_the_version_it_was_drawn_with(blueprint: Blueprint) -> None:
    first = active_scale(blueprint)
    before = scored(handed_in(13, blueprint=blueprint))
    active_scale(blueprint, harder=-0.6, number=2)
    revision = before.responses.filter(scored=True).order_by("position")[19].revision  # one that was missed
    ruling = rulings.rule(revision, KeyRuling.Kind.WITHDRAW, reason="No option is right.", by=None, now=NOW)
    carry_out(ruling)
    after = Attempt.objects.select_related("report", "form").get(pk=before.pk)
    rows = after.responses.filter(scored=True, withdrawn=False)
    line = scaling.calibrated_line([row.b for row in rows if row.b is not None])
    reference = scaling.calibrated_line([item["b"] for item in first.reference])
    assert after.report is not None
    assert after.report.number == 2
    assert after.form.scale == first
    assert after.report.scaled == scaling.score(13, line, SCALE, reference).scaled
    fresh = factories.attempt(blueprint=blueprint)
    assert fresh.form.scale == ScaleVersion.objects.get(number=2)


def test_the_audit_recounts_calibrated_forms(blueprint: Blueprint) -> None:
    active_scale(blueprint)
    call_command("simulate", "--exam=TINY", "--candidates=2", stdout=StringIO())
    attempt = Attempt.objects.all()[0]
    assert attempt.form.rule == "calibrated"
    out = StringIO()
    call_command("audit", stdout=out)
    assert "Differences: none" in out.getvalue()
    Response.objects.filter(pk=attempt.responses.filter(scored=True)[0].pk).update(b=2.5)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("audit", stdout=out)
    assert "its calibrated difficulties make" in out.getvalue()


def test_report_and_export_tell_the_rule(blueprint: Blueprint) -> None:
    active_scale(blueprint)
    attempt = scored(handed_in(13, blueprint=blueprint))
    client = browser(attempt.candidate)
    page = client.get(reverse("report", args=[attempt.uuid])).content.decode()
    assert "calibrated difficulties" in page
    assert "provisional" not in page
    assert "estimated by the authors" not in page
    export = json.loads(client.get(reverse("export", args=[attempt.uuid])).content)
    assert (export["form"]["rule"], export["form"]["provisional"]) == ("calibrated", False)
    assert export["form"]["pass_line"] == f"{attempt.form.pass_line:.4f}"
    assert all(slot["b"] is not None for slot in export["slots"])


def test_the_prediction_uses_the_pass_line_of_the_scale(blueprint: Blueprint) -> None:
    rated = factories.attempt(blueprint=blueprint)
    ending.finish(rated, NOW)
    active_scale(blueprint, harder=-1)
    easier = factories.attempt(blueprint=blueprint)
    assert Fraction(easier.form.pass_line) > Fraction(rated.form.pass_line)


def test_a_form_has_a_scale_if_and_only_if_it_is_calibrated(blueprint: Blueprint) -> None:
    attempt = factories.attempt(blueprint=blueprint)
    with pytest.raises(IntegrityError), transaction.atomic():
        Form.objects.filter(pk=attempt.form_id).update(rule="calibrated")
    scale = active_scale(blueprint)
    with pytest.raises(IntegrityError), transaction.atomic():
        Form.objects.filter(pk=attempt.form_id).update(scale=scale)


@pytest.mark.slow
def test_nothing_from_the_start_to_the_report_imports_numpy() -> None:
    program = (
        "import os, sys, django\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mlsprep.settings')\n"
        "django.setup()\n"
        "import mlsprep.urls, mlsprep.celery, exams.tasks\n"
        "from exams.services.upkeep import sweeper\n"
        "heavy = [name for name in ('numpy', 'scipy', 'openpyxl', 'xlsxwriter') if name in sys.modules]\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_ends_of_the_scale_are_reached(blueprint: Blueprint) -> None:
    active_scale(blueprint)
    for right, points in ((20, 1000), (0, 100)):
        report = scored(handed_in(right, blueprint=blueprint)).report
        assert report is not None
        assert report.scaled == points


def test_a_paper_keeps_its_scale_for_all_who_sit_it(blueprint: Blueprint) -> None:
    scale = active_scale(blueprint)
    drawn = assembly.draw_form(blueprint, factories.candidate(), "paper")
    paper = papers.store_paper(drawn)
    active_scale(blueprint, harder=-0.6, number=2)
    revision = papers.replacements(paper, 1)[0].revision
    for form in (paper, papers.exchanged(paper, 1, revision)):
        again = papers.read_paper(form, factories.candidate())
        frozen = [again.pool.frozen[slot.revision] for slot in again.plan.slots if slot.scored]
        line = pass_lines.line_by("calibrated", [(row.rating, row.b) for row in frozen])
        assert (form.rule, form.scale, Fraction(form.pass_line)) == ("calibrated", scale, line.exact)
        assert form.pass_line_100 == sum(row.rating for row in frozen)
