"""Keep the target date for each exam, and name the exam of analyses and calibrations that wait or run."""

import django.db.models.deletion
from django.db import migrations, models


def name_exams(apps, schema_editor):
    """Target dates are those of the plan, which was that of the shipped exam; jobs take the exam of their run."""
    blueprints = apps.get_model("questions", "Blueprint").objects.order_by("-origin", "pk")
    first = blueprints.first()
    exam = (first.spec.get("syllabus") or first.code) if first else ""
    candidates = apps.get_model("exams", "Candidate").objects.exclude(target_date=None).values_list("pk", "target_date")
    goals = apps.get_model("exams", "StudyGoal")
    if exam:
        goals.objects.bulk_create(
            (goals(candidate_id=pk, exam=exam, target_date=day) for pk, day in candidates.iterator()), batch_size=1000
        )
    runs = dict(apps.get_model("questions", "AnalysisRun").objects.filter(finished_at=None).values_list("pk", "exam"))
    jobs = apps.get_model("questions", "Job").objects
    for job in jobs.filter(kind__in=["analysis", "calibration"], key=""):
        jobs.filter(pk=job.pk).update(key=runs.get(job.data.get("run"), exam))


class Migration(migrations.Migration):
    dependencies = [("exams", "0016_stored_reports"), ("questions", "0019_one_active_scale_an_exam")]

    operations = [
        migrations.CreateModel(
            name="StudyGoal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("exam", models.CharField(max_length=40)),
                ("target_date", models.DateField()),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="study_goals", to="exams.candidate"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("candidate", "exam"), name="study_goal_unique",
                        violation_error_message="This candidate has a date for this exam already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("exam", ""), _negated=True), name="study_goal_has_exam",
                        violation_error_message="A date belongs to an exam.",
                    ),
                ],
            },
        ),
        migrations.RunPython(name_exams, migrations.RunPython.noop),
    ]  # fmt: skip
