"""Refuse a closed attempt without a value for who closed it: NULL IN (...) is NULL, which a CHECK lets pass."""

from typing import Any

from django.db import migrations, models
from django.db.models import Case, F, Value, When


def name_who_closed(apps: Any, schema_editor: Any) -> None:
    """Name time in rows that ended at their deadline, else the candidate: staff never close an attempt."""
    attempts = apps.get_model("exams", "Attempt").objects.using(schema_editor.connection.alias)
    attempts.exclude(status="open").filter(closed_by=None).update(
        closed_by=Case(When(submitted_at=F("deadline"), then=Value("time")), default=Value("candidate"))
    )


class Migration(migrations.Migration):
    dependencies = [("exams", "0003_practice")]

    operations = [
        migrations.RunPython(name_who_closed, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="attempt", name="attempt_closed_iff_ended"),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_by", None), ("status", "open"), ("submitted_at", None))
                | models.Q(
                    models.Q(("status", "open"), _negated=True),
                    ("closed_by__in", ["candidate", "time", "staff"]),
                    ("closed_by__isnull", False),
                    ("submitted_at__isnull", False),
                ),
                name="attempt_closed_iff_ended",
                violation_error_message="A closed attempt must have an end time and a value for who closed it.",
            ),
        ),
    ]
