"""Test `simulate`: candidates sit exams and are scored, and the data passes the audit."""

import json
import statistics
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exams.models import Attempt
from questions.models import Question
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
    assert Decimal(result["kappa"]["min"]) == min(report.kappa for report in reports)


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
        (["--theta", "0", "-1"], "standard deviation of 0 or more"),
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
