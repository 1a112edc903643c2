"""Files of other programs, for tests: they stand beside the project, not in it."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data" / "interchange"


def real_files(format: str) -> dict[str, Path]:
    """The files of a format by name; skips the test where they are not here (INTERCHANGE_DATA names the folder)."""
    folder = Path(os.environ.get("INTERCHANGE_DATA") or _BESIDE) / format
    if not folder.is_dir():
        pytest.skip(f"the files of other programs are not here: set INTERCHANGE_DATA to the folder with '{format}'")
    return {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
