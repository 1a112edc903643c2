"""Test backup and restore: the data is restored completely, and nothing is replaced by accident."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mlsprep.processes import manage, running_server
from tests.servers import free_port

pytestmark = pytest.mark.laptop


def added_groups(file: Path) -> list[str]:
    """Return the groups that the tests added, a sample of user data (names of the product's groups are capitalized)."""
    with closing(sqlite3.connect(file)) as database:
        return [name for (name,) in database.execute("SELECT name FROM auth_group WHERE name = lower(name)")]


def add_group(data_dir: Path, name: str) -> None:
    with closing(sqlite3.connect(data_dir / "mlsprep.sqlite3")) as database, database:
        database.execute("INSERT INTO auth_group (name) VALUES (?)", (name,))


def test_restore_brings_the_backup_back_and_keeps_the_replaced_database(data_dir: Path) -> None:
    add_group(data_dir, "first")
    with running_server(data_dir, free_port()):
        backup = manage(data_dir, "backup")
    assert backup.returncode == 0, backup.stderr
    add_group(data_dir, "later")
    restored = manage(data_dir, "restore", backup.stdout.strip())
    assert restored.returncode == 0, restored.stderr
    assert added_groups(data_dir / "mlsprep.sqlite3") == ["first"]
    (replaced,) = (data_dir / "backups").glob("before-restore-*.sqlite3")
    assert added_groups(replaced) == ["first", "later"]
    with running_server(data_dir, free_port()) as server:
        assert server.ready()["ready"]


def test_a_damaged_database_can_be_replaced(data_dir: Path) -> None:
    backup = manage(data_dir, "backup")
    (data_dir / "mlsprep.sqlite3").write_bytes(b"not a SQLite file")
    restored = manage(data_dir, "restore", backup.stdout.strip())
    assert restored.returncode == 0, restored.stderr
    with running_server(data_dir, free_port()) as server:
        assert server.ready()["ready"]


def test_restore_is_refused_while_the_server_runs(data_dir: Path) -> None:
    backup = manage(data_dir, "backup").stdout.strip()
    with running_server(data_dir, free_port()) as server:
        refused = manage(data_dir, "restore", backup)
        assert refused.returncode == 1
        assert f"mlsprep is running on {data_dir}. Stop it" in refused.stderr
        assert server.ready()["ready"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"some other file", "is not an mlsprep database"),
        (b"", "is not an mlsprep database"),
    ],
)
def test_an_unusable_file_changes_nothing(data_dir: Path, tmp_path: Path, content: bytes | None, message: str) -> None:
    add_group(data_dir, "here")
    file = tmp_path / "file.sqlite3"
    if content is not None:
        file.write_bytes(content)
    refused = manage(data_dir, "restore", str(file))
    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert message in refused.stderr
    assert added_groups(data_dir / "mlsprep.sqlite3") == ["here"]


def test_a_backup_of_another_version_is_refused(data_dir: Path) -> None:
    backup = Path(manage(data_dir, "backup").stdout.strip())
    with closing(sqlite3.connect(backup)) as database, database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('exams', '9999_far', '2099-1-1')")
    refused = manage(data_dir, "restore", str(backup))
    assert refused.returncode == 1
    assert "was made by another version of mlsprep (it has exams.9999_far)" in refused.stderr


@pytest.mark.parametrize("command", [["backup"], ["restore", "file"]])
def test_postgresql_is_refused_with_its_own_tools(data_dir: Path, command: list[str]) -> None:
    refused = manage(data_dir, *command, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", SECRET_KEY="k" * 40)
    assert refused.returncode == 1
    assert "pg_restore" in refused.stderr
