"""Write score reports: compute the figures from the frozen responses of an attempt and store them once."""

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.db.models import F

from exams.models import Attempt, AttemptEvent, DomainResult, KeyRuling, PassLineRule, Response, ScoreReport
from exams.psychometrics import outlook, precision, scaling
from exams.services.attempt import assembly
from exams.services.results import rulings
from questions import task_queue

log = logging.getLogger(__name__)

MAX_SCORING_TRIES = 3  # after these failures an attempt is set aside for staff


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """The figures of a score report."""

    rule: str
    raw: int
    n: int
    kappa: Decimal
    score: scaling.ScaledScore
    band: precision.Band
    outlook: outlook.Outlook
    domains: tuple[precision.DomainFigures, ...]
    repeats: int


@dataclass(frozen=True, slots=True)
class ScoringRules:
    """How a form is scored: where its pass line comes from, and the scale that reports the score.

    `reference` is the reference form of the form's scale version; None if the pass line comes from ratings.
    """

    rule: str
    scale: scaling.ScoreScale
    reference: scaling.PassLine | None = None


def scoring_rules(attempt: Attempt) -> ScoringRules:
    """Return the rules that were fixed when the form was drawn. Select `form__blueprint` and `form__scale` before."""
    version = attempt.form.scale
    reference = scaling.calibrated_line([item["b"] for item in version.reference]) if version else None
    return ScoringRules(attempt.form.rule, reporting_scale(attempt), reference)


def counted_responses(responses: Iterable[Response]) -> list[Response]:
    """Return the responses that count: neither unscored nor withdrawn."""
    return [response for response in responses if response.scored and not response.withdrawn]


def figures(responses: Iterable[Response], rules: ScoringRules) -> ScoreFigures:
    """Return the figures of these responses, without the unscored and withdrawn ones.

    Raise ValueError when the remaining responses have no possible pass line.
    """
    counted = counted_responses(responses)
    line, raw = pass_line_and_raw(counted, rules.rule)
    answers = [
        precision.ScoredAnswer(
            domain=response.exam_domain,
            difficulty=effective_difficulty(response),
            correct=response.correct,
            answered=response.ticked != 0 or response.credited,
        )
        for response in counted
    ]
    return ScoreFigures(
        rule=rules.rule,
        raw=raw,
        n=line.n,
        kappa=line.decimal_kappa,
        score=scaling.score(raw, line, rules.scale, rules.reference),
        band=precision.band(raw, line, rules.scale),
        outlook=outlook.outlook(raw, line),
        domains=precision.by_exam_domain(answers),
        repeats=sum(response.repeat for response in counted),
    )


class CountedResponse(Protocol):
    """The fields of a scored response that determine the score."""

    @property
    def rating(self) -> int: ...
    @property
    def b(self) -> float | None: ...
    @property
    def correct(self) -> bool: ...
    @property
    def credited(self) -> bool: ...


def difficulty_of(response: CountedResponse) -> float:
    """Return the calibrated b of the response, or else that of its rating, in logits."""
    return scaling.difficulty(response.rating) if response.b is None else response.b


def effective_difficulty(response: CountedResponse) -> float:
    """Return the same after key rulings: no candidate misses a point that everybody has."""
    return scaling.EVERYBODY if response.credited else difficulty_of(response)


def pass_line_and_raw(counted: Sequence[CountedResponse], rule: str) -> tuple[scaling.PassLine, int]:
    """Return pass line and raw score of the counted responses, which determine the scaled score."""
    scored = [(response.rating, response.b) for response in counted if not response.credited]
    line = assembly.line_by(rule, scored, credited=len(counted) - len(scored))
    return line, sum(response.correct for response in counted)


def differing_figures(
    report: ScoreReport, results: Iterable[DomainResult], due: ScoreFigures, pass_mark: int
) -> Iterator[tuple[str, object, object]]:
    """Yield name, stored value and due value of each figure that differs from `due`."""
    stored = list(results)
    pairs: list[tuple[str, object, object]] = [
        ("rule", report.rule, due.rule),
        ("raw", report.raw, due.raw),
        ("n", report.n, due.n),
        ("kappa", report.kappa, due.kappa),
        ("scaled", report.scaled, due.score.scaled),
        ("passed", report.passed, due.score.passed),
        ("band", (report.band_lo, report.band_hi), (due.band.lo, due.band.hi)),
        ("p_at_or_above", report.p_standard, due.outlook.at_or_above),
        ("p_pass_again", report.p_again, due.outlook.pass_again),
        ("repeats", report.repeats, due.repeats),
        ("pass_mark", report.pass_mark, pass_mark),
        ("exam domains", sorted(row.exam_domain for row in stored), [domain.domain for domain in due.domains]),
    ]
    by_domain = {result.exam_domain: result for result in stored}
    for figure in due.domains:
        if result := by_domain.get(figure.domain):
            pairs += [
                (f"exam domain {figure.domain}, {name}", old, new)
                for name, old, new in (
                    ("n", result.n, figure.n),
                    ("correct", result.correct, figure.correct),
                    ("unanswered", result.unanswered, figure.unanswered),
                    ("interval from", result.lo, figure.interval.lo * 100),
                    ("interval to", result.hi, figure.interval.hi * 100),
                    ("expected", result.expected, figure.expected),
                    ("class", result.verdict, figure.verdict),
                )
            ]
    for name, old, new in pairs:
        if isinstance(old, float) and isinstance(new, float):
            if not math.isclose(old, new, abs_tol=1e-9):
                yield name, old, new
        elif old != new:
            yield name, old, new


