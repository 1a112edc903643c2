"""Store highlights by the part of the question: the stem, or the bit of an option."""

from typing import Any

from django.db import migrations, models


def to_parts(apps: Any, schema_editor: Any) -> None:
    notes = apps.get_model("exams", "Note").objects.using(schema_editor.connection.alias)
    for note in notes.only("highlights").iterator():
        if isinstance(note.highlights, list):
            note.highlights = {"stem": note.highlights} if note.highlights else {}
            note.save(update_fields=["highlights"])


def to_stem_only(apps: Any, schema_editor: Any) -> None:
    notes = apps.get_model("exams", "Note").objects.using(schema_editor.connection.alias)
    for note in notes.only("highlights").iterator():
        if isinstance(note.highlights, dict):
            note.highlights = note.highlights.get("stem", [])
            note.save(update_fields=["highlights"])


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="note",
            name="highlights",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.RunPython(to_parts, to_stem_only),
    ]
