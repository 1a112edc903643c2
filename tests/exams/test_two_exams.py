"""Test that two exams with candidates in both never mix: scales, statistics, plans, cards and scores."""

from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from exams.models import Attempt, Candidate, RepetitionCard, Response
from exams.services.analysis import bulk_simulation, calibration, item_analysis, scale_versions
from exams.services.analysis.bank_statistics import bank_statistics, count_exams, live_figures
from exams.services.analysis.simulated_items import simulated_items
from exams.services.analysis.simulation import Ability
from exams.services.attempt import active_scale, question_pool
from exams.services.practice import repetition, study_marks
from exams.services.practice.study_records import study_records
from exams.services.progress.answers import disclosed_answers
from exams.services.progress.mastery import mastery_tree
from exams.services.progress.trend import scored_exams
from exams.services.results.shown_scores import shown_scores
from questions.models import AnalysisRun, Blueprint, ItemParameter, ItemStatistics, ScaleVersion, Topic
from tests import factories
from tests.factories import NOW, handed_in, scored

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ONE, TWO = "ONE", "TWO"
EXAMS = {ONE: 60, TWO: 80}  # simulated, of candidates who are weak in the one and strong in the other
ABILITY = {ONE: Ability(-0.6, 0.5), TWO: Ability(1.2, 0.5)}
MIN_QUESTIONS = 8  # instead of 100, for a first scale from a small bank


def clock() -> datetime:
    return NOW


@pytest.fixture
def exams(monkeypatch: pytest.MonkeyPatch) -> dict[str, Blueprint]:
    """Return two exams with banks of their own, which simulated candidates have taken."""
    monkeypatch.setattr(calibration, "MIN_QUESTIONS", MIN_QUESTIONS)
    blueprints = {code: factories.one_form_blueprint(code) for code in (ONE, TWO)}
    for code, blueprint in blueprints.items():
        items = simulated_items(blueprint)
        list(bulk_simulation.simulate_exams(blueprint, EXAMS[code], ABILITY[code], 1, clock, items))
    return blueprints


def exam_of_questions(rows: Any) -> set[str]:
    return set(rows.values_list("revision__question__exam_domain__exam", flat=True))


def test_each_scale_has_the_questions_and_the_candidates_of_its_exam(exams: dict[str, Blueprint]) -> None:
    call_command("calibrate", "--synthetic", stdout=StringIO())
    scales = {scale.exam: scale for scale in ScaleVersion.objects.all()}
    assert {code: scale.candidates for code, scale in scales.items()} == EXAMS
    assert {code: exam_of_questions(scale.parameters) for code, scale in scales.items()} == {ONE: {ONE}, TWO: {TWO}}
    assert scales[ONE].mu < 0 < scales[TWO].mu
    assert scales[TWO].mu == pytest.approx(1.2, abs=0.4)
    for code, scale in scales.items():
        revisions = {item["revision"] for item in scale.reference}
        assert exam_of_questions(ItemParameter.objects.filter(revision__in=revisions)) == {code}
        assert scale_versions.preview(scale).forms == EXAMS[code]


def test_a_scale_that_is_put_to_use_leaves_the_other_exam_as_it_was(exams: dict[str, Blueprint]) -> None:
    call_command("calibrate", "--synthetic", "--activate", "--exam", ONE, stdout=StringIO())
    assert [code for code in exams if active_scale.find(code)] == [ONE]
    calibrated = {
        code: question_pool.pool_for(blueprint, synthetic=True).calibrated for code, blueprint in exams.items()
    }
    assert calibrated[ONE] > 0 == calibrated[TWO]
    call_command("calibrate", "--synthetic", "--activate", "--exam", TWO, stdout=StringIO())
    assert [code for code in exams if active_scale.find(code)] == [ONE, TWO]
    # A second version of the one exam extends its own, and replaces no version of the other.
    call_command("calibrate", "--synthetic", "--activate", "--exam", ONE, stdout=StringIO())
    assert list(ScaleVersion.objects.order_by("number").values_list("number", "exam", "active", "base__number")) == [
        (1, ONE, False, None),
        (2, TWO, True, None),
        (3, ONE, True, 1),
    ]


