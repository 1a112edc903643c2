"""Test exams that are scored in percent: recomputed from their exports, after rulings, and beside equated ones."""

import json
import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F

from exams.models import Attempt, DomainResult, KeyRuling, Response, ScoreReport
from exams.services.analysis import bulk_simulation
from exams.services.analysis.responses import read_sample
from exams.services.analysis.simulated_items import simulated_items
from exams.services.analysis.simulation import Ability
from exams.services.attempt import assembly
from exams.services.progress.readiness import past_results
from exams.services.results import figures, score_reports, scoring
from exams.services.results.shown_scores import shown_scores
from questions.content.blueprint import EQUATED, PERCENT, DomainWeight, Draw
from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.services.results.key_rulings import audit_sentences, carry_out, decide, preview
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ACCEPT, CREDIT = KeyRuling.Kind.ACCEPT, KeyRuling.Kind.CREDIT
HUNDRED = 100


# --- The rules once more, from nothing but the export ------------------------------------------


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def points_of(slot: dict[str, Any]) -> Fraction:
    """Return what the answer earned, in points."""
    worth, response = Fraction(slot["worth"]), set(slot["response"])
    keys = [set(slot[name]) for name in ("key", "also") if slot[name]]
    if slot["credited"] or response in keys:
        return worth
    if not slot["partial"]:
        return Fraction(0)
    return worth * max(Fraction(max(0, len(response & key) - len(response - key)), len(key)) for key in keys)


def summed(slots: list[dict[str, Any]]) -> tuple[Fraction, Fraction]:
    earned = Fraction(half_up(HUNDRED * sum(map(points_of, slots), Fraction(0))), HUNDRED)
    return earned, sum((Fraction(slot["worth"]) for slot in slots), Fraction(0))


def in_text(points: Fraction) -> str:
    return f"{float(points):.2f}"


def wilson(share: Fraction, n: int, z: float) -> tuple[float, float]:
    p = float(share)
    center, reach = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (center - reach) / (1 + z * z / n), (center + reach) / (1 + z * z / n)
    return (0.0 if share == 0 else low, 1.0 if share == 1 else high)


def recomputed(one: dict[str, Any], pass_percent: int) -> dict[str, Any]:
    """Return the expected `score` of an exam in percent."""
    counted = [slot for slot in one["slots"] if slot["scored"] and not slot["withdrawn"]]
    earned, possible = summed(counted)
    passed = 100 * earned >= pass_percent * possible
    shown = half_up(100 * earned / possible)
    low, high = wilson(earned / possible, len(counted), 1.0)
    return {
        "raw": sum(slot["correct"] for slot in counted),
        "n": len(counted),
        "pass_line": None,
        "kappa": None,
        "scaled": shown if passed else min(shown, pass_percent - 1),
        "pass_mark": pass_percent,
        "passed": passed,
        "band": [half_up(Fraction(100 * low)), half_up(Fraction(100 * high))],
        "p_at_or_above": None,
        "p_pass_again": None,
        "earned": in_text(earned),
        "possible": in_text(possible),
        "domains": [recomputed_domain(n, counted) for n in sorted({slot["domain"] for slot in counted})],
    }


def recomputed_domain(number: int, counted: list[dict[str, Any]]) -> dict[str, Any]:
    slots = [slot for slot in counted if slot["domain"] == number]
    earned, possible = summed(slots)
    right = sum(slot["correct"] for slot in slots)
    interval = wilson(earned / possible, len(slots), 1.2815515655446004)
    return {
        "domain": number,
        "n": len(slots),
        "correct": right,
        "unanswered": sum(not slot["response"] and not slot["credited"] for slot in slots),
        "percent": half_up(100 * earned / possible),
        "interval": pytest.approx([100 * end for end in interval], abs=0.0001),
        "expected": None,
        "class": None,
        "earned": in_text(earned),
        "possible": in_text(possible),
    }


def exported(blueprint: Blueprint) -> list[dict[str, Any]]:
    with NamedTemporaryFile() as file:
        call_command("export_attempts", file.name, stdout=StringIO(), stderr=StringIO())
        rows = [json.loads(line) for line in Path(file.name).read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["blueprint"] == blueprint.code]


