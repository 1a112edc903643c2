"""A form: the questions of one exam under a blueprint."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from questions.models import Blueprint, ScaleVersion
from questions.models.constraints import check


class Mode(models.TextChoices):
    EXAM = "exam", _("exam")
    PRACTICE = "practice", _("practice")


class PassLineRule(models.TextChoices):
    """Where a pass line comes from; `percent` has none: a share of the points passes."""

    RATING = "rating", _("ratings of the questions")
    CALIBRATED = "calibrated", _("calibrated difficulties")
    PERCENT = "percent", _("percent of the points")


class Form(models.Model):
    """`plan` is a list by position of {"revision", "scored"}; `recipe` contains the numbers it was drawn from.

    `pass_line` is the raw score expected at the standard, by ratings or by calibrated difficulties; `scale` is the
    version that has these. An exam scored in percent has none. `pass_line_100` is the sum of the ratings in any case.
    """

    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="forms")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.EXAM)
    seed = models.CharField(max_length=32)
    recipe = models.JSONField()
    plan = models.JSONField()
    n_scored = models.PositiveSmallIntegerField()
    n_unscored = models.PositiveSmallIntegerField()
    want_scored = models.PositiveSmallIntegerField()
    want_unscored = models.PositiveSmallIntegerField()
    pass_line_100 = models.PositiveIntegerField(db_column="kappa_100")
    pass_line = models.DecimalField(max_digits=7, decimal_places=4, db_column="kappa", null=True)
    rule = models.CharField(max_length=12, choices=PassLineRule, default=PassLineRule.RATING)
    provisional = models.BooleanField(default=True)
    scale = models.ForeignKey(ScaleVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bank_version = models.PositiveIntegerField()
    relaxations = models.JSONField(default=list)

    class Meta:
        constraints = [
            check("form_mode_known", Q(mode__in=["exam", "practice"]), _("A form is for an exam or for practice.")),
            check(
                "form_rule_known",
                Q(rule__in=["rating", "calibrated", "percent"]),
                _("A pass line comes from ratings or from calibrated difficulties, or percent of the points pass."),
            ),
            check(
                "form_pass_line_unless_percent",
                Q(rule="percent", pass_line=None) | Q(~Q(rule="percent"), pass_line__isnull=False),
                _("A form that is scored in percent has no pass line, any other has one."),
            ),
            check(
                "form_scale_iff_calibrated",
                Q(rule="calibrated", scale__isnull=False) | Q(~Q(rule="calibrated"), scale=None),
                _("A form with calibrated difficulties has a scale, any other has none."),
            ),
            check(
                "form_kappa_possible",
                Q(pass_line_100__gt=0, pass_line_100__lt=F("n_scored") * 100),
                _("The expected score must lie between none and all of the scored questions."),
            ),
            check(
                "form_counts_as_wanted",
                ~Q(mode="exam") | Q(n_scored=F("want_scored"), n_unscored=F("want_unscored")),
                _("An exam has exactly the counts of its blueprint."),
            ),
        ]

    def __str__(self) -> str:
        return f"form {self.seed}"

    @property
    def n_questions(self) -> int:
        """The number of its questions, scored or not."""
        return self.n_scored + self.n_unscored
