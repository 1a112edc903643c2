"""Test that item analysis writes what the responses say, flags what needs a look, and can be repeated and continued."""

import itertools
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, KeyRuling, Response
from exams.services.analysis import analysis_runs, calibration, item_analysis
from exams.services.analysis.bank_statistics import question_rows
from exams.services.analysis.item_analysis import Analysis
from exams.services.analysis.simulation import Ability
from exams.services.attempt import ending
from exams.services.upkeep import sweeper
from questions.content.blueprint import DomainWeight, Draw
from questions.models import AnalysisRun, ItemStatistics, Job, OptionStatistics, Question, Revision
from questions.services import blueprints, job_state, jobs
from questions.services.drawn_questions import of_syllabus
from tests import factories
from tests.factories import NOW, candidate, handed_in, scored
from tests.simulated_exams import simulate_exams

pytestmark = pytest.mark.django_db


def clock() -> datetime:
    return NOW


def simulate(n: int, *, synthetic: bool = True) -> None:
    """Let `n` simulated candidates take exams of eight questions out of ten."""
    blueprint = factories.small_blueprint(scored=8, unscored=0)
    list(simulate_exams(blueprint, n, Ability(), 3, clock))
    Attempt.objects.update(synthetic=synthetic)


def table() -> list[dict[str, Any]]:
    """Return all statistics, without keys of rows."""
    columns = [field.name for field in ItemStatistics._meta.concrete_fields if field.name != "id"]
    rows: list[dict[str, Any]] = list(ItemStatistics.objects.order_by("revision").values(*columns))
    options = OptionStatistics.objects.order_by("statistics__revision", "bit")
    return rows + list(options.values("statistics__revision", "bit", "count", "mean", "r", "low", "mid", "high"))


def test_two_exams_that_draw_the_same_questions_keep_their_statistics() -> None:
    """A question without an exam domain belongs to both; a run of one does not forget what the other has found."""
    first = factories.small_blueprint(scored=8, unscored=0)
    Question.objects.update(exam_domain=None, topic=None)
    specs = [
        replace(first.exam, code=code, version=1, exam_domains=(DomainWeight(1, "All", 100, (Draw("tiny"),)),))
        for code in ("ONE", "TWO")
    ]
    one, _two = (blueprints.make(spec, known_version=0, now=NOW) for spec in specs)
    sat = scored(handed_in(2, blueprint=one))
    item_analysis.analyze("ONE", clock)
    assert ItemStatistics.objects.count() == sat.responses.count() == 8
    item_analysis.analyze("TWO", clock)
    assert ItemStatistics.objects.count() == 8
    assert len(question_rows(None, of_syllabus("TWO"))) == 8


def test_without_exams_a_run_finishes_and_writes_nothing() -> None:
    analysis = item_analysis.analyze("TINY", clock)
    assert (analysis.items, analysis.responses, analysis.flagged) == ((), 0, {})
    assert table() == []
    run = AnalysisRun.objects.get()
    assert run.finished_at == NOW


def test_one_candidate_gives_counts_and_undefined_figures() -> None:
    factories.small_blueprint()
    sat = handed_in(2)
    item_analysis.analyze("TINY", clock)
    rows = {row.revision_id: row for row in ItemStatistics.objects.all()}
    assert set(rows) == set(sat.responses.values_list("revision", flat=True))
    for response in sat.responses.all():
        row = rows[response.revision_id]
        assert (row.n, row.p, row.r, row.flags) == (1, float(response.correct), None, [])
        assert (row.exposures, row.omit, row.not_reached, row.median_seconds) == (int(response.scored), 0, 0, None)
        chosen = {option.bit for option in row.options.filter(count=1)}
        assert sum(1 << bit for bit in chosen) == response.ticked


@pytest.mark.slow
@pytest.mark.parametrize("right", [0, 8])
def test_all_right_or_all_wrong_has_no_correlation(right: int) -> None:
    blueprint = factories.small_blueprint(scored=8, unscored=0)
    for _ in range(3):
        handed_in(right, candidate(), blueprint)
    item_analysis.analyze("TINY", clock)
    assert set(ItemStatistics.objects.values_list("p", "r")) == {(float(bool(right)), None)}


