"""Reads what a score report says: figures for the page, in the order in which a person wants to know them."""

import math
from dataclasses import dataclass
from datetime import timedelta

from exams.models import Attempt, DomainResult
from exams.psychometrics import precision
from exams.services.attempt import allowances
from exams.services.results import corrections
from exams.services.results.corrections import Correction

MANY_REPEATS = 0.10  # share of scored questions seen before, above which a score says little


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One exam domain of the report; all places in per cent of the axis from 0 to 100 %."""

    title: str
    n: int
    correct: int
    unanswered: int
    percent: int
    lo: float
    hi: float
    expected: float
    verdict: str
    label: str

    @property
    def width(self) -> float:
        return round(self.hi - self.lo, 2)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything the report page states. Probabilities are whole per cents, clipped texts are the template's."""

    raw: int
    n: int
    raw_cut: int
    missing: int
    kappa: str
    scaled: int
    passed: bool
    pass_mark: int
    band_lo: int
    band_hi: int
    tenths: int  # of 10 further exams; 0 = less than one, 10 = more than nine
    p_standard: str
    p_again: str
    missed: int
    unscored: int
    unscored_live: int
    repeats: int
    unreliable: bool
    domains: list[DomainRow]
    below: list[str]
    seed: str
    rule: str
    provisional: bool
    used: str
    extra: int  # minutes on the clock beyond the blueprint's: the three below together
    extra_own: int  # chosen by the candidate before the start
    extra_granted: int  # given by staff while the exam ran
    extra_standing: int  # set by staff for this candidate
    corrections: list[Correction]  # of this score by key rulings, oldest first
    stands: bool  # a ruling left too few questions for a new score


def tenths(probability: float) -> int:
    """How many times in ten, half up; 0 below 5 %, 10 above 95 %."""
    if probability < 0.05:
        return 0
    if probability > 0.95:
        return 10
    return min(9, max(1, math.floor(probability * 10 + 0.5)))


def per_cent(probability: float) -> str:
    """Whole per cents, clipped to "<1%" and ">99%"."""
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{math.floor(probability * 100 + 0.5)}%"


def page(attempt: Attempt) -> ReportPage:
    """The report of a scored attempt (loaded with form, blueprint and report). Reads only."""
    report, form = attempt.report, attempt.form
    assert report is not None, "only a scored attempt has a report"
    domains = [_row(result, form.blueprint.exam.domain_title(result.exam_domain)) for result in report.domains.all()]
    raw_cut = math.ceil(report.kappa)
    extra = round((attempt.deadline - attempt.started_at).total_seconds() / 60) - form.blueprint.exam.minutes
    granted = list(attempt.allowances.all())
    own = sum(each.minutes for each in granted if allowances.is_own(each))
    by_staff = sum(each.minutes for each in granted) - own
    return ReportPage(
        raw=report.raw,
        n=report.n,
        raw_cut=raw_cut,
        missing=max(0, raw_cut - report.raw),
        kappa=f"{report.kappa:.2f}" if report.rule == "rating" else f"{report.kappa:.4f}",
        scaled=report.scaled,
        passed=report.passed,
        pass_mark=report.pass_mark,
        band_lo=report.band_lo,
        band_hi=report.band_hi,
        tenths=tenths(report.p_again),
        p_standard=per_cent(report.p_standard),
        p_again=per_cent(report.p_again),
        missed=report.n - report.raw,
        unscored=form.n_unscored,
        unscored_live=form.recipe.get("unscored_live", 0),
        repeats=report.repeats,
        unreliable=report.repeats > MANY_REPEATS * report.n,
        domains=domains,
        below=[row.title for row in domains if row.verdict == DomainResult.Verdict.BELOW],
        seed=form.seed,
        rule=form.get_rule_display(),
        provisional=form.provisional,
        used=_hours_minutes((attempt.submitted_at or attempt.deadline) - attempt.started_at),
        extra=extra,
        extra_own=own,
        extra_granted=by_staff,
        extra_standing=extra - own - by_staff,
        corrections=corrections.of(attempt) if report.number > 1 else [],
        stands=corrections.stands(attempt),
    )


def _hours_minutes(span: timedelta) -> str:
    """ "2 h 51 min", or "51 min 7 s" below an hour."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def _row(result: DomainResult, title: str) -> DomainRow:
    return DomainRow(
        title=title,
        n=result.n,
        correct=result.correct,
        unanswered=result.unanswered,
        percent=precision.percent(result.correct, result.n),
        lo=round(result.lo, 2),
        hi=round(result.hi, 2),
        expected=round(100 * result.expected / result.n, 2),
        verdict=result.verdict,
        label=str(result.get_verdict_display()),
    )
