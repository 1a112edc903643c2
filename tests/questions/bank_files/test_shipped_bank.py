"""Test that the shipped banks have no fault, meet their profiles, cover all topics, and have confirmed keys."""

import csv
import datetime
import io
import json
from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from questions.bank_files import question_yaml
from questions.lint import exam_style
from questions.lint.rules import Context

SHIPPED = settings.BANKS_DIR / "mls-c01"
BANKS = ("mls-c01", "mla-c02")  # that exams draw on


@pytest.fixture(scope="module")
def lint() -> dict[str, Any]:
    out = io.StringIO()
    call_command("lint_bank", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.slow
def test_the_shipped_bank_has_no_error_and_no_unwaived_warning(lint: dict[str, Any]) -> None:
    assert lint["passes"]
    assert [finding for finding in lint["findings"] if finding["severity"] != "I"] == []


@pytest.mark.slow
@pytest.mark.parametrize("bank", BANKS)
def test_the_bank_is_like_the_exam_and_cannot_be_guessed(lint: dict[str, Any], bank: str) -> None:
    profile = lint["banks"][bank]["profile"]
    assert {"strategy furthest from chance", "key position furthest from chance"} <= {row["name"] for row in profile}
    assert [(row["name"], row["value"]) for row in profile if row["gate"] and not row["passes"]] == []


@pytest.mark.slow
@pytest.mark.parametrize("bank", BANKS)
def test_every_topic_and_every_point_is_asked(lint: dict[str, Any], bank: str) -> None:
    topics, points = lint["banks"][bank]["coverage"]["topics"], lint["banks"][bank]["coverage"]["points"]
    assert topics
    assert points
    assert [name for name, count in (topics | points).items() if count < 1] == []


@pytest.mark.slow
@pytest.mark.parametrize("bank", BANKS)
def test_exam_domains_have_their_shares(lint: dict[str, Any], bank: str) -> None:
    coverage = lint["banks"][bank]["coverage"]
    assert coverage["questions"] >= 260
    for domain in coverage["domains"]:
        assert abs(domain["share"] - domain["weight"]) <= 1.5
        assert abs(domain["rating_mean"] - coverage["rating_mean"]) <= 4


@pytest.mark.slow
def test_workouts_have_no_phrase_that_aws_would_not_write() -> None:
    context = Context(datetime.date(2026, 11, 27), in_exams=True)
    findings = []
    for path in question_yaml.question_files(settings.BANKS_DIR / "mls-c01-workouts"):
        question, faults = question_yaml.read(path, path.name)
        assert question
        assert faults == []
        findings += [(question.id, *finding) for finding in exam_style.banned_phrase(question, context)]
    assert findings == []


def test_each_workout_can_be_practiced() -> None:
    # A pilot waits for answers in exams, and no exam draws workouts: it would never be asked.
    files = question_yaml.question_files(settings.BANKS_DIR / "mls-c01-workouts")
    assert {question_yaml.read(path, path.name)[0].status for path in files} == {"live"}  # type: ignore[union-attr]


def test_each_key_was_confirmed_by_an_independent_reader() -> None:
    codes = {path.stem for path in question_yaml.question_files(SHIPPED)}
    with (SHIPPED / "review-log.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["reading"] == "with stem"]
    agreed = Counter(row["question"] for row in rows if row["agreed"] == "yes")
    assert sorted(codes - set(agreed)) == []
