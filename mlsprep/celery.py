"""The Celery application: finds the tasks of the apps, and lets each worker sweep."""

import os
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

app = Celery("mlsprep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # else tasks sent by name from another thread are received and vanish

# Beat only adds a round of the sweeper; exams close and get their scores without it.
app.conf.beat_schedule = {"extra sweep": {"task": "exams.sweep", "schedule": 60.0}}


class Sweep(bootsteps.StartStopStep):
    """Starts the sweeper with a worker: after its processes are forked, before it waits for a broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, sweeps: bool = True, **options: Any) -> None:
        self.enabled = sweeps
        super().__init__(worker, **options)

    def include_if(self, worker: Any) -> bool:
        return self.enabled

    def create(self, worker: Any) -> Any:
        from mlsprep.sweeper import Sweeper

        return Sweeper()


app.steps["worker"].add(Sweep)