@pytest.mark.slow
def test_the_figures_are_those_of_the_responses() -> None:
    simulate(60, synthetic=False)
    item_analysis.analyze("TINY", clock)
    row = ItemStatistics.objects.order_by("-n", "pk")[0]
    responses = list(Response.objects.filter(revision=row.revision))
    assert row.n == row.exposures == len(responses)
    assert row.p == pytest.approx(sum(response.correct for response in responses) / row.n)
    for option in row.options.all():
        assert option.count == sum(response.ticked >> option.bit & 1 for response in responses)
    rest = []
    for response in responses:
        others = response.attempt.responses.exclude(pk=response.pk)
        rest.append(sum(other.correct - other.rating / 100 for other in others))
    correct = [float(response.correct) for response in responses]
    assert row.r == pytest.approx(correlation(correct, rest))


def correlation(xs: list[float], ys: list[float]) -> float:
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    product = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return product / (sum((a - x) ** 2 for a in xs) * sum((b - y) ** 2 for b in ys)) ** 0.5


@pytest.mark.slow
def test_a_second_run_writes_the_same_again() -> None:
    simulate(20, synthetic=False)
    item_analysis.analyze("TINY", clock)
    first, keys = table(), set(ItemStatistics.objects.values_list("pk", flat=True))
    item_analysis.analyze("TINY", clock)
    assert table() == first
    assert set(ItemStatistics.objects.values_list("pk", flat=True)) == keys


def job() -> Job:
    found = job_state.find("analysis", "TINY")
    assert found is not None
    return found


@pytest.mark.slow
def test_a_run_that_was_killed_is_continued(monkeypatch: Any) -> None:
    simulate(20, synthetic=False)
    item_analysis.analyze("TINY", clock)
    expected = table()
    ItemStatistics.objects.all().delete()
    monkeypatch.setattr(item_analysis, "REVISIONS_PER_TRANSACTION", 3)
    run = analysis_runs.request("TINY", AnalysisRun.Cause.REQUEST, NOW)
    write, written = item_analysis._write_items, itertools.count()

    def dying(*arguments: Any) -> None:
        if next(written) == 1:
            raise KeyboardInterrupt  # the process dies in the second chunk
        write(*arguments)

    monkeypatch.setattr(item_analysis, "_write_items", dying)
    with pytest.raises(KeyboardInterrupt):
        jobs.run(job().pk, clock)
    run.refresh_from_db()
    assert (job().progress, ItemStatistics.objects.count(), run.finished_at) == (3, 3, None)
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=5)
    assert jobs.run(job().pk, lambda: soon) is None, "its process may still work"
    assert job_state.due(later) == [job()]
    jobs.run(job().pk, lambda: later)
    run.refresh_from_db()
    n = len(expected_revisions(expected))
    assert (job().progress, job().total, run.total, run.finished_at) == (n, n, n, later)
    assert table() == expected


