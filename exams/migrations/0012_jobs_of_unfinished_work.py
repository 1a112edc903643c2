"""Give unfinished rulings the jobs that continue them, and move the daily work from heartbeats to jobs.

The last reading of the clock by the daily erasure goes along: it protects guests from a wrong date.
"""

from datetime import timedelta
from typing import Any

from django.db import migrations
from django.utils import timezone

DAY = timedelta(days=1)


def request_jobs(apps: Any, schema_editor: Any) -> None:
    job, now = apps.get_model("questions", "Job").objects, timezone.now()
    for ruling in apps.get_model("exams", "KeyRuling").objects.filter(progress__finished__isnull=True):
        progress = {"progress": ruling.progress.get("done", 0), "total": ruling.progress.get("of", 0)}
        job.create(kind="ruling", key=str(ruling.pk), due_at=now, **progress)
    beats = apps.get_model("exams", "Heartbeat").objects.exclude(name="sweeper")
    for beat in beats:
        if beat.name == "erasure":
            data = {"last_run": beat.beat_at.isoformat(), "leap": bool(beat.data.get("leap"))}
            job.create(kind="erasure", due_at=beat.beat_at + DAY, claimed_at=beat.beat_at, data=data)
        elif beat.name == "pictures":
            job.create(kind="unused_pictures", due_at=beat.beat_at + DAY, claimed_at=beat.beat_at)
        elif beat.name == "calibration" and beat.data.get("state") in ("waiting", "running"):
            job.create(kind="calibration", due_at=now)
    beats.delete()


class Migration(migrations.Migration):
    dependencies = [("exams", "0011_pass_line"), ("questions", "0012_job")]

    operations = [migrations.RunPython(request_jobs, migrations.RunPython.noop)]
