"""Test that a dump, made by the script of deploy/, restores to the same rows in an empty database, and to no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from exams.models import Response
from tests import factories
from tests.mlsprep.databases import separate_database
from tests.mlsprep.processes import ROOT

DEPLOY = ROOT / "deploy"


def run(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(DEPLOY / script), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable, **variables},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def counts(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""
    with psycopg.connect(url) as database:
        names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        rows = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone() for (name,) in names}  # type: ignore[call-overload]
    return {name: row[0] for name, row in rows.items() if row}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_dump_restores_to_the_same_rows_and_only_into_an_empty_database(tmp_path: Path) -> None:
    if connection.vendor != "postgresql" or not shutil.which("pg_dump"):
        pytest.skip("needs PostgreSQL with pg_dump on PATH")
    attempt = factories.answered_once()
    source = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    dumped = run("backup.sh", str(tmp_path / "backups"), DATABASE_URL=source)
    if "server version mismatch" in dumped.stderr:
        pytest.skip("pg_dump is older than the server of the tests")
    assert dumped.returncode == 0, dumped.stderr
    with separate_database(tmp_path) as empty:
        target = empty.variables["DATABASE_URL"]
        restored = run("restore.sh", dumped.stdout.strip(), target)
        assert restored.returncode == 0, restored.stderr
        assert counts(target) == counts(source)
        with psycopg.connect(target) as database:
            query = "SELECT count(*) FROM exams_response r JOIN exams_attempt a ON a.id = attempt_id WHERE uuid = %s"
            (n,) = database.execute(query, [attempt.uuid]).fetchone() or (0,)
        assert n == Response.objects.filter(attempt=attempt).count() > 0
        again = run("restore.sh", dumped.stdout.strip(), target)
        assert again.returncode == 1
        assert "Nothing was changed" in again.stderr


def test_a_backup_without_settings_says_what_to_do(tmp_path: Path) -> None:
    refused = run("backup.sh", str(tmp_path), DATABASE_URL="")
    assert refused.returncode != 0
    assert "Read the settings first" in refused.stderr
    assert list(tmp_path.iterdir()) == []
