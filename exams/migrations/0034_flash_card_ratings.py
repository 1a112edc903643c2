"""Store when a flash card was first rated, to count new cards a day, and its state before the last rating."""

from typing import Any

from django.db import migrations, models
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    apps.get_model("exams", "FlashCard").objects.update(first_review=F("last_review"))


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0033_mails_to_reviewers'),
    ]

    operations = [
        migrations.AddField(
            model_name='flashcard',
            name='before',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='flashcard',
            name='first_review',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='flashcard',
            name='first_review',
            field=models.DateTimeField(),
        ),
        migrations.AddConstraint(
            model_name='flashcard',
            constraint=models.CheckConstraint(condition=models.Q(('first_review__lte', models.F('last_review'))), name='flash_card_first_review_first', violation_error_message='The first rating of a flash card is not after the last one.'),
        ),
    ]
