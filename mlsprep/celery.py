"""The Celery application: finds the tasks of the apps and starts the sweeper in each worker."""

import gc
import logging
import os
from typing import Any

from celery import Celery, bootsteps
from celery.signals import setup_logging, task_prerun, worker_before_create_process, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")


app = Celery("mlsprep", loader="mlsprep.worker_start:Loader")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # without this, tasks sent by name from another thread are received and lost


@setup_logging.connect
def keep_logging(**_names: Any) -> None:
    """Leave the log to the settings of Django: Celery would write lines of its own format."""
    logging.captureWarnings(True)


@worker_before_create_process.connect
def share_memory(**_names: Any) -> None:
    """Keep the garbage collector of each process away from what they share, as in gunicorn.conf.py."""
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def keep_time(**_names: Any) -> None:
    """Let each process that performs tasks ask the database for its time before a task, at most every 15 seconds."""
    task_prerun.connect(_read_clock, weak=False)


def _read_clock(**_names: Any) -> None:
    from mlsprep import clock

    clock.keep_right()


class SweeperStep(bootsteps.StartStopStep):
    """Start the sweeper after the worker has forked its processes and before it waits for a broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, sweeps: bool = True, **options: Any) -> None:
        self.enabled = sweeps
        super().__init__(worker, **options)

    def include_if(self, worker: Any) -> bool:
        return self.enabled

    def create(self, worker: Any) -> Any:
        from mlsprep.sweeper import SweeperThread

        return SweeperThread()


app.steps["worker"].add(SweeperStep)