def test_each_analysis_has_the_answers_of_its_exam(exams: dict[str, Blueprint]) -> None:
    call_command("analyze_items", "--synthetic", stdout=StringIO())
    runs = AnalysisRun.objects.filter(finished_at__isnull=False)
    assert {run.exam: (run.exams, run.total) for run in runs} == {code: (n, 12) for code, n in EXAMS.items()}
    for code in exams:
        found = bank_statistics(None, code)
        assert (found.exams, found.run, found.synthetic) == (EXAMS[code], runs.get(exam=code), True)
        assert {row.code.split("-")[0] for row in found.rows} == {code.lower()}
        assert len(found.rows) == 12
    before = set(ItemStatistics.objects.filter(revision__question__exam_domain__exam=TWO).values_list("pk", "p"))
    Attempt.objects.filter(blueprint_code=ONE).update(synthetic=False)  # as if they were real
    item_analysis.analyze(ONE, clock)
    after = set(ItemStatistics.objects.filter(revision__question__exam_domain__exam=TWO).values_list("pk", "p"))
    assert before == after != set()
    assert (bank_statistics(None, ONE).synthetic, bank_statistics(None, TWO).synthetic) == (False, True)
    assert [live_figures(blueprint).exams for blueprint in exams.values()] == [EXAMS[ONE], 0]
    assert [count_exams(code, synthetic=True) for code in exams] == [0, EXAMS[TWO]]


def test_simulated_exams_of_the_one_are_tried_out_though_the_other_is_real(exams: dict[str, Blueprint]) -> None:
    scored(handed_in(3, blueprint=exams[TWO]))
    assert item_analysis.analyze(ONE, clock, synthetic=True).written
    assert not item_analysis.analyze(TWO, clock, synthetic=True).written
    call_command("calibrate", "--synthetic", "--activate", "--exam", ONE, stdout=StringIO())
    with pytest.raises(Exception, match="cannot be used once real candidates have scores"):
        call_command("calibrate", "--synthetic", "--activate", "--exam", TWO, stdout=StringIO())


@pytest.fixture
def ada(exams: dict[str, Blueprint]) -> Candidate:
    """Return a candidate who has failed the one exam, passed the other, and studies for both."""
    candidate = factories.candidate()
    for number, (code, right) in enumerate(((ONE, 2), (TWO, 10))):
        scored(handed_in(right, candidate, exams[code], now=NOW - timedelta(days=9 - number)))
    Response.objects.filter(attempt__candidate=candidate).update(first_shown=NOW - timedelta(days=9))
    repetition.update_cards(candidate.pk)
    study_marks.set_goal(candidate, ONE, date(2026, 5, 1), 10)
    study_marks.set_goal(candidate, TWO, date(2026, 7, 1), 40)
    return candidate


def test_a_plan_has_the_topics_the_marks_and_the_day_of_its_exam(ada: Candidate, exams: dict[str, Blueprint]) -> None:
    topic = Topic.objects.filter(task__exam_domain__exam=ONE).first()
    assert topic is not None
    study_marks.set_mark(ada, topic, study_marks.DONE, NOW)
    plans = {}
    for code in (ONE, TWO):
        plans[code] = made = study_records(ada, exams[code], NOW).plan
        assert {entry.slug.split("-")[0] for entry in (*made.open, *made.done)} == {code.lower()}
    # One topic is ticked; answers of one day alone make none done.
    assert [(len(made.done), made.days_left) for made in plans.values()] == [(1, 30), (0, 91)]
    assert [[one.slug for one in made.done if one.is_ticked] for made in plans.values()] == [[topic.slug], []]
    assert [study_marks.goal(ada, code).daily_questions for code in (ONE, TWO)] == [10, 40]
    study_marks.set_goal(ada, ONE, None, None)
    assert [study_marks.goal(ada, code).target_date for code in (ONE, TWO)] == [None, date(2026, 7, 1)]


def test_cards_answers_and_scores_are_those_of_their_exam(ada: Candidate, exams: dict[str, Blueprint]) -> None:
    assert RepetitionCard.objects.filter(candidate=ada).exists()
    right = {}
    for code, blueprint in exams.items():
        own = set(question_pool.pool_for(blueprint).questions.values())
        assert set(study_records(ada, blueprint, NOW).due_now) <= own
        answers = disclosed_answers(ada, code)
        assert {answer.question for answer in answers} == own
        right[code] = sum(answer.correct for answer in answers)
        (taken,) = scored_exams(ada, code, shown_scores([ada.pk]))
        evidence = [domain.mastery.evidence.n for domain in mastery_tree(blueprint.exam, answers) if domain.mastery]
        assert sum(evidence) == len(own)
        assert taken.passed is (code == TWO)
    assert study_records(ada, exams[ONE], NOW).due_now, "what was wrong comes back"
    assert right[ONE] < right[TWO]
