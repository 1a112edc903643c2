"""Test that the audit reports nothing without a fault, and each fault that no constraint prevents."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from exams.models import Allowance, Attempt, AttemptEvent, DomainResult, Form, KeyRuling, Response, ScoreReport
from exams.services.analysis import simulation
from exams.services.attempt import answering, ending
from exams.services.attempt.answering import PostedAnswer, Sitter
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import audit, scoring
from questions.models import Enemy
from questions.models.immutability import NAMES, install_triggers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Return a scored exam of an average candidate."""
    attempt = simulation.simulate_exam(factories.small_blueprint(scored=8, unscored=2), 0.5, random.Random(1), NOW)
    assert scoring.score(attempt.pk, NOW)
    return Attempt.objects.select_related("form", "report").get(pk=attempt.pk)


def audit_text() -> str:
    return "\n".join(difference.sentence for difference in audit.differences(NOW))


def test_nothing_is_reported_without_a_fault(attempt: Attempt) -> None:
    blueprint = attempt.form.blueprint
    factories.attempt(blueprint=blueprint, now=NOW - timedelta(minutes=10))
    overdue = factories.attempt(blueprint=blueprint, now=NOW - timedelta(hours=2))
    ending.close_if_overdue(overdue, NOW)
    ending.abandon(factories.attempt(blueprint=blueprint, now=NOW - timedelta(minutes=5)), NOW)
    assert audit_text() == ""


def test_two_ticks_in_one_save_are_no_fault() -> None:
    sat = factories.attempt(now=NOW)
    ticks = PostedAnswer(2, 0, seconds=9, steps=((1, 8), (2, 9)))
    assert answering.save(sat.uuid, Sitter(sat.candidate_id, sat.candidate.epoch), 1, ticks, NOW).ok
    response = sat.responses.get(position=1)
    assert (response.version, response.trail) == (1, "1@8;2@9;")
    assert audit_text() == ""


def one(attempt: Attempt) -> Response:
    """Return a scored question of the attempt with one key and an incorrect answer."""
    return attempt.responses.filter(scored=True, correct=False, choose=1)[0]


def change(attempt: Attempt, **fields: object) -> None:
    Response.objects.filter(pk=one(attempt).pk).update(**fields)


def swap_revision(attempt: Attempt) -> None:
    other = attempt.responses.exclude(pk=one(attempt).pk)[0]
    change(attempt, revision=other.revision)


def plan_twice(attempt: Attempt) -> None:
    """Put the same question at two positions of the plan and of the responses."""
    first, second = attempt.responses.filter(scored=True)[:2]
    plan = attempt.form.plan
    plan[second.position - 1] = {**plan[second.position - 1], "revision": first.revision_id}
    Form.objects.update(plan=plan)
    Response.objects.filter(pk=second.pk).update(revision=first.revision)


def move_report(attempt: Attempt) -> None:
    ScoreReport.objects.update(attempt=factories.attempt(blueprint=attempt.form.blueprint))


