"""Test re-scoring: preview, retained reports, repeated and concurrent runs."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, KeyRuling, Response, ScoreReport
from exams.services.attempt import ending
from exams.services.attempt.effective_keys import EffectiveKey
from exams.services.results import audit, corrections, export, rescoring, rulings, scoring
from exams.services.results import report as reports
from exams.services.results.shown_scores import ShownScores
from exams.services.upkeep import sweeper
from questions import tasks
from questions.models import Blueprint, Revision
from questions.services import job_state, jobs
from tests import factories
from tests.exams.services.results.key_rulings import (
    LATER,
    audit_sentences,
    carry_out,
    decide,
    figures,
    other_key,
    scored_attempts,
)
from tests.exams.services.results.key_rulings import preview as previewed
from tests.factories import NOW
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


class TestPreview:
    @pytest.mark.slow
    @pytest.mark.parametrize("kind", KeyRuling.Kind)
    def test_the_preview_equals_the_result(self, blueprint: Blueprint, kind: KeyRuling.Kind) -> None:
        revision = scored_attempts(blueprint, (0, 3, 5, 6, 7, 8, 9, 10))
        wrong = Response.objects.filter(revision=revision, correct=False).first()
        assert wrong is not None
        new_key = wrong.ticked
        before = {pk: scaled for pk, *_, scaled in figures()}
        preview = previewed(revision, new_key, kind)
        assert {pk: scaled for pk, *_, scaled in figures()} == before  # nothing is written
        carry_out(decide(revision, new_key, kind))
        promised = before | {attempt.attempt.pk: attempt.after.scaled for attempt in preview.rescored if attempt.after}
        assert {pk: scaled for pk, *_, scaled in figures()} == promised
        assert {attempt.attempt.pk for attempt in preview.rescored} == set(
            ScoreReport.objects.filter(cause="ruling").values_list("attempt", flat=True)
        )
        progress = KeyRuling.objects.get().progress
        assert (preview.scored, preview.n_rescored, preview.n_retained) == (
            8,
            progress["changed"],
            progress["retained"],
        )
        assert (preview.pass_now, preview.fail_now) == (progress["pass"], progress["fail"])
        assert len(preview.rescored) > 0
        points = [change.points for change in preview.rescored]
        tallies = {
            tally.is_gain: (tally.n, tally.most.points if tally.most else 0)
            for tally in preview.tallies
            if not tally.is_percent
        }
        assert tallies[True] == (sum(p > 0 for p in points), max(0, *points))
        assert tallies[False] == (sum(p < 0 for p in points), min(0, *points))
        assert audit_sentences() == []

    def test_changes_between_pass_and_fail_come_first(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 7, 2))
        preview = previewed(revision, other_key(revision))
        flips = [attempt.flips for attempt in preview.rescored]
        assert flips == sorted(flips, reverse=True)
        assert preview.fail_now == sum(flips)

    @pytest.mark.slow
    def test_the_first_changes_are_listed_and_all_are_counted(
        self, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rescoring, "MAX_LISTED_CHANGES", 2)
        monkeypatch.setattr(rescoring, "ATTEMPTS_PER_READ", 2)
        revision = scored_attempts(blueprint, (0, 3, 7, 8, 9, 10))
        preview = previewed(revision, other_key(revision))
        carry_out(decide(revision, other_key(revision)))
        progress = KeyRuling.objects.get().progress
        assert preview.n_rescored == progress["changed"] > 2
        assert (preview.pass_now, preview.fail_now) == (progress["pass"], progress["fail"])
        assert len(preview.rescored) == 2
        assert [attempt.flips for attempt in preview.rescored] == sorted(
            (attempt.flips for attempt in preview.rescored), reverse=True
        )

    @pytest.mark.parametrize("exams", [1, 4])
    def test_the_number_of_queries_is_constant(
        self, blueprint: Blueprint, exams: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        revision = scored_attempts(blueprint, (7,) * exams)
        after = EffectiveKey(other_key(revision))
        with django_assert_num_queries(7):
            assert rescoring.preview(revision, after).scored == exams

    def test_open_exams_are_counted(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        running = factories.attempt(blueprint=blueprint)
        has_it = running.responses.filter(revision=revision).exists()
        preview = previewed(revision, None)
        assert (preview.attempts, preview.open, preview.scored) == (1 + has_it, int(has_it), 1)


class TestKeptReport:
    def test_an_exam_with_too_few_questions_left_keeps_its_report_with_a_note(self) -> None:
        attempt = factories.scored(factories.handed_in(2, blueprint=factories.small_blueprint(scored=4)))
        revision = attempt.responses.filter(scored=True)[0].revision
        [change] = previewed(revision, None).retained
        assert change.attempt == attempt
        ruling = decide(revision, None)
        carry_out(ruling)
        ruling.refresh_from_db()
        assert (ruling.progress["retained"], ruling.progress["changed"]) == (1, 0)
        again = Attempt.objects.select_related("report", "form__blueprint").get(pk=attempt.pk)
        assert again.report_id == attempt.report_id
        assert reports.report_page(again).score_retained
        assert audit_sentences() == []

    def test_forty_of_fifty_questions_are_enough_and_thirty_nine_are_not(self) -> None:
        assert [rescoring.too_few(left, 50) for left in (41, 40, 39)] == [False, False, True]


class TestIdempotency:
    def test_running_twice_changes_nothing(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (2, 9))
        ruling = decide(revision, None)
        carry_out(ruling)
        once, written = figures(), ScoreReport.objects.count()
        KeyRuling.objects.update(progress={})  # as if no progress had been recorded
        carry_out(ruling)
        assert (figures(), ScoreReport.objects.count()) == (once, written)

    @pytest.mark.slow
    def test_a_killed_run_is_continued(self, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch) -> None:
        revision = scored_attempts(blueprint, (2, 4, 6, 8, 9))
        ruling = decide(revision, None)
        monkeypatch.setattr(rescoring, "ATTEMPTS_PER_STEP", 2)
        monkeypatch.setattr(jobs, "STEPS_PER_ROUND", 2)
        sweeper.sweep(NOW + timedelta(minutes=1))  # one step for the open responses, one for the scores
        ruling.refresh_from_db()
        job = job_state.find("ruling", ruling.pk)
        assert job is not None
        assert (ruling.progress["done"], ruling.progress["of"]) == (job.progress, job.total) == (2, 5)
        monkeypatch.setattr(jobs, "STEPS_PER_ROUND", 10)
        sweeper.sweep(NOW + timedelta(minutes=30))
        ruling.refresh_from_db()
        assert (ruling.progress["done"], ruling.progress["changed"]) == (5, 5)
        assert ScoreReport.objects.filter(ruling=ruling).count() == 5
        assert job_state.find_open("ruling", ruling.pk) is None
        assert audit_sentences() == []

    def test_an_exam_drawn_with_the_old_key_is_updated_by_the_sweeper_and_by_scoring(
        self, blueprint: Blueprint
    ) -> None:
        revision = scored_attempts(blueprint, (5,))
        carry_out(decide(revision, other_key(revision)))
        late = Response.objects.filter(revision=revision)
        late.update(key=revision.key)  # as in an exam drawn at the moment of the ruling
        sweeper.sweep(NOW + timedelta(minutes=1))
        assert set(late.values_list("key", flat=True)) == {other_key(revision)}

    def test_a_ruling_that_was_not_applied_is_reported_by_the_audit(self, blueprint: Blueprint) -> None:
        ruling = decide(scored_attempts(blueprint, (5,)), None)
        assert audit_sentences() == []
        late = [difference.sentence for difference in audit.differences(NOW + timedelta(hours=2))]
        assert late == [f"Key ruling {ruling.pk} is not complete. Check that the sweeper is running."]

    def test_a_completed_ruling_that_missed_an_exam_is_reported_by_the_audit(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        ruling = decide(revision, None)
        KeyRuling.objects.update(progress={"finished": "yes"})
        assert f"ruling {ruling.pk} on it is complete, but not applied here" in " ".join(audit_sentences())


class TestNotice:
    def test_the_candidate_is_informed_and_the_export_has_the_effective_key(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10,))
        attempt = Attempt.objects.get()
        candidate = Candidate.objects.get(pk=attempt.candidate_id)
        before = figures()[0][-1]
        assert corrections.newest_correction(candidate, NOW, ShownScores(frozenset())) is None
        carry_out(decide(revision, other_key(revision)))
        [change] = corrections.attempt_corrections(attempt)
        assert (change.before, change.after, change.kind) == (before, figures()[0][-1], KeyRuling.Kind.CORRECT)
        assert change.after < change.before
        assert corrections.newest_correction(candidate, NOW, ShownScores(frozenset())) == change
        assert corrections.newest_correction(candidate, LATER + timedelta(days=1), ShownScores(frozenset())) is None
        fresh = Attempt.objects.select_related("form__blueprint", "report").get(pk=attempt.pk)
        assert corrections.corrections_by_attempt([fresh]) == {attempt.pk: [change]}
        [exported] = export.export_chunk([fresh])
        [slot] = [attempt for attempt in exported["slots"] if attempt["question"] == revision.question.code]
        assert slot["key"] == rulings.option_codes(revision, other_key(revision))
        assert (slot["correct"], exported["score"]["raw"]) == (False, 9)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_exam_finished_during_a_ruling_is_scored_with_the_new_key() -> None:
    for _ in range(5):
        blueprint = factories.one_form_blueprint(f"RACE{_}")
        revision = scored_attempts(blueprint, (10, 4))
        racing = [factories.attempt(blueprint=blueprint) for _ in range(3)]
        for attempt in racing:
            factories.tick(attempt, 10)
            Response.objects.filter(attempt=attempt, revision=revision).update(ticked=other_key(revision))
        made: list[KeyRuling] = []

        def judge(revision: Revision = revision, made: list[KeyRuling] = made) -> None:
            made.append(decide(revision, other_key(revision)))
            carry_out(made[0])

        def sit(sitting: list[Attempt] = racing) -> None:
            for attempt in sitting:
                ending.finish(attempt, LATER)
                scoring.score(attempt.pk, LATER)

        in_threads(judge, sit)
        for attempt in racing:
            attempt.refresh_from_db()
            assert attempt.report is not None
            right = attempt.responses.filter(scored=True, correct=True).count()
            assert attempt.report.raw == right
            assert not attempt.responses.filter(revision=revision).exclude(key=other_key(revision)).exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_write_each_new_report_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blueprint = factories.one_form_blueprint()
    revision = scored_attempts(blueprint, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    ruling = decide(revision, None)
    # The worker of this run may have handled the messages of `rule` already: start again.
    monkeypatch.setattr(rescoring, "ATTEMPTS_PER_STEP", 2)
    in_threads(*[lambda: carry_out(ruling)] * 3)
    ruling.refresh_from_db()
    assert (ruling.progress["done"], ruling.progress["changed"]) == (10, 10)
    assert ScoreReport.objects.filter(ruling=ruling).count() == 10
    assert audit_sentences() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_rulings_the_newer_prevails() -> None:
    blueprint = factories.one_form_blueprint()
    revision = scored_attempts(blueprint, (3, 8))
    first, second = decide(revision, other_key(revision)), decide(revision, None)
    in_threads(lambda: carry_out(first), lambda: carry_out(second))
    assert not Response.objects.filter(revision=revision, withdrawn=False).exists()
    assert {n for _, _, n, _, _ in figures()} == {9}
    assert audit_sentences() == []


@pytest.mark.django_db(transaction=True)
def test_a_score_concurrent_with_a_ruling_is_correct() -> None:
    """The score waits for the lock of the ruling, and then detects that the key it read is outdated."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite allows one writer at a time")
    blueprint = factories.one_form_blueprint()
    attempt = factories.handed_in(10, blueprint=blueprint)
    revision = attempt.responses.filter(scored=True, choose=1)[0].revision
    new = other_key(revision)
    started = threading.Event()

    def score() -> None:
        started.set()
        scoring.score(attempt.pk, LATER)
        connections.close_all()

    worker = threading.Thread(target=score)
    with transaction.atomic():
        rulings.lock_attempts([attempt.pk])
        worker.start()
        started.wait(60)
        KeyRuling.objects.create(revision=revision, old_key=revision.key, new_key=new, reason="Late.", at=NOW)
        worker.join(0.5)  # it has read the old key and waits
        rulings.apply_rulings([attempt.pk])
    worker.join(60)
    assert ScoreReport.objects.get().raw == 9


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_ruling_requests_the_job_that_applies_it() -> None:
    revision = scored_attempts(factories.one_form_blueprint(), (10,))
    ruling = decide(revision, None)
    job = job_state.find("ruling", ruling.pk)
    assert job is not None
    tasks.run_job(job.pk)
    assert ScoreReport.objects.filter(ruling=ruling).count() == 1
