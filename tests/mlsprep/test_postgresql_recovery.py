"""Test that PostgreSQL recovers to a moment with the settings and the script of deploy/."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests import factories
from tests.mlsprep.processes import ROOT
from tests.servers import PostgresqlServer, give_to_nobody, private_postgresql
from tests.waiting import wait_until

DEPLOY = ROOT / "deploy"


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, **options)


def query(server: PostgresqlServer, text: str) -> Any:
    with psycopg.connect(server.url, autocommit=True) as database:
        answer = database.execute(text.encode())
        return answer.fetchone()[0] if answer.description else None  # type: ignore[index]


@pytest.fixture
def archiving(tmp_path: Path) -> Iterator[tuple[PostgresqlServer, Path]]:
    """Yield a server with the last settings of deploy/postgresql.conf, and the directory to which it copies its log."""
    text = (DEPLOY / "postgresql.conf").read_text()
    settings = re.findall(r"(?m)^(wal_level|archive_\w+) = '?(.*?)'?$", text)
    assert [name for name, _value in settings] == ["wal_level", "archive_mode", "archive_timeout", "archive_command"]
    with private_postgresql(durable=True) as server:
        wal = server.directory / "wal"
        wal.mkdir()
        server.own(wal)
        with psycopg.connect(server.url, autocommit=True) as database:
            for name, value in settings:
                new = value.replace("/var/backups/mlsprep/wal", str(wal))
                database.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(new)))
        server.stop("fast")
        server.start()
        yield server, wal


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_table_that_was_dropped_is_there_again_with_every_answer_before_the_moment(
    archiving: tuple[PostgresqlServer, Path], tmp_path: Path
) -> None:
    server, wal = archiving
    if connection.vendor != "postgresql" or not all(
        (server.programs / f"pg_{n}").exists() for n in ("dump", "basebackup")
    ):
        pytest.skip("needs PostgreSQL with pg_dump and pg_basebackup")
    factories.answered_once()
    source = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    variables = {**os.environ, "PYTHON": sys.executable, "PATH": f"{server.programs}:{os.environ['PATH']}"}
    dumped = run(DEPLOY / "backup.sh", tmp_path / "dumps", env=variables | {"DATABASE_URL": source})
    assert dumped.returncode == 0, dumped.stderr
    restored = run(DEPLOY / "restore.sh", dumped.stdout.strip(), server.url, env=variables, cwd=ROOT)
    assert restored.returncode == 0, restored.stderr

    as_owner = give_to_nobody(server.directory)
    base, data = server.directory / "base", server.directory / "data"
    backup = run(
        server.programs / "pg_basebackup", f"--dbname={server.url}", f"--pgdata={base}", "--checkpoint=fast",
        cwd=server.directory, **as_owner,
    )  # fmt: skip
    assert backup.returncode == 0, backup.stderr
    query(server, "UPDATE exams_attempt SET closed_by = 'staff'")  # after the base backup
    time.sleep(0.1)
    moment = query(server, "SELECT now()")
    time.sleep(0.1)
    query(server, "DROP TABLE exams_response CASCADE")
    last = query(server, "SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(lambda: (wal / last).exists())

    script = (DEPLOY / "recover.sh").read_text()
    recover = ("sh", "-c", script, "recover.sh", base, wal)
    refused = run(*recover, data, str(moment), cwd=server.directory, **as_owner)
    assert refused.returncode == 1
    assert "is not empty. Nothing was changed" in refused.stderr
    server.stop()
    data.rename(server.directory / "lost")
    recovered = run(*recover, data, str(moment.astimezone(UTC)), cwd=server.directory, **as_owner)
    assert recovered.returncode == 0, recovered.stderr
    server.start()
    wait_until(lambda: not query(server, "SELECT pg_is_in_recovery()"))
    assert query(server, "SELECT closed_by FROM exams_attempt") == "staff"
    assert query(server, "SELECT count(*) FROM exams_response WHERE version > 0") == 1
    audit = run(sys.executable, "manage.py", "audit", cwd=ROOT, env=variables | {"DATABASE_URL": server.url})
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_what_is_no_base_backup_is_refused(tmp_path: Path) -> None:
    moment = datetime.now(UTC).isoformat()
    refused = run(DEPLOY / "recover.sh", tmp_path, tmp_path, tmp_path / "data", moment)
    assert refused.returncode == 1
    assert "is no base backup. Nothing was changed." in refused.stderr
    assert not (tmp_path / "data").exists()
