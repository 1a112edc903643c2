"""Delete notes at positions where the attempt has no question: they could be stored, and no page showed them."""

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef


def delete_notes_without_a_question(apps: Any, schema_editor: Any) -> None:
    responses = apps.get_model("exams", "Response").objects
    here = responses.filter(attempt=OuterRef("attempt"), position=OuterRef("position"))
    apps.get_model("exams", "Note").objects.filter(~Exists(here), position__gt=0).delete()


class Migration(migrations.Migration):
    dependencies = [("exams", "0017_study_goals")]

    operations = [migrations.RunPython(delete_notes_without_a_question, migrations.RunPython.noop)]
