"""Score reports with results by exam domain. A re-score writes a new report and keeps the old one.

A report by the rule `percent` has points, `earned` of `possible`, in hundredths; `scaled` is the percent as shown. It
has no pass line, no probabilities and no verdicts, and other reports have no points.
"""

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from exams.models.attempt import Attempt
from exams.models.form import PassLineRule
from exams.models.key_ruling import KeyRuling
from questions.models.constraints import check, unique

_POINTS = {"earned__isnull": False, "possible__isnull": False}
_NO_POINTS = {"earned__isnull": True, "possible__isnull": True}
_STANDARD = {"pass_line__isnull": False, "p_standard__isnull": False, "p_again__isnull": False}
_NO_STANDARD = {"pass_line__isnull": True, "p_standard__isnull": True, "p_again__isnull": True}
_REACHED = Q(GreaterThanOrEqual(F("earned") * 100, F("pass_mark") * F("possible")))


class ScoreReport(models.Model):
    """`raw` of `n` scored questions right against the pass line, on the scale of the blueprint. p_*: 0..1."""

    # The unique index of attempt and number finds the reports of an attempt, too.
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="reports", db_index=False)
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    cause = models.CharField(max_length=20)
    ruling = models.ForeignKey(KeyRuling, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    rule = models.CharField(max_length=12, choices=PassLineRule)
    raw = models.PositiveSmallIntegerField()
    n = models.PositiveSmallIntegerField()
    pass_line = models.DecimalField(max_digits=7, decimal_places=4, db_column="kappa", null=True)
    earned = models.PositiveIntegerField(null=True)
    possible = models.PositiveIntegerField(null=True)
    scaled = models.PositiveSmallIntegerField()
    band_lo = models.PositiveSmallIntegerField()
    band_hi = models.PositiveSmallIntegerField()
    p_standard = models.FloatField(null=True)
    p_again = models.FloatField(null=True)
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
                Q(rule="percent")
                | Q(raw__gte=F("pass_line"), scaled__gte=F("pass_mark"))
                | Q(raw__lt=F("pass_line"), scaled__lt=F("pass_mark")),
                _("The scaled score and the pass line disagree."),
            ),
            # Points or a pass line, not both: comparisons with an empty column would hold.
            check(
                "score_report_columns_of_rule",
                Q(rule="percent", **_POINTS, **_NO_STANDARD) | Q(~Q(rule="percent"), **_NO_POINTS, **_STANDARD),
                _("A report in percent has points, any other a pass line and probabilities."),
            ),
            check(
                "score_report_percent_agrees",
                ~Q(rule="percent")
                | (_REACHED & Q(scaled__gte=F("pass_mark")))
                | (~_REACHED & Q(scaled__lt=F("pass_mark"))),
                _("The percent and the points disagree."),
            ),
            check(
                "score_report_points_possible",
                ~Q(rule="percent") | Q(possible__gt=0, earned__lte=F("possible"), scaled__lte=100),
                _("Nobody earns more points than there are."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.scaled}"

    @property
    def is_percent(self) -> bool:
        """Whether the score is a share of the points."""
        return self.rule == PassLineRule.PERCENT

    @property
    def shown_score(self) -> str:
        """The score as pages show it: "739", or "65%"."""
        return f"{self.scaled}%" if self.is_percent else str(self.scaled)

    @property
    def shown_mark(self) -> str:
        """The pass mark as pages show it."""
        return f"{self.pass_mark}%" if self.is_percent else str(self.pass_mark)

    @property
    def lost(self) -> int:
        """The number of scored questions without a correct answer."""
        return self.n - self.raw


class DomainResult(models.Model):
    """One exam domain of a report: counts, the 80% interval in percent, the right answers expected at the standard."""

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
    expected = models.FloatField(null=True)
    verdict = models.CharField(max_length=6, choices=Verdict, null=True)  # noqa: DJ001  # null with the rule percent
    earned = models.PositiveIntegerField(null=True)
    possible = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["report_id", "exam_domain"]
        constraints = [
            unique("domain_result_unique", ["report", "exam_domain"], _("This report has this exam domain already.")),
            check(
                "domain_result_verdict_known",
                Q(verdict__in=["below", "near", "above"]),
                _("An exam domain is below, near or above the standard."),
            ),
            check(
                "domain_result_standard_or_points",
                Q(**_POINTS, expected__isnull=True, verdict__isnull=True)
                | Q(**_NO_POINTS, expected__isnull=False, verdict__isnull=False),
                _("An exam domain has points or is compared with the standard, not both."),
            ),
            check(
                "domain_result_points_possible",
                Q(possible=None) | Q(possible__gt=0, earned__lte=F("possible")),
                _("Nobody earns more points than there are."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_domain}: {self.correct} of {self.n}"

    @property
    def part_and_whole(self) -> tuple[int, int]:
        """The points of all, or the right answers of all if there are no points."""
        if self.earned is None or self.possible is None:
            return self.correct, self.n
        return self.earned, self.possible
