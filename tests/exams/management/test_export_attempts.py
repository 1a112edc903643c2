"""Test `export_attempts`: complete files of JSON lines, or an error."""

import json
import random
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exams.services.analysis import simulation
from exams.services.attempt import ending
from exams.services.results import scoring
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def export(*args: str) -> list[dict[str, Any]]:
    """Return the objects that the command prints to the terminal."""
    out = StringIO()
    call_command("export_attempts", *args, stdout=out, stderr=StringIO())
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def finished() -> str:
    attempt = simulation.simulate_exam(factories.small_blueprint(), 0.0, random.Random(1), NOW)
    scoring.score(attempt.pk, NOW)
    return str(attempt.uuid)


def test_a_file_has_one_object_per_line(finished: str, tmp_path: Path) -> None:
    file, err = tmp_path / "attempts.jsonl", StringIO()
    call_command("export_attempts", str(file), stderr=err)
    [line] = file.read_text().splitlines()
    assert json.loads(line)["attempt"] == finished
    assert err.getvalue() == "Attempts written: 1.\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_dash_prints_to_the_terminal_and_all_includes_open_exams(finished: str) -> None:
    running = factories.attempt()
    assert [one["attempt"] for one in export("-")] == [finished]
    assert [one["attempt"] for one in export("-", "--all")] == [finished, str(running.uuid)]


def test_unscored_finished_exams_are_exported(finished: str) -> None:
    pending, poison, abandoned = (factories.attempt() for _ in range(3))
    ending.finish(pending, NOW)
    ending.finish(poison, NOW)
    poison.responses.update(withdrawn=True)
    for _ in range(scoring.MAX_SCORING_TRIES):
        scoring.score(poison.pk, NOW)
    ending.abandon(abandoned, NOW)
    written = export("-")
    assert [(one["attempt"], one["status"]) for one in written] == [
        (finished, "scored"),
        (str(pending.uuid), "submitted"),
        (str(poison.uuid), "scoring_failed"),
    ]
    assert [one["score"] is None for one in written] == [False, True, True]


def test_since_leaves_out_older_attempts(finished: str) -> None:
    assert len(export("-", f"--since={NOW.date()}")) == 1
    assert len(export("-", f"--since={NOW.date() + timedelta(days=1)}")) == 0
    assert len(export("-", "--since=2026-04-01T11:30+02:00")) == 0
    assert len(export("-", "--since=2026-04-01T11:00+02:00")) == 1


def test_an_invalid_time_is_refused_with_an_example() -> None:
    with pytest.raises(CommandError, match=r"'yesterday' is not a time\. Write it like 2026-04-01"):
        call_command("export_attempts", "-", "--since=yesterday")


def test_a_path_that_cannot_be_written_is_named(finished: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="could not be written: No such file or directory"):
        call_command("export_attempts", str(tmp_path / "nowhere" / "attempts.jsonl"))
