"""Compute the figures of the report page from a score report."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    prefetch_related_objects,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from exams import lost_time
from exams.lost_time import Span
from exams.models import Allowance, Attempt, DomainResult, Outage, ScoreReport
from exams.psychometrics import ability, precision
from exams.psychometrics import percent as points
from exams.psychometrics.ability import Ability
from exams.services.attempt import extra_time, pass_points
from exams.services.results import corrections, figures
from exams.services.results.corrections import Correction
from questions.content.worth import in_short

# Of the scored questions: with more repeats or more questions left open, a score is unreliable.
MAX_RELIABLE_REPEAT_SHARE = 0.10
MAX_RELIABLE_UNANSWERED_SHARE = 0.25
HASTY_SHARE = 0.2  # of the time that the exam gives for a question: in less, nobody has read it


def n_unanswered(attempt: str = "") -> Subquery:
    """Return an expression: how many scored questions the attempt at this path left open; null without a score."""
    results = DomainResult.objects.filter(report=OuterRef(f"{attempt}report")).order_by().values("report")
    return Subquery(results.annotate(total=Sum("unanswered")).values("total"))


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One exam domain in this exam. `lo`, `hi` and `expected` are in percent of the axis from 0 to 100%.

    `lo` and `hi` are the ends of the bar; None where no bar can be drawn.
    """

    number: int
    title: str
    n: int
    correct: int
    unanswered: int
    percent: int
    lo: float | None
    hi: float | None
    expected: float | None  # None in an exam scored in percent, which has points
    points: str = ""  # "13.5 of 20"

    @property
    def width(self) -> float:
        return round((self.hi or 0) - (self.lo or 0), 2)


@dataclass(frozen=True, slots=True)
class Abilities:
    """The ability by this exam, in logits: with a standard normal prior around the standard, and without any."""

    eap: Ability
    wle: Ability


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a score stands to the pass line of its form. Probabilities are in whole percent."""

    raw_cut: int
    missing: int
    pass_line: str
    tenths: int  # passes in 10 further exams; 0: fewer than one, 10: more than nine
    p_standard: str
    p_again: str
    ability: Abilities | None  # None if the responses are not those of the score


@dataclass(frozen=True, slots=True)
class PointsStanding:
    """Where a score in percent stands to its pass mark, in points as pages show them."""

    earned: str
    possible: str
    needed: str
    missing: str  # "" if it passed


@dataclass(frozen=True, slots=True)
class LostTime:
    """An outage that took time from the exam, and the minutes that were given back for it."""

    outage: Outage
    minutes: int
    given_back: int


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What the report page says beyond the columns of report and form: it has either `line` or `points`."""

    report: ScoreReport
    line: Standing | None
    points: PointsStanding | None
    unscored_live: int
    repetitive: bool
    unanswered: int
    hollow: bool
    domains: list[DomainRow]
    used: str
    extra: int  # minutes beyond those of the blueprint: the sum of the next three
    extra_self_chosen: int  # chosen by the candidate before the start
    extra_granted: int  # granted by staff during the exam
    extra_standing: int  # set by staff for this candidate
    minutes: int  # from the start to the deadline
    minutes_cut: int  # what the end of a class exam took off
    outages: list["LostTime"]
    corrections: list[Correction]  # by key rulings, oldest first
    score_retained: bool  # a ruling left too few questions for a new score

    @property
    def unreliable(self) -> bool:
        return self.repetitive or self.hollow


def tenths(probability: float) -> int:
    """Return how many times in ten, half up; 0 below 5%, 10 above 95%."""
    if probability < 0.05:
        return 0
    if probability > 0.95:
        return 10
    return min(9, max(1, math.floor(probability * 10 + 0.5)))


def percent(probability: float) -> str:
    """Format a probability in whole percent, clipped to "<1%" and ">99%"."""
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{math.floor(probability * 100 + 0.5)}%"


def is_repetitive(repeats: int, n: int) -> bool:
    """Return whether a score is probably too high because of repeats, and says nothing about another exam."""
    return repeats > MAX_RELIABLE_REPEAT_SHARE * n


