"""The Celery application: finds the tasks of the apps and starts the sweeper in each worker."""

import gc
import os
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_before_create_process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

app = Celery("mlsprep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # without this, tasks sent by name from another thread are received and lost


@worker_before_create_process.connect
def share_memory(**_names: Any) -> None:
    """Keep the garbage collector of each process away from what they share, as in gunicorn.conf.py."""
    gc.collect()
    gc.freeze()


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
