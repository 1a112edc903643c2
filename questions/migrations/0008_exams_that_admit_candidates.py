"""Whether an exam admits new candidates, separate from whether the start page shows it. So far, one meant the other."""

from typing import Any

from django.db import migrations, models


def close_hidden_exams(apps: Any, schema_editor: Any) -> None:
    """Keep the exams closed that could not be started so far."""
    blueprint = apps.get_model("questions", "Blueprint")
    blueprint.objects.using(schema_editor.connection.alias).filter(offered=False).update(admits=False)


class Migration(migrations.Migration):
    dependencies = [("questions", "0007_import_live")]

    operations = [
        migrations.AddField(model_name="blueprint", name="admits", field=models.BooleanField(default=True)),
        migrations.RunPython(close_hidden_exams, migrations.RunPython.noop),
    ]