def simulate(blueprint: Blueprint, exams: int) -> None:
    list(bulk_simulation.simulate_exams(blueprint, exams, Ability(), 5, lambda: NOW, simulated_items(blueprint)))


def leave_half_of_the_keys(blueprint: Blueprint) -> None:
    """Untick one of two keys in every other exam: simulated candidates tick as many options as there are keys."""
    attempts = list(Attempt.objects.filter(blueprint_code=blueprint.code).order_by("pk")[::2])
    right = Response.objects.filter(attempt__in=attempts, partial=True, ticked=F("key"))
    for row in right:
        first = row.ticked & -row.ticked
        Response.objects.filter(pk=row.pk).update(ticked=first, trail=f"{first}@1;")
    responses = figures.read_counted([attempt.pk for attempt in attempts])
    due = {row.pk: figures.figures(responses[row.pk], figures.scoring_rules(row)) for row in attempts}
    score_reports.write_reports(due, cause="test", now=NOW)


# --- 300 exams ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.walk
def test_300_simulated_exams_can_be_recomputed_before_and_after_rulings() -> None:
    blueprint = factories.percent_blueprint(60, points=(100, 250, 33, 1), partial=True)
    simulate(blueprint, 300)
    leave_half_of_the_keys(blueprint)
    before = exported(blueprint)
    assert len(before) == 300
    assert [one["score"] for one in before] == [recomputed(one, 60) for one in before]
    scores = [one["score"] for one in before]
    assert {score["passed"] for score in scores} == {True, False}
    partly = [one for one in before for slot in one["slots"] if 0 < points_of(slot) < Fraction(slot["worth"])]
    assert len(partly) > 100, "partial credit was earned"
    assert audit_sentences() == []

    several = Question.objects.filter(collection="percent", partial=True).order_by("pk")
    single = Question.objects.filter(collection="percent", partial=False).order_by("pk")
    accepted = [(several[0], 0b10100, ACCEPT), (single[3], 0b10, ACCEPT)]
    for question, mask, kind in [(single[0], None, None), (single[1], 0, CREDIT), *accepted]:
        revision = question.current
        assert revision is not None
        while mask and mask == revision.key:  # the bits of a key depend on the code of the question
            mask = mask >> 1
        seen = preview(revision, mask, kind)
        carry_out(decide(revision, mask, kind))
        assert seen.n_rescored > 0
    after = exported(blueprint)
    assert [one["score"] for one in after] == [recomputed(one, 60) for one in after]
    changed = sum(one["score"] != old["score"] for one, old in zip(after, before, strict=True))
    assert changed > 100
    assert all(
        any(slot["withdrawn"] for slot in one["slots"]) for one in after if len(one["slots"]) > one["score"]["n"]
    )
    assert audit_sentences() == []


@pytest.mark.slow
@pytest.mark.walk
def test_300_simulated_equated_exams_are_scored_as_without_points() -> None:
    blueprint = factories.small_blueprint(scored=20, unscored=2)
    Question.objects.update(worth=250, partial=True)
    raise_bank_version()
    simulate(blueprint, 300)
    rows = exported(blueprint)
    assert len(rows) == 300
    for one in rows:
        counted = [slot for slot in one["slots"] if slot["scored"]]
        line, right = Fraction(sum(slot["rating"] for slot in counted), 100), sum(slot["correct"] for slot in counted)
        scaled = 750 + 250 * (right - line) / (20 - line) if right >= line else 100 + 650 * right / line
        expected = half_up(scaled) if right >= line else min(749, half_up(scaled))
        assert (one["score"]["scaled"], one["score"]["passed"]) == (expected, right >= line)
        assert one["form"]["rule"] == "rating"
        assert not {"earned", "possible"} & one["score"].keys()


