"""Test that a dump, made by the script of deploy/, restores to the same rows in an empty database, and to no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from exams.models import Heartbeat, Response
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


def watched_programs(directory: Path, *names: str) -> str:
    """Return a PATH on which programs write what `ps` shows of them into the file `shown`, and then run."""
    programs = directory / "programs"
    programs.mkdir()
    for name in names:
        script = f'#!/bin/sh\necho "$0 $*" >> {directory}/shown\nexec {shutil.which(name)} "$@"\n'
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    return f"{programs}:{os.environ['PATH']}"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_dump_restores_to_the_same_rows_and_only_into_an_empty_database(tmp_path: Path) -> None:
    if connection.vendor != "postgresql" or not shutil.which("pg_dump"):
        pytest.skip("needs PostgreSQL with pg_dump on PATH")
    attempt = factories.answered_once()
    source = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    before = counts(source)
    watched = watched_programs(tmp_path, "pg_dump", "pg_restore", "psql")
    settings = tmp_path / "mlsprep.env"
    settings.write_text(f'DATABASE_URL="{source}?tcp_user_timeout=10000&connect_timeout=9"\n')
    of_server = {"DATABASE_URL": "", "MLSPREP_SETTINGS": str(settings), "PATH": watched}  # in a shell without settings
    dumped = run("backup.sh", str(tmp_path / "backups"), **of_server)
    if "server version mismatch" in dumped.stderr:
        pytest.skip("pg_dump is older than the server of the tests")
    assert dumped.returncode == 0, dumped.stderr
    assert Heartbeat.objects.get(name="backup").beat_at
    with separate_database(tmp_path) as empty:
        target = empty.variables["DATABASE_URL"]
        name = target.rpartition("/")[2]
        restored = run("restore.sh", dumped.stdout.strip(), name, **of_server)
        assert restored.returncode == 0, restored.stderr
        assert counts(target) == before
        with psycopg.connect(target) as database:
            query = "SELECT count(*) FROM exams_response r JOIN exams_attempt a ON a.id = attempt_id WHERE uuid = %s"
            (n,) = database.execute(query, [attempt.uuid]).fetchone() or (0,)
        assert n == Response.objects.filter(attempt=attempt).count() > 0
        again = run("restore.sh", dumped.stdout.strip(), target)
        assert again.returncode == 1
        assert "Nothing was changed" in again.stderr
    shown = (tmp_path / "shown").read_text()
    assert shown.count(str(urlsplit(source).port)) >= 4
    assert str(urlsplit(source).password) not in shown


def test_a_backup_without_settings_says_what_to_do(tmp_path: Path) -> None:
    refused = run("backup.sh", str(tmp_path), DATABASE_URL="", MLSPREP_SETTINGS="")
    assert refused.returncode != 0
    assert "Read the settings first" in refused.stderr
    assert list(tmp_path.iterdir()) == []