def test_a_run_over_many_responses_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part takes minutes then, and the sweeper starts a silent run again after five."""
    simulate(3, synthetic=False)
    analysis_runs.request("TINY", AnalysisRun.Cause.REQUEST, NOW)
    minutes = (NOW + timedelta(minutes=4 * n) for n in itertools.count(1))
    measure, waiting = calibration.measure, []

    def measured(*arguments: Any) -> Any:
        waiting.extend(job_state.due(NOW + timedelta(minutes=12)))
        return measure(*arguments)

    monkeypatch.setattr(calibration, "measure", measured)
    jobs.run(job().pk, lambda: next(minutes))
    assert (job().state, waiting) == ("done", [])


def expected_revisions(rows: list[dict[str, Any]]) -> set[int]:
    return {row["revision"] for row in rows if "revision" in row}


@pytest.mark.slow
def test_simulated_exams_never_count_as_real_ones() -> None:
    simulate(5)
    item_analysis.analyze("TINY", clock)
    assert table() == []
    assert item_analysis.analyze("TINY", clock, synthetic=True).written
    assert set(ItemStatistics.objects.values_list("synthetic", flat=True)) == {True}
    item_analysis.analyze("TINY", clock)
    assert ItemStatistics.objects.exists(), "without a real response, what was tried out stays"
    real = scored(handed_in(2))
    trial = item_analysis.analyze("TINY", clock, synthetic=True)
    assert (trial.responses, trial.written) == (40, False)
    item_analysis.analyze("TINY", clock)
    revisions = set(ItemStatistics.objects.filter(synthetic=False).values_list("revision", flat=True))
    assert revisions == set(real.responses.values_list("revision", flat=True))
    assert not ItemStatistics.objects.filter(synthetic=True).exists()


@pytest.mark.walk
@pytest.mark.slow
def test_a_wrong_key_is_flagged_and_a_withdrawn_one_is_not() -> None:
    simulate(160, synthetic=False)
    revision = Revision.objects.filter(responses__isnull=False, choose=1).order_by("pk")[0]
    distractor = next(bit for bit in range(revision.n_options) if not revision.key >> bit & 1)
    wrong = Response.objects.filter(revision=revision)
    wrong.update(key=1 << distractor)  # candidates answer by the true key
    analysis = item_analysis.analyze("TINY", clock)
    assert revision.question.code in analysis.flagged["key"]
    assert "key" in ItemStatistics.objects.get(revision=revision).flags
    wrong.update(withdrawn=True)
    item_analysis.analyze("TINY", clock)
    row = ItemStatistics.objects.get(revision=revision)
    assert (row.flags, row.n) == ([], wrong.count())


@pytest.mark.walk
@pytest.mark.slow
def test_the_curve_has_all_candidates_by_ability_and_rises() -> None:
    simulate(160, synthetic=False)
    item_analysis.analyze("TINY", clock)
    low, high = [0, 0], [0, 0]
    for row in ItemStatistics.objects.all():
        assert sum(n for _ability, n, _right in row.curve) == row.n
        assert sum(right for _ability, _n, right in row.curve) == pytest.approx(row.p * row.n)
        assert row.se is not None
        assert 0 < row.se < 0.7, "less than the prior says"
        for ability, n, right in row.curve:
            side = high if ability > row.b else low
            side[0] += right
            side[1] += n
    assert low[0] / low[1] + 0.1 < high[0] / high[1]


@pytest.mark.walk
@pytest.mark.slow
def test_a_run_says_how_precise_the_scores_are() -> None:
    simulate(120, synthetic=False)
    run = run_of(item_analysis.analyze("TINY", clock))
    assert (run.exams, run.responses) == (120, 960)
    assert 0 < run.reliability < 1
    assert 0.5 < run.consistency < 1
    assert run.fixed_forms == [], "each candidate had an own form"


def run_of(analysis: Analysis) -> Any:
    assert analysis.written
    return AnalysisRun.objects.order_by("-pk")[0]


def test_without_exams_nothing_is_said_about_precision() -> None:
    run = run_of(item_analysis.analyze("TINY", clock))
    assert (run.exams, run.reliability, run.consistency, run.fixed_forms) == (0, None, None, [])
    factories.small_blueprint()
    handed_in(2)
    run = run_of(item_analysis.analyze("TINY", clock))
    assert (run.exams, run.reliability) == (1, None)


@pytest.mark.slow
def test_a_paper_that_a_class_sat_has_a_kr20() -> None:
    sitting = factories.sitting(factories.small_blueprint(scored=8, unscored=1))
    for number in range(12):
        attempt = factories.class_attempt(sitting, f"Person {number}")
        factories.tick(attempt, number % 7 + 1)
        ending.finish(attempt, NOW)
    run = run_of(item_analysis.analyze("TINY", clock))
    assert [(row["form"], row["n"]) for row in run.fixed_forms] == [(sitting.form_id, 12)]
    assert 0.5 < run.fixed_forms[0]["kr20"] <= 1


def test_the_nightly_run_is_requested_once_a_night() -> None:
    assert analysis_runs.request_due(NOW) == [], "there is no exam yet"
    factories.small_blueprint()
    handed_in(2)
    (first,) = analysis_runs.request_due(NOW)
    assert (first.exam, first.cause, analysis_runs.request_due(NOW + timedelta(hours=12))) == ("TINY", "night", [])
    assert analysis_runs.request_due(NOW + timedelta(days=1)) == [first], "it still waits"
    AnalysisRun.objects.update(finished_at=NOW)
    Job.objects.update(state="done")
    (third,) = analysis_runs.request_due(NOW + timedelta(days=1))
    assert third != first


def test_the_nightly_runs_of_two_exams_wait_beside_each_other(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for code in ("TINY", "OTHER"):
        handed_in(2, blueprint=factories.small_blueprint(code=code))
    runs = analysis_runs.request_due(NOW)
    assert [(run.exam, run.cause) for run in runs] == [("OTHER", "night"), ("TINY", "night")]
    jobs = Job.objects.filter(kind="analysis", state="waiting")
    assert dict(jobs.values_list("key", "data")) == {run.exam: {"run": run.pk} for run in runs}
    factories.small_blueprint(code="THIRD")  # which nobody has taken
    with django_assert_num_queries(5):
        assert analysis_runs.request_due(NOW + timedelta(hours=1)) == []


def test_a_ruling_that_is_applied_requests_a_run() -> None:
    factories.small_blueprint()
    revision = handed_in(2).responses.all()[0].revision
    item_analysis.analyze("TINY", clock)
    ruling = KeyRuling.objects.create(
        revision=revision, old_key=revision.key, withdrawn=True, reason="Two are right.", at=NOW
    )
    soon = NOW + timedelta(minutes=1)
    assert analysis_runs.request_due(soon) == []
    KeyRuling.objects.filter(pk=ruling.pk).update(progress={"finished": soon.isoformat()})
    (run,) = analysis_runs.request_due(soon)
    assert (run.exam, run.cause) == ("TINY", "ruling")
    assert analysis_runs.request_due(soon + timedelta(minutes=1)) == []


def test_a_correction_of_spelling_keeps_the_answers_for_both_revisions() -> None:
    factories.small_blueprint()
    handed_in(2)
    item_analysis.analyze("TINY", clock)
    old = Revision.objects.filter(statistics__isnull=False).order_by("pk")[0]
    before = ItemStatistics.objects.get(revision=old)
    soon = NOW + timedelta(minutes=1)
    assert analysis_runs.request_due(soon) == []
    fields = {
        "kind": old.kind,
        "stem": "Spelt right.",
        "key": old.key,
        "choose": old.choose,
        "n_options": old.n_options,
    }
    new = Revision.objects.create(question=old.question, number=old.number + 1, same_item_as=old, sha256="x", **fields)
    Revision.objects.filter(pk=new.pk).update(published_at=soon)
    assert len(analysis_runs.request_due(soon)) == 1
    item_analysis.analyze("TINY", clock)
    for revision in (old, new):
        row = ItemStatistics.objects.get(revision=revision)
        assert (row.n, row.p, row.exposures) == (before.n, before.p, before.exposures)
        assert row.options.count() == before.options.count()


def test_a_message_that_arrives_twice_starts_one_process(monkeypatch: Any) -> None:
    started: list[list[str]] = []

    def start(command: list[str], **_options: Any) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("subprocess.run", start)
    monkeypatch.setattr("os.nice", lambda _increment: 0)
    factories.small_blueprint()
    handed_in(2)
    run = analysis_runs.request("TINY", AnalysisRun.Cause.REQUEST, NOW)
    jobs.receive(job().pk, clock)
    soon = NOW + timedelta(seconds=20)
    assert job_state.due(soon) == [], "the process may be starting"
    jobs.receive(job().pk, lambda: soon)
    [command] = started
    with time_machine.travel(soon, tick=False):
        call_command(*command[2:], stdout=StringIO())
    run.refresh_from_db()
    assert (run.finished_at, job().state) == (soon, "done")


def test_a_process_that_was_killed_is_noticed_at_once(monkeypatch: Any) -> None:
    monkeypatch.setattr("subprocess.run", lambda command, **_options: subprocess.CompletedProcess(command, -9))
    analysis_runs.request("TINY", AnalysisRun.Cause.REQUEST, NOW)
    jobs.receive(job().pk, clock)
    assert (job().state, job().error) == ("waiting", "Its process ended with -9.")


def test_the_sweeper_requests_runs_and_sends_them_again(monkeypatch: Any) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr("questions.task_queue.send", lambda task, pk, _limit=None: sent.append((task, pk)))
    factories.small_blueprint()
    handed_in(2)
    for seconds, messages in ((0, 1), (10, 1), (20, 2)):
        sweeper.sweep(NOW + timedelta(seconds=seconds))
        assert sent.count(("questions.run_job", job().pk)) == messages
    assert AnalysisRun.objects.get().pk == job().data["run"]
