"""A copy of the data directory that is ready to be served, and an empty database of the kind that this run uses."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mlsprep.databases import SeparateDatabase, connected_to, separate_database


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data directory for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


@pytest.fixture
def empty_database(tmp_path: Path, django_db_blocker: Any) -> Iterator[SeparateDatabase]:
    """A database without tables, to which Django is connected until the test ends."""
    with django_db_blocker.unblock(), separate_database(tmp_path) as database, connected_to(database):
        yield database
