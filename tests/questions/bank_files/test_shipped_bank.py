"""Test that the shipped bank has no fault, covers each topic and point, cannot be guessed, and has confirmed keys."""

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


@pytest.fixture(scope="module")
def lint() -> dict[str, Any]:
    out = io.StringIO()
    call_command("lint_bank", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.slow
def test_the_shipped_bank_has_no_error_and_no_unwaived_warning(lint: dict[str, Any]) -> None:
    assert lint["passes"]
    assert [finding for finding in lint["findings"] if finding["severity"] != "I"] == []


def test_no_strategy_is_more_than_six_points_from_chance(lint: dict[str, Any]) -> None:
    assert len(lint["strategies"]) >= 12
    assert [row["name"] for row in lint["strategies"] if abs(row["difference"]) > 0.06] == []


def test_the_bank_is_like_the_exam(lint: dict[str, Any]) -> None:
    assert [(row["name"], row["value"]) for row in lint["profile"] if not row["passes"]] == []


def test_every_topic_and_every_point_is_asked(lint: dict[str, Any]) -> None:
    topics, points = lint["coverage"]["topics"], lint["coverage"]["points"]
    assert len(topics) >= 119
    assert len(points) >= 266
    assert [name for name, count in (topics | points).items() if count < 1] == []


def test_kinds_ratings_and_exam_domains_have_their_shares(lint: dict[str, Any]) -> None:
    coverage = lint["coverage"]
    assert coverage["questions"] >= 260
    assert 12 <= coverage["multiple_response"] <= 18
    assert 66 <= coverage["rating_mean"] <= 74
    for domain in coverage["domains"]:
        assert abs(domain["share"] - domain["weight"]) <= 1.5
        assert abs(domain["rating_mean"] - coverage["rating_mean"]) <= 4


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
