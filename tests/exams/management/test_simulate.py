"""Test `simulate`: candidates sit exams and are scored, and the data passes the audit."""

import json
import statistics
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exams.models import Attempt, Response
from exams.psychometrics import scaling
from questions.models import Question
from questions.services.bank_version import raise_bank_version
from tests import factories

pytestmark = pytest.mark.django_db


def simulate(*args: str) -> str:
    out = StringIO()
    call_command("simulate", "--exam=TINY", *args, stdout=out)
    return out.getvalue()


def simulated(*args: str) -> dict[str, Any]:
    return json.loads(simulate("--json", *args))


def test_candidates_are_scored_and_summarized() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    result = simulated("--candidates=6", "--theta", "0.5", "0", "--seed=3")
    stored = list(Attempt.objects.select_related("report").order_by("pk"))
    reports = [attempt.report for attempt in stored if attempt.report]
    assert [one["attempt"] for one in result["attempts"]] == [str(attempt.uuid) for attempt in stored]
    assert [one["scaled"] for one in result["attempts"]] == [report.scaled for report in reports]
    assert len(reports) == result["candidates"] == 6
    assert all(attempt.synthetic for attempt in stored)
    assert {one["theta"] for one in result["attempts"]} == {0.5}
    assert result["passed"] == sum(report.passed for report in reports)
    assert result["pass_rate"] == round(result["passed"] / 6, 4)
    assert result["scaled"]["mean"] == round(statistics.fmean(report.scaled for report in reports), 2)
    assert Decimal(result["pass_line"]["min"]) == min(report.pass_line for report in reports)


def test_the_same_seed_gives_the_same_scores() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    first, same, other = (
        [(one["theta"], one["raw"], one["scaled"]) for one in simulated("--candidates=4", seed)["attempts"]]
        for seed in ("--seed=1", "--seed=1", "--seed=2")
    )
    assert first == same != other


def test_simulated_data_passes_the_audit() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    assert simulate("--candidates=5").startswith("5 candidates took TINY in ")
    out = StringIO()
    call_command("audit", stdout=out)
    assert out.getvalue() == "Attempts recounted: 5. Differences: none.\n"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--candidates=0"], "at least one candidate"),
        (["--theta", "0", "-1"], "standard deviations of 0 or more"),
        (["--exam=NONE"], "There is no blueprint NONE. Load it with load_bank."),
    ],
)
def test_impossible_arguments_are_refused(args: list[str], sentence: str) -> None:
    factories.small_blueprint()
    with pytest.raises(CommandError, match=sentence):
        simulate(*args)
    assert Attempt.objects.count() == 0


def test_a_bank_that_cannot_fill_the_exam_is_refused_with_the_missing_numbers() -> None:
    factories.small_blueprint()
    Question.objects.filter(exam_domain__number=2).update(status=Question.Status.RETIRED)
    with pytest.raises(CommandError, match=r"The bank cannot fill TINY v1.*2: 2"):
        simulate()


@pytest.mark.slow
def test_one_account_takes_all_exams_on_different_days_and_is_predicted() -> None:
    factories.small_blueprint(scored=8, unscored=2, exams=4)
    account = factories.user("alice")
    result = simulated("--account=alice", "--candidates=3", "--theta", "0", "1")
    exams = list(Attempt.objects.order_by("started_at"))
    assert [str(attempt.uuid) for attempt in exams] == [one["attempt"] for one in result["attempts"]]
    assert {attempt.candidate.user for attempt in exams} == {account}
    assert len({attempt.started_at.date() for attempt in exams}) == 3
    assert [attempt.predicted is None for attempt in exams] == [True, False, False]


def test_an_unknown_account_or_one_with_an_open_exam_is_refused() -> None:
    factories.small_blueprint()
    with pytest.raises(CommandError, match="There is no account nobody"):
        simulate("--account=nobody")
    candidate = factories.candidate(factories.user("alice"))
    factories.attempt(candidate)
    with pytest.raises(CommandError, match="has an exam in progress"):
        simulate("--account=alice")