@pytest.mark.slow
@pytest.mark.walk
@pytest.mark.parametrize("scoring", [PERCENT, EQUATED])
def test_300_simulated_exams_that_draw_by_tags_can_be_recomputed_from_both_exports(scoring: str) -> None:
    first = factories.percent_blueprint(60, points=(100, 250), partial=True, exams=2)
    for place, question in enumerate(Question.objects.filter(collection="percent").order_by("pk")):
        question.tags = ["easy"] if place % 3 else ["hard"]  # across the exam domains of the first exam
        question.save(update_fields=["tags"])
    domains = [
        DomainWeight(1, "Hard", 30, (Draw("percent", tags=("hard",)),)),
        DomainWeight(2, "Easy", 70, (Draw("percent", tags=("easy",)),)),
    ]
    mark = 60 if scoring == PERCENT else None
    spec = replace(first.exam, code="SECOND", scoring=scoring, pass_percent=mark, exam_domains=tuple(domains))
    blueprint = blueprints.make(spec, known_version=0, now=NOW)
    simulate(blueprint, 300)
    with NamedTemporaryFile(suffix=".json") as file:
        call_command("export_questions", file.name, format="json", stdout=StringIO(), stderr=StringIO())
        tags = {row["id"]: row["tags"] for row in json.loads(Path(file.name).read_text(encoding="utf-8"))}
    rows = exported(blueprint)
    assert len(rows) == 300
    for one in rows:
        drawn = Counter(slot["domain"] for slot in one["slots"])
        assert drawn == {1: 6, 2: 14}, "the weights of the exam that draws"
        assert all(tags[slot["question"]] == [("hard", "easy")[slot["domain"] - 1]] for slot in one["slots"])
        assert [row["domain"] for row in one["score"]["domains"]] == [1, 2]
        for row in one["score"]["domains"]:
            slots = [slot for slot in one["slots"] if slot["domain"] == row["domain"]]
            assert (row["n"], row["correct"]) == (len(slots), sum(slot["correct"] for slot in slots))
    if scoring == PERCENT:
        assert [one["score"] for one in rows] == [recomputed(one, 60) for one in rows]
    else:
        lines = [Fraction(sum(slot["rating"] for slot in one["slots"]), 100) for one in rows]
        right = [sum(slot["correct"] for slot in one["slots"]) for one in rows]
        assert [one["score"]["passed"] for one in rows] == [n >= line for n, line in zip(right, lines, strict=True)]
    assert audit_sentences() == []


# --- Rulings, one at a time ---------------------------------------------------------------------


@pytest.fixture
def blueprint() -> Blueprint:
    """An exam of ten questions, of which two with two keys give partial credit."""
    return factories.percent_blueprint(60, scored=10, points=(100, 200), partial=True)


def report_of(attempt: Attempt) -> ScoreReport:
    report = Attempt.objects.select_related("report").get(pk=attempt.pk).report
    assert report is not None
    return report


def points(attempt: Attempt) -> tuple[int | None, int | None]:
    report = report_of(attempt)
    return report.earned, report.possible


def test_a_report_in_percent_has_points_and_nothing_of_a_standard(blueprint: Blueprint) -> None:
    attempt = factories.scored(factories.handed_in(10, blueprint=blueprint))
    report = report_of(attempt)
    assert (report.rule, report.raw, report.n, report.scaled, report.pass_mark) == ("percent", 10, 10, 100, 60)
    assert (report.earned, report.possible) == (report.possible, sum(attempt.responses.values_list("worth", flat=True)))
    assert (report.pass_line, report.p_standard, report.p_again) == (None, None, None)
    assert set(report.domains.values_list("expected", "verdict")) == {(None, None)}
    assert attempt.form.pass_line is None


def test_rulings_change_points_as_the_rules_say(blueprint: Blueprint) -> None:
    attempt = factories.scored(factories.handed_in(0, blueprint=blueprint))
    assert points(attempt)[0] == 0
    possible = points(attempt)[1]
    assert possible is not None
    rows = list(attempt.responses.filter(partial=False).select_related("revision").order_by("position"))
    carry_out(decide(rows[0].revision, None))
    assert points(attempt) == (0, possible - rows[0].worth), "withdrawn: leaves both sums"
    carry_out(decide(rows[1].revision, 0, CREDIT))
    assert points(attempt) == (rows[1].worth, possible - rows[0].worth), "everybody: full worth"
    carry_out(decide(rows[2].revision, rows[2].ticked, ACCEPT))
    assert points(attempt) == (rows[1].worth + rows[2].worth, possible - rows[0].worth), "either key earns full worth"
    assert audit_sentences() == []