FAULTS: dict[str, tuple[Callable[[Attempt], object], str]] = {
    "a question lost": (lambda a: a.responses.filter(position=10).delete(), "The plan has 10 questions"),
    "another wording": (swap_revision, "revision is"),
    "scored or not": (lambda a: change(a, scored=False), "scored is False, the plan says True"),
    "seen or not": (lambda a: change(a, repeat=True), "The score report says repeats 0, the responses make 1"),
    "a question twice": (plan_twice, "was asked 2 times"),
    "a rating": (lambda a: change(a, rating=F("rating") + 1), "sum to"),
    "the pass line": (lambda a: Form.objects.update(pass_line_100=F("pass_line_100") + 1), "the form says"),
    "the pass line in points": (lambda a: Form.objects.update(pass_line=F("pass_line") + 1), "The form's pass line is"),
    "an exam domain": (lambda a: change(a, exam_domain=3 - one(a).exam_domain), "the weights give it 4"),
    "counts": (lambda a: Form.objects.update(n_scored=9, want_scored=9), "the form says 9, the blueprint 8"),
    "the deadline": (
        lambda a: Attempt.objects.update(deadline=F("deadline") + timedelta(minutes=1)),
        "but the time given ends at",
    ),
    "the start": (lambda a: Attempt.objects.update(started_at=F("started_at") + timedelta(1e-5)), "the log says"),
    "the log": (lambda a: AttemptEvent.objects.filter(kind="started").delete(), "The log says 0 times"),
    "the end": (lambda a: Attempt.objects.update(submitted_at=F("deadline") + timedelta(1)), "outside of its time"),
    "the end by time": (lambda a: Attempt.objects.update(closed_by="time"), "Time closed it"),
    "a key": (lambda a: change(a, key=one(a).ticked), "no ruling changed it"),
    "a second key": (lambda a: change(a, also=one(a).ticked), "is accepted too, but no ruling accepted it"),
    "a point for everybody": (lambda a: change(a, credited=True), "everybody has the point, but no ruling gave it"),
    "a withdrawal": (lambda a: change(a, withdrawn=True), "no ruling withdrew it"),
    "the number to choose": (lambda a: change(a, choose=2), "it takes 2 options"),
    "the options": (lambda a: change(a, full=31), "all its bits are 31"),
    "the order": (lambda a: change(a, order="0112"), "the order '0112'"),
    "too many ticks": (lambda a: change(a, ticked=3), "2 options are selected"),
    "an answer that was never saved": (lambda a: change(a, ticked=0), "the last logged change"),
    "an answer that was not counted": (lambda a: change(a, version=2), "the changes noted make 1"),
    "a solution in an exam": (lambda a: change(a, revealed_at=NOW), "its solution was shown before the end"),
    "the report's place": (move_report, "belongs to another attempt"),
    "an exam domain of the report": (lambda a: DomainResult.objects.filter(exam_domain=1).delete(), "exam domains [2]"),
    "a lost score": (
        lambda a: Attempt.objects.update(status="submitted", report=None),
        "It has a score report, but its status is submitted",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_reported(attempt: Attempt, fault: str) -> None:
    plant, sentence = FAULTS[fault]
    plant(attempt)
    assert sentence in audit_text()


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (lambda a: a.responses.filter(position=2).update(revealed_at=NOW), "its solution was shown without an answer"),
        (
            lambda a: Attempt.objects.update(status="abandoned", submitted_at=NOW, closed_by="candidate"),
            "It is practice, but its status is abandoned",
        ),
        (
            lambda a: (
                a.responses.filter(position=2).update(revealed_at=NOW, confidence=2),
                Attempt.objects.update(feedback="end"),
            ),
            "its solution was shown before the end",
        ),
    ],
)
def test_each_planted_fault_of_practice_is_reported(plant: Callable[[Attempt], object], sentence: str) -> None:
    blueprint = factories.small_blueprint()
    questions = list(practice_pool(blueprint).items)[:3]
    options = {"feedback": "each", "timed": False, "now": NOW}
    attempt = practice.start(factories.candidate(), blueprint, "quiz", questions, **options).attempt
    assert audit_text() == ""
    plant(attempt)
    assert sentence in audit_text()


def test_a_difference_has_its_attempt(attempt: Attempt) -> None:
    change(attempt, version=2)
    assert [differences.attempt for differences in audit.differences(NOW)] == [str(attempt.uuid)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("raw", 0), ("n", 9), ("pass_line", "0.5"), ("scaled", 101), ("band_lo", 1), ("band_hi", 1),
        ("p_standard", 0.123), ("p_again", 0.123), ("repeats", 3), ("rule", "calibrated"), ("pass_mark", 751),
    ],
)  # fmt: skip
def test_each_stored_figure_is_compared_with_the_responses(attempt: Attempt, field: str, value: object) -> None:
    # Constraints relate raw, pass line, scaled and pass mark: change them together where necessary.
    together = {"raw": {"scaled": 100}, "pass_line": {"scaled": 900}, "scaled": {"raw": 0}, "pass_mark": {}}
    ScoreReport.objects.update(**{**together.get(field, {}), field: value})
    names = {"band_lo": "band", "band_hi": "band", "p_standard": "p_at_or_above", "p_again": "p_pass_again"}
    assert f"The score report says {names.get(field, field)} " in audit_text()


