"""Forget two columns that nothing has filled since target dates belong to an exam and jobs have their own table.

The columns stay in the database for one release, so that processes of the release before go on beside this one. A
dropped column could not be read by them; an inserted row of this release needs a value of the database for `data`.
"""

from django.db import migrations, models


def empty_target_dates(apps, schema_editor):
    """Remove the copies of dates that are now goals: an erasure could not reach them any more."""
    apps.get_model("exams", "Candidate").objects.exclude(target_date=None).update(target_date=None)


class Migration(migrations.Migration):
    dependencies = [("exams", "0028_reminders")]

    operations = [
        migrations.RunPython(empty_target_dates, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="heartbeat",
            name="data",
            field=models.JSONField(blank=True, default=dict, db_default=models.Value({}, models.JSONField())),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="candidate", name="target_date"),
                migrations.RemoveField(model_name="heartbeat", name="data"),
            ]
        ),
    ]
