"""Test `bank_report`: text and JSON have the same content."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from questions.models import Question
from tests import factories

pytestmark = pytest.mark.django_db


def bank_report(*args: str) -> str:
    out = StringIO()
    call_command("bank_report", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def tiny(settings: Any, tmp_path: Path) -> None:
    settings.BANKS_DIR = tmp_path
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "profile.yaml").write_text(
        "targets:\n"
        '  - {measure: "names a role", min: 45}\n'
        '  - {measure: "asks for a service", min: 38}\n'
        '  - {measure: "asks for a technique", min: 29}\n'
    )
    factories.small_blueprint()


def test_the_report_has_counts_gaps_and_exams(tiny: None) -> None:
    Question.objects.filter(code="tiny-d2-006").update(status="retired")
    report = bank_report()
    for line in (
        "TINY: 11 live, 1 retired",
        "Asked: 11 (9 multiple-choice, 2 multiple-response)",
        "Exams without a repeat for a new candidate: 2",
        "1 First things: 6 (55 % of 50 %), rating 64 ± 2",
        "  1.1 Do it: 6",
        "Ratings 63 ± 2",
        "    60-64     8 " + "*" * 50,
        "    65-69     3 " + "*" * 19,
        "Topics without a question: 1 of 12. tiny-2-6",
        "Points without a question: 0.",
    ):
        assert line in report.splitlines(), report
    for line in (
        "Points by the number of their questions: 0 with 0, 0 with 1, 0 with 2+",
        "  asks: service +5, technique +4",
        "  topics: tiny-2-6 +2, " + ", ".join(f"tiny-{d}-{n} +1" for d in (1, 2) for n in range(1, 7 - (d == 2))),
        "  points: none",
        "  names a role: 0.0 % (at least 45 %, off target)",
    ):
        assert line in report.splitlines(), report
    assert "Lint: " in report
    assert "Guessing strategies that beat chance: " in report


def test_json_has_the_same_content(tiny: None) -> None:
    report = json.loads(bank_report("--json"))
    assert report["asked"] == 12
    assert report["statuses"]["live"] == 12
    assert report["exam_domains"][0]["questions"] == 6
    assert report["topics"][0] == {"task": "1.1", "slug": "tiny-1-1", "title": "Topic 1.1 1", "questions": 1}
    assert (report["fresh_exams"], report["fresh_limit"]) == (2, 12)
    assert report["holes"]["topics"] == []
    assert report["points"] == {"0": 0, "1": 0, "2+": 0}
    assert report["shortages"]["asks"][0]["code"] == "service"
    assert report["profile"][0]["target"]["name"] == "names a role"
    assert sum(report["lint"]["counts"].values()) == len(report["lint"]["found"])


def test_a_long_list_of_what_to_write_next_is_cut() -> None:
    factories.small_blueprint(exams=2)
    assert "tiny-1-12 +1 and 12 more" in bank_report()


@pytest.mark.slow
def test_more_exams_than_the_limit_are_reported_as_that_many_or_more() -> None:
    factories.small_blueprint(exams=12)
    assert "Exams without a repeat for a new candidate: 12 or more" in bank_report()


def test_an_empty_database_is_reported() -> None:
    with pytest.raises(CommandError, match="database contains no bank"):
        bank_report()
