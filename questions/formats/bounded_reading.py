"""Read untrusted files under limits of time and memory: large ones and packages in a process that can be stopped.

A thread cannot be stopped, and a regular expression that runs long stops every thread of its process. A request takes
a place, so that most threads go on serving pages.
"""

import json
import logging
import os
import pickle
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from questions.content.schema import Fault
from questions.formats import registry
from questions.formats.parsed import ParsedFile
from questions.formats.zip_packages import MEGABYTE, is_zip

log = logging.getLogger(__name__)

# Fast even if a reader took quadratic time, or each picture a tenth of a second; a package can hold a thousandfold.
MAX_BYTES_IN_PROCESS = 5_000
_BASE_SECONDS, _SECONDS_PER_MEGABYTE, _MAX_SECONDS = 10, 10, 150  # shorter than the heartbeat of an import
_MAX_MEMORY = 2048 * MEGABYTE
FILES_AT_ONCE = 2  # in the requests of a process
_places = threading.BoundedSemaphore(FILES_AT_ONCE)
_PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def place() -> Iterator[bool]:
    """Yield whether this request may read a file now, or whether too many do."""
    is_free = _places.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _places.release()


def time_limit(size: int) -> float:
    """Return the time limit, in seconds, for a file of this size in bytes."""
    return min(_BASE_SECONDS + _SECONDS_PER_MEGABYTE * (size // MEGABYTE), _MAX_SECONDS)


def read(
    data: bytes, name: str, format: str = "", seconds: float | None = None, *, columns: Mapping[str, str] | None = None
) -> ParsedFile:
    """Parse a file like `registry.read`; return a fault if it takes over `seconds`. Never raises."""
    if len(data) <= MAX_BYTES_IN_PROCESS and not is_zip(data):
        return registry.read(data, name, format, columns)
    limit = time_limit(len(data)) if seconds is None else seconds
    command = [sys.executable, "-m", __name__, json.dumps([_MAX_MEMORY, name, format, dict(columns or {})])]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # numpy reserves memory for each thread
    try:
        result = subprocess.run(
            command, input=data, capture_output=True, timeout=limit, check=True, cwd=_PROJECT, env=environment
        )
    except subprocess.TimeoutExpired:
        return _fault(format, name, f"Reading the file took over {limit:g} seconds, so it was stopped. Split it.")
    except (subprocess.CalledProcessError, OSError) as error:
        if isinstance(error, subprocess.CalledProcessError) and b"MemoryError" in error.stderr:
            return _fault(format, name, "Reading the file took too much memory, so it was stopped. Split it.")
        log.exception("the process that read %s has failed", name)
        return _fault(format, name, "The file could not be read. The server log has the reason. Try another format.")
    parsed_file: ParsedFile = pickle.loads(result.stdout)  # written by the process started above
    return parsed_file


def _fault(format: str, name: str, sentence: str) -> ParsedFile:
    return ParsedFile(format, faults=(Fault(name, None, "", sentence),))


if __name__ == "__main__":
    memory, *arguments = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.stdout.buffer.write(pickle.dumps(registry.read(sys.stdin.buffer.read(), *arguments)))
