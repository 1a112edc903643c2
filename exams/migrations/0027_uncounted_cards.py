from django.db import migrations
from django.utils import timezone


def request_job(apps, schema_editor):
    """Request the job that removes the cards of questions of which no answer counts."""
    if apps.get_model("exams", "RepetitionCard").objects.exists():
        apps.get_model("questions", "Job").objects.get_or_create(
            kind="uncounted_cards", key="", state="waiting", defaults={"due_at": timezone.now()}
        )


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0026_several_quizzes'),
        ('questions', '0024_tags_and_fixed_order'),
    ]

    operations = [migrations.RunPython(request_job, migrations.RunPython.noop)]