def is_hollow(unanswered: int, n: int) -> bool:
    """Return whether too many questions were left open for a score to say much about the level."""
    return unanswered > MAX_RELIABLE_UNANSWERED_SHARE * n


def count_open(report: ScoreReport) -> int:
    """Return how many scored questions were not answered. Prefetch `domains` for many reports."""
    return sum(result.unanswered for result in report.domains.all())


def reliable(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Return the scored attempts whose scores are neither repetitive nor hollow nor hasty."""
    n, time = F("report__n"), DurationField()
    took = ExpressionWrapper(F("submitted_at") - F("started_at"), time)
    given = ExpressionWrapper(F("deadline") - F("started_at"), time)
    answered = ExpressionWrapper((n - F("unanswered")) * HASTY_SHARE, FloatField())
    return attempts.alias(
        unanswered=n_unanswered(),
        took=ExpressionWrapper(took * Cast(n, FloatField()), time),
        least=ExpressionWrapper(given * answered, time),
    ).filter(
        report__repeats__lte=n * MAX_RELIABLE_REPEAT_SHARE,
        unanswered__lte=n * MAX_RELIABLE_UNANSWERED_SHARE,
        took__gte=F("least"),
    )


def is_hasty(took: timedelta, given: timedelta, unanswered: int, n: int) -> bool:
    """Return whether the answers of an exam came faster than its questions can be read.

    It `took` so long of the time `given`, and of its `n` scored questions so many were left open.
    """
    return n > 0 and took < HASTY_SHARE * given * (n - unanswered) / n


def with_haste(attempts: QuerySet[Attempt]) -> list[tuple[Attempt, bool]]:
    """Return attempts in their order, and whether each was answered faster than its questions can be read."""
    rows = attempts.select_related("report").annotate(unanswered=n_unanswered())
    return [(row, bool(row.submitted_at and row.report and _was_hasty(row, row.submitted_at))) for row in rows]


def _was_hasty(row: Attempt, ended: datetime) -> bool:
    assert row.report
    unanswered: int = row.unanswered or 0  # type: ignore[attr-defined]
    return is_hasty(ended - row.started_at, row.deadline - row.started_at, unanswered, row.report.n)


def report_page(attempt: Attempt) -> ReportPage:
    """Return the figures for a scored attempt, loaded with form, blueprint and report."""
    report, form = attempt.report, attempt.form
    assert report is not None, "only a scored attempt has a report"
    prefetch_related_objects([report], "domains")
    unanswered = count_open(report)
    score_retained = corrections.score_retained(attempt)
    exam = form.blueprint.exam
    # After a ruling that left the old score, the responses are not those of the report.
    difficulties = {} if score_retained or report.is_percent else _difficulties_by_domain(attempt)
    domains = [
        _domain_row(result, exam.domain_title(result.exam_domain), difficulties.get(result.exam_domain, []))
        for result in report.domains.all()
        if exam.shows_domains
    ]
    minutes = round((attempt.deadline - attempt.started_at).total_seconds() / 60)
    extra = minutes - exam.minutes
    attempt_allowances = list(attempt.allowances.all())
    self_chosen = sum(row.minutes for row in attempt_allowances if extra_time.giver(row) == "candidate")
    granted = sum(row.minutes for row in attempt_allowances) - self_chosen
    return ReportPage(
        report=report,
        line=_standing(report, [b for rows in difficulties.values() for b in rows]),
        points=_points(attempt, report, score_retained=score_retained),
        unscored_live=form.recipe.get("unscored_live", 0),
        repetitive=is_repetitive(report.repeats, report.n),
        unanswered=unanswered,
        hollow=is_hollow(unanswered, report.n),
        domains=domains,
        used=duration(int(((attempt.submitted_at or attempt.deadline) - attempt.started_at).total_seconds())),
        extra=extra,
        extra_self_chosen=self_chosen,
        extra_granted=granted,
        extra_standing=extra - self_chosen - granted,
        minutes=minutes,
        minutes_cut=max(0, self_chosen + granted - extra),
        outages=_lost_times(attempt, attempt_allowances),
        corrections=corrections.attempt_corrections(attempt) if report.number > 1 else [],
        score_retained=score_retained,
    )


def _lost_times(attempt: Attempt, allowances: Sequence[Allowance]) -> list[LostTime]:
    """Return the outages in which the exam lost at least half a minute, oldest first."""
    end = attempt.submitted_at or attempt.deadline
    rows = Outage.objects.filter(began_at__lt=end, ended_at__gt=attempt.started_at)
    found = []
    for outage in rows.exclude(decision=Outage.Decision.VOID).order_by("began_at", "pk"):
        time = lost_time.lost(Span(outage.began_at, outage.ended_at), attempt.started_at, end)
        given_back = sum(row.minutes for row in allowances if row.outage_id == outage.pk)
        if minutes := max(round(time / lost_time.MINUTE), 1 if given_back else 0):
            found.append(LostTime(outage, minutes, given_back))
    return found


def duration(seconds: int) -> str:
    """Return a time as "2 h 51 min", below an hour as "51 min 7 s" or "15 s"."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    parts = [f"{minutes} min"] if minutes else []
    return " ".join([*parts, f"{seconds} s"] if seconds or not minutes else parts)


def _standing(report: ScoreReport, difficulties: Sequence[float]) -> Standing | None:
    if report.pass_line is None or report.p_standard is None or report.p_again is None:
        return None
    raw_cut = math.ceil(report.pass_line)
    return Standing(
        raw_cut=raw_cut,
        missing=max(0, raw_cut - report.raw),
        pass_line=f"{report.pass_line:.2f}" if report.rule == "rating" else f"{report.pass_line:.4f}",
        tenths=tenths(report.p_again),
        p_standard=percent(report.p_standard),
        p_again=percent(report.p_again),
        ability=_abilities(report.raw, difficulties),
    )


def _points(attempt: Attempt, report: ScoreReport, *, score_retained: bool) -> PointsStanding | None:
    if report.earned is None or report.possible is None:
        return None
    if score_retained:
        needed = points.needed(report.pass_mark, report.possible)
    else:
        needed = pass_points.of_attempt(attempt, report.pass_mark).needed
    missing = in_short(needed - report.earned) if needed > report.earned else ""
    return PointsStanding(in_short(report.earned), in_short(report.possible), in_short(needed), missing)


def _difficulties_by_domain(attempt: Attempt) -> dict[int, list[float]]:
    """Return the difficulties of the responses that count, by exam domain."""
    difficulties: dict[int, list[float]] = defaultdict(list)
    counted = attempt.responses.filter(scored=True, withdrawn=False)
    for response in counted.only("exam_domain", "rating", "b", "credited"):
        difficulties[response.exam_domain].append(figures.effective_difficulty(response))
    return difficulties


def _abilities(raw: int, difficulties: Sequence[float]) -> Abilities | None:
    if not difficulties:
        return None
    return Abilities(ability.eap(raw, difficulties), ability.wle(raw, difficulties))


def _domain_row(result: DomainResult, title: str, difficulties: Sequence[float]) -> DomainRow:
    if result.earned is not None and result.possible is not None:
        values = {"earned": in_short(result.earned), "possible": in_short(result.possible)}
        return DomainRow(
            number=result.exam_domain,
            title=title,
            n=result.n,
            correct=result.correct,
            unanswered=result.unanswered,
            percent=precision.percent(result.earned, result.possible),
            lo=round(result.lo, 2),
            hi=round(result.hi, 2),
            expected=None,
            points=_("%(earned)s of %(possible)s") % values,
        )
    bar = precision.plausible_shares(result.correct, difficulties) if difficulties else None
    return DomainRow(
        number=result.exam_domain,
        title=title,
        n=result.n,
        correct=result.correct,
        unanswered=result.unanswered,
        percent=precision.percent(result.correct, result.n),
        lo=round(100 * bar.lo, 2) if bar else None,
        hi=round(100 * bar.hi, 2) if bar else None,
        expected=round(100 * (result.expected or 0) / result.n, 2),
    )
