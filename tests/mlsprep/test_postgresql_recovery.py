"""Test that PostgreSQL recovers to a moment with the settings and the script of deploy/."""

import gzip
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from mlsprep.metrics import ARCHIVER
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


def base_backup(server: PostgresqlServer) -> Path:
    """Run base-backup.sh as the owner of the server."""
    variables = {**os.environ, "PATH": f"{server.programs}:{os.environ['PATH']}"}
    parts = urlsplit(server.url)
    variables |= {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGDATABASE": "postgres"}
    variables |= {"PGUSER": parts.username or "", "PGPASSWORD": parts.password or ""}
    script = (DEPLOY / "base-backup.sh").read_text()
    command = ("sh", "-c", script, "base-backup.sh", server.directory, parts.path[1:])
    done = run(*command, cwd=server.directory, env=variables, **give_to_nobody(server.directory))
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def archiver(server: PostgresqlServer) -> tuple[bool, float]:
    """Return what the figures for Prometheus say of the archive: whether it fails, and the age of the last segment."""
    with psycopg.connect(server.url) as database:
        row = database.execute(ARCHIVER.encode()).fetchone()
    assert row
    return row[0], row[1]


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
    data = server.directory / "data"
    base = base_backup(server)
    assert query(server, "SELECT now() - beat_at < '1 minute' FROM exams_heartbeat WHERE name = 'base'")
    query(server, "UPDATE exams_attempt SET closed_by = 'staff'")  # after the base backup
    time.sleep(0.1)
    moment = query(server, "SELECT now()")
    time.sleep(0.1)
    query(server, "DROP TABLE exams_response CASCADE")
    time.sleep(0.1)
    later = query(server, "SELECT now()")
    time.sleep(0.1)
    query(server, "UPDATE exams_attempt SET closed_by = 'time'")
    last = query(server, "SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(lambda: (wal / f"{last}.gz").exists())

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

    # A later moment, which the log of the recovered server does not have: on the timeline before it.
    query(server, "UPDATE exams_attempt SET closed_by = 'time'")
    last = query(server, "SELECT pg_walfile_name(pg_switch_wal())")
    assert last.startswith("00000002")
    wait_until(lambda: (wal / f"{last}.gz").exists())
    server.stop()
    data.rename(server.directory / "first recovery")
    recovered = run(*recover, data, str(later.astimezone(UTC)), "1", cwd=server.directory, **as_owner)
    assert recovered.returncode == 0, recovered.stderr
    server.start()
    wait_until(lambda: not query(server, "SELECT pg_is_in_recovery()"))
    assert query(server, "SELECT to_regclass('exams_response')") is None
    assert query(server, "SELECT closed_by FROM exams_attempt") == "staff"


@pytest.mark.slow
def test_the_log_is_archived_whole_small_and_again_after_a_crash_and_what_nobody_needs_is_deleted(
    archiving: tuple[PostgresqlServer, Path],
) -> None:
    server, wal = archiving
    if connection.vendor != "postgresql" or not (server.programs / "pg_basebackup").exists():
        pytest.skip("needs PostgreSQL with pg_basebackup")

    query(server, "CREATE TABLE beats (at timestamptz)")

    def segment() -> str:
        query(server, "INSERT INTO beats VALUES (now())")
        return str(query(server, "SELECT pg_walfile_name(pg_current_wal_lsn())"))

    def switch() -> str:
        return f"{query(server, 'SELECT pg_walfile_name(pg_switch_wal())')}.gz"

    # A crash while a segment was copied leaves a part of it, and one after it the whole without a word to PostgreSQL.
    coming = segment()
    (wal / f"{coming}.gz.part").write_bytes(b"a part")
    (wal / f"{coming}.gz.part").chmod(0o666)  # as of the user of the server
    assert switch() == f"{coming}.gz"
    wait_until(lambda: (wal / f"{coming}.gz").exists())
    assert not list(wal.glob("*.part"))
    status = server.directory / "data" / "pg_wal" / "archive_status"
    wait_until(lambda: (status / f"{coming}.done").exists())
    (status / f"{coming}.done").rename(status / f"{coming}.ready")
    segment()
    last = switch()
    wait_until(lambda: (status / f"{coming}.done").exists() and (wal / last).exists())
    assert (wal / last).stat().st_size < 100_000  # of 16 MB, as each five minutes of an idle server
    failing, age = archiver(server)
    assert not failing
    assert 0 <= age < 60

    coming = segment()
    other = wal / f"{coming}.gz"
    other.write_bytes(gzip.compress(b"another segment"))
    other.chmod(0o666)
    switch()
    wait_until(lambda: archiver(server)[0])
    assert gzip.decompress(other.read_bytes()) == b"another segment"
    other.unlink()
    segment()
    switch()
    wait_until(lambda: not archiver(server)[0])

    base_backup(server).rename(server.directory / "base-2026-11-15-041500")
    assert not (wal / last).exists()  # the log before the only base backup
    second = base_backup(server).rename(server.directory / "base-2026-11-22-041500")
    third = base_backup(server)
    assert sorted(server.directory.glob("base-*")) == [second, third]
    label = (second / "backup_label").read_text()
    needed = re.findall(r"\(file (\w+)\)", label)[0]
    wait_until(lambda: (wal / f"{needed}.gz").exists())
    assert min(file.name for file in wal.iterdir()) >= needed


def test_what_is_no_base_backup_is_refused(tmp_path: Path) -> None:
    moment = datetime.now(UTC).isoformat()
    refused = run(DEPLOY / "recover.sh", tmp_path, tmp_path, tmp_path / "data", moment)
    assert refused.returncode == 1
    assert "is no base backup. Nothing was changed." in refused.stderr
    assert not (tmp_path / "data").exists()
