"""Test what is not imported between start and report of an exam on a laptop.

numpy and scipy take 80 MB per process; redis and psycopg, which SQLite does not need, delay the first start.
"""

from pathlib import Path

import pytest

from tests.mlsprep.processes import manage

pytestmark = pytest.mark.laptop

SCRIPT = """
import sys
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS.append("testserver")
from exams import tasks
from exams.models import Attempt
from questions.models import Blueprint
from tests.sitting import Guest
guest = Guest.start(Client(), Blueprint.objects.default())
guest.press("move", "next", ticks=guest.tick(0))
guest.press("finish", "ask")
guest.press("finish", "yes")
attempt = Attempt.objects.get()
tasks.score_attempt(attempt.pk)
report = guest.get(f"/attempts/{attempt.uuid}/report/")
review = guest.get(f"/attempts/{attempt.uuid}/review/")
print("PAGES", report.status_code, review.status_code, Attempt.objects.get().status)
print("HEAVY", sorted(name for name in ("numpy", "psycopg", "redis", "scipy") if name in sys.modules))
"""


def test_an_exam_imports_nothing_heavy(data_dir: Path) -> None:
    done = manage(data_dir, "shell", "--verbosity", "0", "--command", SCRIPT)
    assert "PAGES 200 200 scored" in done.stdout, done.stderr
    assert "HEAVY []" in done.stdout