@pytest.mark.parametrize("field", ["n", "correct", "unanswered", "lo", "hi", "expected"])
def test_each_figure_of_an_exam_domain_is_compared(attempt: Attempt, field: str) -> None:
    DomainResult.objects.filter(exam_domain=2).update(**{field: 77})
    assert "The score report says exam domain 2, " in audit_text()


def test_a_ruling_explains_a_changed_key_and_a_withdrawn_question(attempt: Attempt) -> None:
    changed, withdrawn = attempt.responses.filter(scored=False)
    new = changed.full ^ changed.key
    KeyRuling.objects.create(revision=changed.revision, old_key=changed.key, new_key=new, reason="Wrong.", at=NOW)
    KeyRuling.objects.create(
        revision=withdrawn.revision, old_key=withdrawn.key, withdrawn=True, reason="Unclear.", at=NOW
    )
    Response.objects.filter(pk=changed.pk).update(key=new)
    Response.objects.filter(pk=withdrawn.pk).update(withdrawn=True)
    assert audit_text() == ""


def test_granted_and_logged_minutes_explain_a_later_deadline(attempt: Attempt) -> None:
    running = factories.attempt(blueprint=attempt.form.blueprint)
    Attempt.objects.filter(pk=running.pk).update(deadline=F("deadline") + timedelta(minutes=25))
    assert "but the time given ends at" in audit_text()
    for minutes in (10, 15):
        Allowance.objects.create(attempt=running, minutes=minutes, reason="Fire drill.", at=NOW)
    assert audit_text() == "25 minutes were granted, the log says 0."
    AttemptEvent.objects.create(attempt=running, kind="allowance", data={"minutes": 25}, at=NOW)
    assert audit_text() == ""


def test_enemies_on_one_form_are_reported_unless_added_after_it_was_drawn(attempt: Attempt) -> None:
    low, high = sorted(attempt.responses.values_list("revision__question", flat=True)[:2])
    Enemy.objects.create(low_id=low, high_id=high)
    assert f"{low} and {high} are enemies" in audit_text()
    Form.objects.update(bank_version=F("bank_version") - 1)
    assert audit_text() == ""


def test_an_exam_not_closed_is_reported_a_minute_after_its_deadline(attempt: Attempt) -> None:
    running = factories.attempt(blueprint=attempt.form.blueprint)
    minute = timedelta(seconds=60)
    assert list(audit.differences(running.deadline + minute)) == []
    [differences] = audit.differences(running.deadline + minute + timedelta(seconds=1))
    assert differences.attempt == str(running.uuid)
    assert differences.sentence.startswith("It is still open 61 s after its deadline.")


def test_a_missing_trigger_is_reported() -> None:
    with connection.cursor() as cursor:
        table = " ON questions_revision" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {NAMES[0]}{table}")
    try:
        assert NAMES[0] in audit_text()
    finally:
        install_triggers()


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_is_constant(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    blueprint = factories.small_blueprint()
    for seed in range(count):
        scoring.score(simulation.simulate_exam(blueprint, 0, random.Random(seed), NOW).pk, NOW)
    with django_assert_num_queries(13):
        assert list(audit.differences(NOW)) == []


def test_attempts_are_audited_in_chunks_of_any_size(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    later = [factories.attempt(blueprint=attempt.form.blueprint) for _ in range(4)]
    monkeypatch.setattr(audit, "ATTEMPTS_PER_CHUNK", 2)
    Response.objects.filter(position=1, attempt__in=later).update(version=9)
    assert [differences.attempt for differences in audit.differences(NOW)] == [str(response.uuid) for response in later]
