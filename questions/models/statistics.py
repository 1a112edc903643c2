"""Item statistics from responses, written by services of `exams`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check, unique
from questions.models.revision import Revision


class ScaleVersion(models.Model):
    """One version of the scale of an exam: the difficulties of its parameters, with the standard at 0 logits.

    `exam` is the code of the exam whose syllabus its questions have; quizzes with this syllabus use the scale too.
    `reference` is the reference form, a list of {"revision", "b"}; a trigger keeps it as it is. `base` is the version
    whose difficulties are the fixed anchors of this one; both have the same reference form. `mu` and `sigma` describe
    the abilities of the candidates, in logits. `synthetic`: made from simulated candidates.
    """

    exam = models.CharField(max_length=40)
    number = models.PositiveIntegerField(unique=True)
    active = models.BooleanField(default=False)
    reference = models.JSONField()
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    synthetic = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    mu = models.FloatField(default=0.0)
    sigma = models.FloatField(default=1.0)
    candidates = models.PositiveIntegerField(default=0, help_text=_("Exams whose responses were used."))
    responses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-number"]
        constraints = [
            unique(
                "scale_one_active_of_exam",
                ["exam"],
                _("Another scale version of this exam is active."),
                among=Q(active=True),
            ),
            check("scale_has_exam", ~Q(exam=""), _("A scale belongs to an exam.")),
        ]

    def __str__(self) -> str:
        return f"scale {self.number}"


class ScaleActivation(models.Model):
    """A decision to use a scale for new exams, with the preview it was based on. `by` is null on the command line."""

    scale = models.ForeignKey(ScaleVersion, on_delete=models.CASCADE, related_name="activations")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.scale} from {self.at:%Y-%m-%d}"


class ItemParameter(models.Model):
    """The Rasch difficulty of a revision on a scale: b and its standard error in logits, from n responses."""

    scale = models.ForeignKey(ScaleVersion, on_delete=models.CASCADE, related_name="parameters")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="parameters")
    b = models.FloatField()
    se = models.FloatField()
    n = models.PositiveIntegerField()
    anchor = models.BooleanField(default=False)

    class Meta:
        constraints = [
            unique(
                "item_parameter_unique",
                ["scale", "revision"],
                _("This revision has a difficulty on this scale already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.b:.2f}"


class AnalysisRun(models.Model):
    """One run of item analysis over the exams with the syllabus of `exam`: who or what asked for it, how far it is.

    `place` is the last revision whose statistics are committed, out of `total` revisions. Its job has the progress.

    `exams` and `responses` are those of the sample. `reliability` is the marginal reliability of ability, `consistency`
    the probability of the same decision in two exams, `fixed_forms` a list of {"form", "n", "kr20"}, `first_scores` how
    many first attempts have each score, by the code of the exam.
    """

    class Cause(models.TextChoices):
        NIGHT = "night", _("nightly")
        REQUEST = "request", _("requested")
        RULING = "ruling", _("scores changed by a ruling")

    exam = models.CharField(max_length=40)
    cause = models.CharField(max_length=10, choices=Cause)
    synthetic = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    place = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    exams = models.PositiveIntegerField(default=0)
    responses = models.PositiveIntegerField(default=0)
    reliability = models.FloatField(null=True, blank=True)
    consistency = models.FloatField(null=True, blank=True)
    fixed_forms = models.JSONField(default=list, blank=True)
    first_scores = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            check(
                "analysis_run_cause_known",
                Q(cause__in=["night", "request", "ruling"]),
                _("An analysis is nightly, requested, or follows a ruling."),
            ),
            check("analysis_run_has_exam", ~Q(exam=""), _("An analysis belongs to an exam.")),
        ]

    def __str__(self) -> str:
        return f"analysis {self.pk}"


class ItemStatistics(models.Model):
    """Classical statistics of a revision: p from 0 to 1, r point-biserial, seconds, omit and not_reached as shares.

    `n` counts the candidates who saw it; `omit` is the share of them without an answer.

    `upper_lower` is the difference of p between the highest and the lowest 27 % of the candidates. `exposures` counts
    the exams in which it was scored. `synthetic`: the responses are those of simulated candidates.

    `b` and `se` are its difficulty by these responses alone and the standard error, in logits. `curve` is a list of
    [ability, n, right], the candidates by groups of ability, in logits on the same scale.
    """

    class Flag(models.TextChoices):
        """The codes of `exams.psychometrics.item_flags.Flag`, with short names for people."""

        KEY = "key", _("key doubtful")
        DISTRACTOR_ATTRACTS = "distractor_attracts", _("wrong option attracts")
        LOW_R = "low_r", _("weak discrimination")
        TOO_HARD = "too_hard", _("very hard")
        TOO_EASY = "too_easy", _("very easy")
        DISTRACTOR_UNUSED = "distractor_unused", _("option unused")
        OMITTED = "omitted", _("often unanswered")
        NOT_REACHED = "not_reached", _("often not reached")
        TAKES_LONG = "slow", _("takes long")
        RATING = "rating", _("rating disagrees")
        MISFIT = "misfit", _("unpredictable")
        DRIFT = "drift", _("difficulty changed")

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="statistics")
    synthetic = models.BooleanField(default=False)
    n = models.PositiveIntegerField(default=0)
    exposures = models.PositiveIntegerField(default=0)
    p = models.FloatField(null=True)
    r = models.FloatField(null=True)
    upper_lower = models.FloatField(null=True)
    infit = models.FloatField(null=True)
    b = models.FloatField(null=True)
    se = models.FloatField(null=True)
    curve = models.JSONField(default=list)
    median_seconds = models.FloatField(null=True)
    omit = models.FloatField(null=True)
    not_reached = models.FloatField(null=True)
    flags = models.JSONField(default=list)

    MIN_N_FIGURES = 100  # answers; p and r of fewer are chance

    class Meta:
        verbose_name_plural = _("item statistics")

    def __str__(self) -> str:
        return f"{self.revision_id}: n {self.n}"

    @property
    def left_open(self) -> int:
        """How many of the n saw it and gave no answer."""
        return left_open(self.n, self.omit)

    @property
    def has_figures(self) -> bool:
        """Whether p and r may be shown."""
        return self.n >= self.MIN_N_FIGURES


def left_open(n: int, omit: float | None) -> int:
    """Return how many of `n` candidates are the share without an answer."""
    return round(n * (omit or 0))


class OptionStatistics(models.Model):
    """How often an option was chosen: count, mean score, point-biserial, shares of the low, middle and high third."""

    statistics = models.ForeignKey(ItemStatistics, on_delete=models.CASCADE, related_name="options")
    bit = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)
    mean = models.FloatField(null=True)
    r = models.FloatField(null=True)
    low = models.FloatField(null=True)
    mid = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = _("option statistics")
        constraints = [
            unique("option_statistics_bit_unique", ["statistics", "bit"], _("This option has statistics already.")),
        ]

    def __str__(self) -> str:
        return f"{self.statistics_id}: bit {self.bit}"
