"""How many guarded saves PostgreSQL alone can do: pgbench on the tables of the yardstick."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers import postgresql_candidates

# An answer of a random attempt; the version is what it was, as in most saves.
SCRIPT = """\\set attempt random(1, 32)
\\set position random(1, 65)
\\set option random(0, 3)
UPDATE response SET ticked = :option, version = version + 1 WHERE position = :position
AND attempt_id IN (SELECT id FROM attempt WHERE id = :attempt AND deadline > now() FOR NO KEY UPDATE);
"""
TPS = re.compile(r"tps = ([0-9.]+)")


def guarded_saves_per_second(url: str, seconds: int) -> float:
    """Return the transactions a second of 8 connections, 0 where pgbench is not installed."""
    path = os.pathsep.join([os.environ["PATH"], *map(str, postgresql_candidates())])
    program = shutil.which("pgbench", path=path)
    if not program:
        return 0.0
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory) / "save.sql"
        script.write_text(SCRIPT)
        options = ["--no-vacuum", "--protocol=prepared", "--client=8", f"--time={seconds}", f"--file={script}", url]
        done = subprocess.run([program, *options], capture_output=True, text=True, check=True)
    found = TPS.search(done.stdout)
    return float(found[1]) if found else 0.0
