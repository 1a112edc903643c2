import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SWITCHES = ["lengths", "options", "rationales", "references", "select", "style", "topics"]


def add_rows(apps, schema_editor):
    """Make a row for each collection in use. All are strict, as they were."""
    database = schema_editor.connection.alias
    names = set(
        apps.get_model("questions", "Question").objects.using(database).values_list("collection", flat=True).distinct()
    )
    for spec in apps.get_model("questions", "Blueprint").objects.using(database).values_list("spec", flat=True):
        names.update((*spec.get("collections", ()), *spec.get("practice", ())))
    apps.get_model("questions", "Collection").objects.using(database).bulk_create(
        apps.get_model("questions", "Collection")(slug=name, house_rules=SWITCHES) for name in sorted(names - {""})
    )


class Migration(migrations.Migration):
    dependencies = [("questions", "0022_archived_exams")]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40)),
                ("title", models.CharField(blank=True, max_length=120)),
                ("language", models.CharField(default="en", max_length=8)),
                ("house_rules", models.JSONField(blank=True, default=list)),
                ("practicable", models.BooleanField(default=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["slug"]},
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.UniqueConstraint(
                fields=("slug",),
                name="collection_slug_unique",
                violation_error_message="There is a collection with this name already.",
            ),
        ),
        migrations.RunPython(add_rows, migrations.RunPython.noop),
    ]
