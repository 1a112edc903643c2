"""Give unfinished imports and the newest unfinished analysis the jobs that continue them."""

from typing import Any

from django.db import migrations
from django.utils import timezone

WORKING_STATES = ("checking", "writing", "undoing")


def request_jobs(apps: Any, schema_editor: Any) -> None:
    job, now = apps.get_model("questions", "Job"), timezone.now()
    batches = apps.get_model("questions", "ImportBatch").objects.filter(state__in=WORKING_STATES)
    for pk, done, total in batches.values_list("pk", "done", "total"):
        job.objects.create(kind="import", key=str(pk), due_at=now, progress=done, total=total)
    runs = apps.get_model("questions", "AnalysisRun").objects.filter(synthetic=False, finished_at=None)
    newest = runs.order_by("-requested_at", "-pk").first()
    if newest:  # it covers what earlier ones were requested for
        data = {"run": newest.pk}
        job.objects.create(kind="analysis", due_at=now, progress=newest.done, total=newest.total, data=data)


class Migration(migrations.Migration):
    dependencies = [("questions", "0012_job")]

    operations = [migrations.RunPython(request_jobs, migrations.RunPython.noop)]
