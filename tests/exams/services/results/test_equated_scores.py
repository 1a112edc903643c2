"""Test that equated exams get the scores that they got before exams could be scored in percent, to the last digit.

The file has simulated exams with what was stored of their responses, reports and exam domains then: 40 by ratings, 30
by calibrated difficulties, whose reference form is the first line.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from exams.psychometrics import scaling
from exams.services.results import figures, score_reports
from exams.services.results.figures import CountedResponse, ScoringRules

STORED = Path(__file__).parent / "data" / "equated_scores.jsonl"
FIRST, *EXAMS = [json.loads(line) for line in STORED.read_text(encoding="utf-8").splitlines()]
REFERENCE = scaling.calibrated_line(FIRST["reference"])
COLUMNS = (
    "rule",
    "raw",
    "n",
    "pass_line",
    "scaled",
    "band_lo",
    "band_hi",
    "p_standard",
    "p_again",
    "repeats",
    "pass_mark",
)
DOMAIN_COLUMNS = ("exam_domain", "n", "correct", "unanswered", "lo", "hi", "expected", "verdict")


def counted(row: list[Any]) -> CountedResponse:
    domain, rating, b, key, ticked, repeat = row
    return CountedResponse(
        exam_domain=domain, rating=rating, b=b, correct=ticked == key, credited=False, ticked=ticked, repeat=repeat,
        worth=250, partial=True, key=key, also=0,
    )  # fmt: skip


@pytest.mark.parametrize("exam", EXAMS)
def test_an_equated_exam_has_the_report_that_it_had(exam: dict[str, Any]) -> None:
    rule, passed = exam["report"][0], exam["report"][-1]
    scale = scaling.ScoreScale(100, 750, 1000)
    rules = ScoringRules(rule, scale, REFERENCE if rule == "calibrated" else None)
    result = figures.figures([counted(row) for row in exam["responses"]], rules)
    names = score_reports.REPORT_COLUMNS[score_reports.REPORT_COLUMNS.index("rule") :]
    report = dict(zip(names, score_reports._report(result), strict=True))
    stored = dict(zip(COLUMNS, exam["report"], strict=False))
    assert f"{report.pop('pass_line'):.4f}" == f"{float(stored.pop('pass_line')):.4f}"
    assert (report.pop("earned"), report.pop("possible")) == (None, None)
    assert {name: str(value) for name, value in report.items()} == stored
    assert str(result.score.passed) == passed
    domains = [
        dict(zip(score_reports.RESULT_COLUMNS[1:], row, strict=True)) for row in score_reports._domain_results(result)
    ]
    assert [[str(row[name]) for name in DOMAIN_COLUMNS] for row in domains] == exam["domains"]
    assert all((row["earned"], row["possible"]) == (None, None) for row in domains)


def test_both_rules_are_among_the_stored_exams() -> None:
    rules = [exam["report"][0] for exam in EXAMS]
    assert (rules.count("rating"), rules.count("calibrated")) == (40, 30)
