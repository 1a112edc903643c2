"""Imports follow the layers of docs/architecture.md; the contracts are in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.mark.slow
def test_imports_follow_the_layers() -> None:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([LINT_IMPORTS, "--no-logo", "--no-cache"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
