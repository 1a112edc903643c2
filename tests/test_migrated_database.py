"""Test the migrated database that runs of tests share: a changed migration makes a new one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests import migrated_database


def database(path: Path, table: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (id INTEGER)")
    return path


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def test_a_changed_or_new_migration_makes_a_new_database(tmp_path: Path) -> None:
    (migrations := tmp_path / "app" / "migrations").mkdir(parents=True)
    (migrations / "0001_initial.py").write_text("operations = []")
    kept, target = tmp_path / "kept", tmp_path / "target"
    first = migrated_database.file_name([migrations])
    assert not migrated_database.copy(first, target, kept)
    migrated_database.save(first, database(tmp_path / "a", "one"), kept)
    assert migrated_database.file_name([migrations]) == first
    assert migrated_database.copy(first, target, kept)
    assert tables(target) == ["one"]

    (migrations / "0001_initial.py").write_text("operations = [1]")
    changed = migrated_database.file_name([migrations])
    (migrations / "0002_more.py").write_text("operations = []")
    added = migrated_database.file_name([migrations])
    assert len({first, changed, added}) == 3
    assert not migrated_database.copy(added, target, kept)
    migrated_database.save(added, database(tmp_path / "b", "two"), kept)
    assert migrated_database.copy(added, target, kept)
    assert tables(target) == ["two"]
    assert [file.name for file in kept.iterdir()] == [added], "that of other migrations is gone"


def test_the_migrations_of_all_apps_count(tmp_path: Path) -> None:
    everything = migrated_database.file_name()
    assert everything != migrated_database.file_name([tmp_path])
    assert everything == migrated_database.file_name()