def test_the_truth_is_written_and_can_be_used_again(tmp_path: Path) -> None:
    factories.small_blueprint(scored=8, unscored=2)
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    result = simulated("--candidates=3", "--rating-error=0.5", f"--truth={first}", "--miskey", "tiny-d1-001")
    truth = json.loads(first.read_text())
    assert truth["abilities"].keys() == {one["attempt"] for one in result["attempts"]}
    assert [round(theta, 4) for theta in truth["abilities"].values()] == [one["theta"] for one in result["attempts"]]
    assert truth["difficulties"].keys() == set(Question.objects.values_list("code", flat=True))
    errors = [
        b - scaling.difficulty(Question.objects.get(code=code).rating) for code, b in truth["difficulties"].items()
    ]
    assert 0.3 < statistics.pstdev(errors) < 0.8
    ratings = Question.objects.values_list("rating", flat=True)
    at_standard = sum(scaling.chance(0, b) for b in truth["difficulties"].values())
    assert at_standard == pytest.approx(sum(rating or 0 for rating in ratings) / 100)
    assert (truth["miskeyed"], truth["dead"]) == (["tiny-d1-001"], [])
    simulate("--candidates=1", "--seed=9", f"--difficulties={first}", f"--truth={again}")
    assert json.loads(again.read_text())["difficulties"] == truth["difficulties"]
    Question.objects.filter(code="tiny-d1-002").update(status=Question.Status.RETIRED)
    raise_bank_version()
    simulate("--candidates=1", "--seed=10", f"--difficulties={first}", f"--truth={again}")
    assert truth["difficulties"].keys() - json.loads(again.read_text())["difficulties"].keys() == {"tiny-d1-002"}


def test_able_candidates_miss_a_question_with_a_wrong_key() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    codes = ["tiny-d1-001", "tiny-d1-005"]  # one key, and two
    simulate("--candidates=12", "--theta", "9", "0", "--miskey", *codes)
    rows = Response.objects.filter(revision__question__code__in=codes)
    assert rows.exists()
    assert not rows.filter(correct=True).exists()
    assert all(row.ticked.bit_count() == row.choose for row in rows)
    others = Response.objects.exclude(revision__question__code__in=codes)
    assert others.filter(correct=False).count() < others.count() / 50


def test_ability_does_not_help_with_a_dead_question() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    codes = list(Question.objects.values_list("code", flat=True))
    for theta in ("-9", "9"):
        simulate("--candidates=12", "--theta", theta, "0", "--dead", *codes)
        exams = Attempt.objects.order_by("-pk")[:12]
        right = Response.objects.filter(attempt__in=list(exams), correct=True).count()
        assert 0.5 < right / 120 < 0.85  # the ratings are from 60 to 79


def test_simulated_exams_are_removed_on_request() -> None:
    factories.small_blueprint(scored=8, unscored=2)
    simulate("--candidates=2")
    assert simulate("--remove") == "Removed 2 simulated exams and 0 scales made from them.\n"
    assert not Attempt.objects.exists()
    assert simulated("--remove") == {"removed": {"exams": 0, "scales": 0}}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Cannot read"),
        ("[]", "needs an object of codes and difficulties in logits"),
        ('{"tiny-d1-001": "hard"}', "needs an object of codes and difficulties in logits"),
        ('{"tiny-d1-001": NaN}', "needs an object of codes and difficulties in logits"),
        ('{"no-such-code": 1}', "draws no questions with these codes: no-such-code"),
    ],
)
def test_a_file_of_difficulties_that_makes_no_sense_is_refused(
    content: str | None, sentence: str, tmp_path: Path
) -> None:
    factories.small_blueprint()
    path = tmp_path / "b.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=sentence):
        simulate(f"--difficulties={path}")
    assert not Attempt.objects.exists()
