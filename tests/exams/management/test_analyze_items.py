"""Test `manage.py analyze_items`: what it prints, and that a run in the background is a process of its own."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from exams.models import Attempt
from exams.services.analysis.simulation import Ability
from questions.models import ItemStatistics, Revision
from tests import factories
from tests.factories import NOW
from tests.mlsprep.processes import manage
from tests.simulated_exams import simulate_exams


def analyze(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("analyze_items", "--json", *options, stdout=out, stderr=StringIO())
    summary: dict[str, Any] = json.loads(out.getvalue())
    return summary


@pytest.mark.django_db
def test_without_exams_it_prints_zeros() -> None:
    summary = analyze()
    assert summary.pop("seconds") >= 0
    assert summary == {"exams": [], "revisions": 0, "responses": 0, "flagged": {}}


@pytest.mark.slow
@pytest.mark.django_db
def test_it_prints_counts_and_the_codes_of_flagged_questions() -> None:
    blueprint = factories.small_blueprint(scored=4, unscored=0)
    list(simulate_exams(blueprint, 80, Ability(), 1, lambda: NOW))
    revision = Revision.objects.filter(responses__isnull=False, choose=1).order_by("pk")[0]
    wrong = next(bit for bit in range(4) if not revision.key >> bit & 1)
    revision.responses.update(key=1 << wrong)
    summary = analyze("--synthetic")
    assert (summary["revisions"], summary["responses"]) == (ItemStatistics.objects.count(), 320)
    assert revision.question.code in summary["flagged"]["key"]
    assert analyze()["responses"] == 0
    Attempt.objects.update(synthetic=False)
    assert analyze()["responses"] == 320


SCRIPT = """
import sys
from django.utils import timezone
from questions import tasks
from questions.services import job_state
from exams.services.analysis import analysis_runs
run = analysis_runs.request("TINY", "request", timezone.now())
tasks.run_job(job_state.find("analysis", "TINY").pk)
run.refresh_from_db()
print("FINISHED", run.finished_at is not None, "numpy" in sys.modules)
"""


@pytest.mark.laptop
def test_the_task_analyzes_in_a_process_of_its_own(prepared: Path, tmp_path: Path) -> None:
    data_dir = Path(shutil.copytree(prepared, tmp_path / "data"))
    done = manage(data_dir, "shell", "--verbosity", "0", "--command", SCRIPT)
    assert "FINISHED True False" in done.stdout, done.stderr