def test_a_later_ruling_restores_the_points(blueprint: Blueprint) -> None:
    attempt = factories.scored(factories.handed_in(5, blueprint=blueprint))
    before = points(attempt)
    row = attempt.responses.filter(partial=False, correct=False).select_related("revision")[0]
    carry_out(decide(row.revision, 0, CREDIT))
    carry_out(decide(row.revision, row.revision.key))
    assert points(attempt) == before
    assert list(attempt.reports.values_list("number", flat=True)) == [1, 2, 3]


def test_what_a_question_is_worth_is_frozen_at_the_start(blueprint: Blueprint) -> None:
    attempt = factories.handed_in(10, blueprint=blueprint)
    frozen = sum(attempt.responses.values_list("worth", flat=True))
    Question.objects.update(worth=777, partial=False)
    raise_bank_version()
    assert points(factories.scored(attempt)) == (frozen, frozen)
    assert attempt.responses.filter(partial=True).exists()


def test_without_a_scored_question_left_the_attempt_is_set_aside(blueprint: Blueprint) -> None:
    attempt = factories.handed_in(10, blueprint=blueprint)
    attempt.responses.update(withdrawn=True)
    assert not scoring.score(attempt.pk, NOW)
    attempt.refresh_from_db()
    assert "no points" in attempt.scoring_error


def test_the_one_paper_of_a_class_keeps_its_points() -> None:
    blueprint = factories.percent_blueprint(60, scored=10, points=(150,))
    sitting = factories.sitting(blueprint, one_paper=True)
    Question.objects.update(worth=100)
    raise_bank_version()
    attempt = factories.class_attempt(sitting)
    assert set(attempt.responses.values_list("worth", flat=True)) == {150}


# --- What percent exams never enter -------------------------------------------------------------


def test_percent_exams_are_in_the_statistics_of_questions_and_not_in_a_calibration(blueprint: Blueprint) -> None:
    factories.scored(factories.handed_in(5, blueprint=blueprint))
    exam = blueprint.exam.syllabus_code
    assert len(read_sample(exam)) == 10
    assert len(read_sample(exam, equated=True)) == 0


def test_percent_exams_predict_nothing_and_store_no_prediction(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    factories.scored(factories.handed_in(9, candidate, blueprint))
    assert past_results(candidate, blueprint.code, shown_scores([candidate.pk], frozenset())) == []


def test_an_active_scale_does_not_reach_a_percent_exam(blueprint: Blueprint) -> None:
    factories.active_scale(blueprint)
    attempt = factories.scored(factories.handed_in(5, blueprint=blueprint))
    assert (attempt.form.rule, attempt.form.scale) == ("percent", None)
    assert report_of(attempt).rule == "percent"
    assert not attempt.responses.filter(b__isnull=False).exists()


# --- What the database holds --------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"earned": None},
        {"pass_line": "6.0000"},
        {"p_standard": 0.5},
        {"earned": 99_999},
        {"possible": 0, "earned": 0},
        {"scaled": 59},
        {"scaled": 101},
        {"rule": "rating"},
    ],
)
def test_the_database_refuses_a_report_that_mixes_the_rules(blueprint: Blueprint, values: dict[str, Any]) -> None:
    factories.scored(factories.handed_in(10, blueprint=blueprint))
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreReport.objects.update(**values)


@pytest.mark.parametrize("values", [{"earned": None}, {"expected": 3.0}, {"verdict": "near"}, {"earned": 99_999}])
def test_the_database_refuses_exam_domains_that_mix_the_rules(blueprint: Blueprint, values: dict[str, Any]) -> None:
    factories.scored(factories.handed_in(10, blueprint=blueprint))
    with pytest.raises(IntegrityError), transaction.atomic():
        DomainResult.objects.update(**values)


def test_the_database_refuses_points_in_an_equated_report() -> None:
    factories.scored(factories.handed_in(4, blueprint=factories.small_blueprint()))
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreReport.objects.update(earned=100, possible=100)


@pytest.mark.parametrize("worth", [0, 10_001])
def test_the_database_refuses_an_impossible_worth(blueprint: Blueprint, worth: int) -> None:
    attempt = factories.attempt(blueprint=blueprint)
    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.filter(attempt=attempt).update(worth=worth)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.update(worth=worth)


def test_a_trial_form_of_a_percent_exam_has_no_pass_line(blueprint: Blueprint) -> None:
    drawn = assembly.draw_form(blueprint, factories.candidate(), "trial")
    assert drawn.pass_line == ("percent", None)