def reporting_scale(attempt: Attempt) -> scaling.ScoreScale:
    """Return the reporting scale of the attempt's blueprint."""
    scale = attempt.form.blueprint.exam.scale
    return scaling.ScoreScale(scale.min, scale.passing, scale.max)


def score(attempt_id: int, now: datetime) -> bool:
    """Score a submitted exam. Return whether this call did it; repeated and concurrent calls change nothing.

    1. Read the frozen responses and compute, outside of any transaction. 2. In one transaction, claim the attempt by
    counting the try: a concurrent call waits here and then finds nothing to claim. 3. Compute again if a key ruling
    has changed the responses. 4. Write the report and swap submitted -> scored. A failure rolls back and is counted.
    """
    attempt = (
        Attempt.objects.awaiting_score().select_related("form__blueprint", "form__scale").filter(pk=attempt_id).first()
    )
    if attempt is None:
        log.info("attempt id %s is not awaiting a score", attempt_id)
        return False
    try:
        responses = list(attempt.responses.all())
        result = figures(responses, scoring_rules(attempt))
        with transaction.atomic():
            # The claim comes first: it serializes two workers, and the second finds nothing to do.
            claimed = Attempt.objects.awaiting_score().filter(pk=attempt.pk)
            if not claimed.update(scoring_tries=F("scoring_tries") + 1):
                return False
            rulings.apply_rulings([attempt.pk])
            ruled = list(attempt.responses.all())
            if ruling_state(ruled) != ruling_state(responses):
                result = figures(ruled, scoring_rules(attempt))
            report = write_report(attempt, result, cause="finish", now=now)
            Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SUBMITTED).update(
                status=Attempt.Status.SCORED, report=report, scoring_error=""
            )
            AttemptEvent.objects.create(attempt=attempt, at=now, kind="scored", data={"report": report.number})
    except Exception as error:
        log.exception("could not score attempt %s", attempt.uuid)
        _record_failure(attempt, error)
        return False
    log.info("scored attempt %s", attempt.uuid)
    return True


def ruling_state(responses: Iterable[Response]) -> list[tuple[int, bool, bool, bool]]:
    """Return the fields of the score that a concurrent key ruling can change, to detect such a change."""
    return sorted((response.pk, response.correct, response.withdrawn, response.credited) for response in responses)


def write_report(
    attempt: Attempt, result: ScoreFigures, *, cause: str, now: datetime, ruling: KeyRuling | None = None
) -> ScoreReport:
    """Store a report with its exam domains, numbered after the earlier reports. Call it in a transaction."""
    report = build_report(attempt, result, cause=cause, now=now, ruling=ruling)
    report.number = ScoreReport.objects.filter(attempt=attempt).count() + 1
    report.save(force_insert=True)
    DomainResult.objects.bulk_create(build_domain_results(report, result))
    return report


def build_report(
    attempt: Attempt, result: ScoreFigures, *, cause: str, now: datetime, ruling: KeyRuling | None = None
) -> ScoreReport:
    """Build the unsaved report of an attempt, as its first one."""
    return ScoreReport(
        attempt=attempt,
        number=1,
        made_at=now,
        cause=cause,
        ruling=ruling,
        rule=PassLineRule(result.rule),
        raw=result.raw,
        n=result.n,
        kappa=result.kappa,
        scaled=result.score.scaled,
        band_lo=result.band.lo,
        band_hi=result.band.hi,
        p_standard=result.outlook.at_or_above,
        p_again=result.outlook.pass_again,
        repeats=result.repeats,
        pass_mark=reporting_scale(attempt).passing,
    )


def build_domain_results(report: ScoreReport, result: ScoreFigures) -> list[DomainResult]:
    """Build the unsaved results by exam domain."""
    return [
        DomainResult(
            report=report,
            exam_domain=figure.domain,
            n=figure.n,
            correct=figure.correct,
            unanswered=figure.unanswered,
            lo=figure.interval.lo * 100,
            hi=figure.interval.hi * 100,
            expected=figure.expected,
            verdict=figure.verdict,
        )
        for figure in result.domains
    ]


def _record_failure(attempt: Attempt, error: Exception) -> None:
    """Count the failure. The last try sets the attempt aside, so that it cannot delay the others."""
    unscored = Attempt.objects.awaiting_score().filter(pk=attempt.pk)
    unscored.update(scoring_tries=F("scoring_tries") + 1, scoring_error=f"{type(error).__name__}: {error}"[:500])
    unscored.filter(scoring_tries__gte=MAX_SCORING_TRIES).update(status=Attempt.Status.SCORING_FAILED)


def retry(attempt: Attempt) -> bool:
    """Return an attempt whose scoring failed to the queue, for staff. Return whether it was set aside."""
    with transaction.atomic():
        updated = Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SCORING_FAILED).update(
            status=Attempt.Status.SUBMITTED, scoring_tries=0, scoring_error=""
        )
        if updated:
            task_queue.send("exams.score_attempt", attempt.pk)
    return bool(updated)
