from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("questions", "0018_exam_of_scales_and_analyses")]

    operations = [
        migrations.AddConstraint(
            "scaleversion",
            models.UniqueConstraint(
                condition=models.Q(("active", True)), fields=("exam",), name="scale_one_active_of_exam",
                violation_error_message="Another scale version of this exam is active.",
            ),
        ),
        migrations.AddConstraint(
            "scaleversion",
            models.CheckConstraint(
                condition=models.Q(("exam", ""), _negated=True), name="scale_has_exam",
                violation_error_message="A scale belongs to an exam.",
            ),
        ),
        migrations.AddConstraint(
            "analysisrun",
            models.CheckConstraint(
                condition=models.Q(("exam", ""), _negated=True), name="analysis_run_has_exam",
                violation_error_message="An analysis belongs to an exam.",
            ),
        ),
    ]  # fmt: skip
