"""A data directory that is ready to be served, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.mlsprep.served import manage


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has all tables and the bank, and no administrator."""
    path = tmp_path_factory.mktemp("prepared") / "data"
    for command in ("migrate", "load_bank"):
        done = manage(path, command)
        assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "data"))
