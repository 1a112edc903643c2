"""A piece of background work, in whatever process."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check, unique


class Job(models.Model):
    """What is to be done, when, how far it is, and which process does it.

    `kind` is the name of a kind in `questions.services.job_kinds`, and `key` what the work is for: the primary key of a
    row or the code of an exam, empty if it is for neither. `claims` counts how often a process has taken the job: a
    process that knows an older count has lost it. `claimed_at` is the last sign of life of the process that works on it
    or did so last, and `tries` counts the attempts since it was requested or succeeded last.

    `error` says why the last try failed, and `data` is for the function of the kind.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="job_by_state")]
        constraints = [
            unique("job_one_waiting", ["kind", "key"], _("This work is waiting already."), among=Q(state="waiting")),
            unique("job_one_running", ["kind", "key"], _("This work is being done already."), among=Q(state="running")),
            check(
                "job_state_known",
                Q(state__in=["waiting", "running", "done", "failed"]),
                _("The state of a job must be one of the known states."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()
