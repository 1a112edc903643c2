"""Score reports with results by exam domain. A re-score writes a new report and keeps the old one."""

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _

from exams.models.attempt import Attempt
from exams.models.form import PassLineRule
from exams.models.key_ruling import KeyRuling
from questions.models.constraints import check, unique


class ScoreReport(models.Model):
    """`raw` of `n` scored questions against the pass line, on the scale of the blueprint. p_*: probabilities (0..1)."""

    # The unique index of attempt and number finds the reports of an attempt, too.
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="reports", db_index=False)
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    cause = models.CharField(max_length=20)
    ruling = models.ForeignKey(KeyRuling, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    rule = models.CharField(max_length=12, choices=PassLineRule)
    raw = models.PositiveSmallIntegerField()
    n = models.PositiveSmallIntegerField()
    pass_line = models.DecimalField(max_digits=7, decimal_places=4, db_column="kappa")
    scaled = models.PositiveSmallIntegerField()
    band_lo = models.PositiveSmallIntegerField()
    band_hi = models.PositiveSmallIntegerField()
    p_standard = models.FloatField()
    p_again = models.FloatField()
    repeats = models.PositiveSmallIntegerField(default=0)
    pass_mark = models.PositiveSmallIntegerField()
    passed = models.GeneratedField(
        expression=ExpressionWrapper(Q(scaled__gte=F("pass_mark")), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["attempt_id", "number"]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="score_report_newest"),  # Used by the list of the admin.
        ]
        constraints = [
            unique(
                "score_report_number_unique",
                ["attempt", "number"],
                _("This attempt has a report with this number already."),
            ),
            check("score_report_raw_within_n", Q(raw__lte=F("n")), _("More right answers than scored questions.")),
            check(
                "score_report_scale_agrees",
                Q(raw__gte=F("pass_line"), scaled__gte=F("pass_mark"))
                | Q(raw__lt=F("pass_line"), scaled__lt=F("pass_mark")),
                _("The scaled score and the pass line disagree."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.scaled}"

    @property
    def missed(self) -> int:
        """The number of scored questions without a correct answer."""
        return self.n - self.raw


class DomainResult(models.Model):
    """One exam domain of a report: counts, the 80% interval in percent, and the points expected at the standard."""

    class Verdict(models.TextChoices):
        BELOW = "below", _("Below the standard")
        NEAR = "near", _("Near: too few to tell")
        ABOVE = "above", _("Above the standard")

    # The unique index of report and exam domain finds the results of a report, too.
    report = models.ForeignKey(ScoreReport, on_delete=models.PROTECT, related_name="domains", db_index=False)
    exam_domain = models.PositiveSmallIntegerField()
    n = models.PositiveSmallIntegerField()
    correct = models.PositiveSmallIntegerField()
    unanswered = models.PositiveSmallIntegerField()
    lo = models.FloatField()
    hi = models.FloatField()
    expected = models.FloatField()
    verdict = models.CharField(max_length=6, choices=Verdict)

    class Meta:
        ordering = ["report_id", "exam_domain"]
        constraints = [
            unique("domain_result_unique", ["report", "exam_domain"], _("This report has this exam domain already.")),
            check(
                "domain_result_verdict_known",
                Q(verdict__in=["below", "near", "above"]),
                _("An exam domain is below, near or above the standard."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_domain}: {self.correct} of {self.n}"
