from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Call kappa the pass line. Columns and constraints of the database keep their names."""

    dependencies = [("exams", "0010_redundant_indexes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("form", "form_kappa_possible"),
                migrations.RemoveConstraint("scorereport", "score_report_scale_agrees"),
                migrations.AlterField("form", "kappa_100", models.PositiveIntegerField(db_column="kappa_100")),
                migrations.RenameField("form", "kappa_100", "pass_line_100"),
                migrations.AlterField(
                    "form", "kappa", models.DecimalField(db_column="kappa", decimal_places=4, max_digits=7)
                ),
                migrations.RenameField("form", "kappa", "pass_line"),
                migrations.AlterField(
                    "scorereport", "kappa", models.DecimalField(db_column="kappa", decimal_places=4, max_digits=7)
                ),
                migrations.RenameField("scorereport", "kappa", "pass_line"),
                migrations.AddConstraint(
                    "form",
                    models.CheckConstraint(
                        condition=Q(("pass_line_100__gt", 0), ("pass_line_100__lt", F("n_scored") * 100)),
                        name="form_kappa_possible",
                        violation_error_message="The expected score must lie between none and all of the scored questions.",
                    ),
                ),
                migrations.AddConstraint(
                    "scorereport",
                    models.CheckConstraint(
                        condition=Q(
                            Q(("raw__gte", F("pass_line")), ("scaled__gte", F("pass_mark"))),
                            Q(("raw__lt", F("pass_line")), ("scaled__lt", F("pass_mark"))),
                            _connector="OR",
                        ),
                        name="score_report_scale_agrees",
                        violation_error_message="The scaled score and the pass line disagree.",
                    ),
                ),
            ]
        ),
    ]
