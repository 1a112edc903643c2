"""Calibrate in a process of its own at the request of a person, and keep how it went for the page of scales.

Nothing here imports numpy, so pages and workers may import it. The result is an inactive version that a person decides
on. A request whose worker has ended can be made again after MAX_SILENCE.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from exams.models import Heartbeat
from questions import task_queue

log = logging.getLogger(__name__)

NAME = "calibration"
WAITING, RUNNING, DONE, REFUSED = "waiting", "running", "done", "refused"
MAX_SILENCE = timedelta(minutes=10)  # a million answers take seconds


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """The last calibration that a page has started: its state since `at`, the version it made, or why it made none."""

    state: str
    at: datetime
    scale: int | None = None
    message: str = ""

    def is_busy(self, now: datetime) -> bool:
        return self.state in (WAITING, RUNNING) and now - self.at < MAX_SILENCE


def latest() -> CalibrationRun | None:
    """Return the last one, if there is one."""
    beat = Heartbeat.objects.filter(name=NAME).first()
    return None if beat is None else _read(beat)


def request(now: datetime) -> bool:
    """Ask a worker to calibrate. Return False if one is at it already."""
    with transaction.atomic():
        beat, created = Heartbeat.objects.get_or_create(name=NAME, defaults={"beat_at": now})
        beat = Heartbeat.objects.select_for_update().get(pk=beat.pk)
        if not created and _read(beat).is_busy(now):
            return False
        _write(beat.pk, now, state=WAITING)
        task_queue.send("exams.calibrate", beat.pk)
    log.info("requested a calibration")
    return True


def run(pk: int, clock: Callable[[], datetime]) -> None:
    """Calibrate and wait for the end. A request that arrives twice is carried out once."""
    waiting = Heartbeat.objects.filter(pk=pk, name=NAME, data__state=WAITING)
    if not waiting.update(beat_at=clock(), data={"state": RUNNING}):
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "calibrate", "--background", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        _write(pk, clock(), state=DONE, scale=json.loads(done.stdout)["scale"])
    else:
        lines = done.stderr.strip().splitlines() or [""]
        log.warning("calibration ended with %d: %s", done.returncode, lines[-1])
        _write(pk, clock(), state=REFUSED, message=lines[-1].removeprefix("CommandError: "))


def _read(beat: Heartbeat) -> CalibrationRun:
    data = beat.data
    return CalibrationRun(data.get("state", ""), beat.beat_at, data.get("scale"), data.get("message", ""))


def _write(pk: int, now: datetime, **data: object) -> None:
    Heartbeat.objects.filter(pk=pk).update(beat_at=now, data=data)
