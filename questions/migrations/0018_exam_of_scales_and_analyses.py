"""Give each version of the scale and each analysis its exam: that of its questions."""

from collections import Counter
from typing import Any

from django.db import migrations, models
from django.db.models import Count


def name_exams(apps: Any, schema_editor: Any) -> None:
    """Name the exam that most of a scale's questions have, and for an analysis most questions with statistics."""
    scales, runs = apps.get_model("questions", "ScaleVersion").objects, apps.get_model("questions", "AnalysisRun").objects
    parameters = apps.get_model("questions", "ItemParameter").objects
    counts: dict[int, Counter[str]] = {}
    exam_of = "revision__question__exam_domain__exam"
    for scale, exam, n in parameters.values_list("scale", exam_of).annotate(n=Count("pk")).order_by():
        counts.setdefault(scale, Counter())[exam] = n
    analyzed = apps.get_model("questions", "ItemStatistics").objects.values_list(exam_of)
    most = [exam for exam, _n in analyzed.annotate(n=Count("pk")).order_by("-n")]
    shipped = apps.get_model("questions", "Blueprint").objects.order_by("-origin", "pk").values_list("code", flat=True)
    domains = apps.get_model("questions", "ExamDomain").objects.order_by("pk").values_list("exam", flat=True)
    usual = next((exam for exam in (*most, *shipped[:1], *domains[:1])), "UNKNOWN")
    for pk in scales.values_list("pk", flat=True):
        found = counts.get(pk)
        scales.filter(pk=pk).update(exam=found.most_common(1)[0][0] if found else usual)
    runs.update(exam=usual)


class Migration(migrations.Migration):
    dependencies = [("questions", "0017_had_role_by_default")]

    operations = [
        migrations.AddField("scaleversion", "exam", models.CharField(default="", max_length=40), preserve_default=False),
        migrations.AddField("analysisrun", "exam", models.CharField(default="", max_length=40), preserve_default=False),
        migrations.RemoveConstraint("scaleversion", "scale_one_active"),
        migrations.RunPython(name_exams, migrations.RunPython.noop),
    ]
