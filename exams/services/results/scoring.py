"""Writes score reports: reads an attempt's frozen responses, asks the formulas, stores the figures once."""

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.db.models import F

from exams.models import Attempt, AttemptEvent, DomainResult, KeyRuling, Response, Rule, ScoreReport
from exams.psychometrics import precision, scaling
from exams.services.results import rulings
from questions import task_queue

log = logging.getLogger(__name__)

TRIES = 3  # after so many failures an attempt is set aside for staff, with the reason


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a score report states of one attempt."""

    rule: str
    raw: int
    n: int
    kappa: Decimal
    score: scaling.ScaledScore
    band: precision.Band
    outlook: precision.Outlook
    domains: tuple[precision.DomainFigures, ...]
    repeats: int


def figures(responses: Sequence[Response], rule: str, scale: scaling.Scale) -> Figures:
    """The figures of these responses; unscored and withdrawn ones are left out. Nothing is read or written.

    Raises ValueError when what is left has no possible pass line.
    """
    counted = [response for response in responses if response.scored and not response.withdrawn]
    line, raw = points(counted)
    answers = [
        precision.Answer(
            domain=response.exam_domain,
            difficulty=scaling.difficulty(response.rating),
            correct=response.ticked == response.key,
            answered=response.ticked != 0,
        )
        for response in counted
    ]
    return Figures(
        rule=rule,
        raw=raw,
        n=line.n,
        kappa=Decimal(line.kappa.numerator) / line.kappa.denominator,
        score=scaling.score(raw, line, scale),
        band=precision.band(raw, line, scale),
        outlook=precision.outlook(raw, line),
        domains=precision.by_exam_domain(answers),
        repeats=sum(response.repeat for response in counted),
    )


class Counted(Protocol):
    """What of a response that counts makes the score."""

    @property
    def rating(self) -> int: ...
    @property
    def key(self) -> int: ...
    @property
    def ticked(self) -> int: ...


def points(counted: Sequence[Counted]) -> tuple[scaling.PassLine, int]:
    """Pass line and raw score of the responses that count: all that the scaled score is made of."""
    line = scaling.rated_line([response.rating for response in counted])
    return line, sum(response.ticked == response.key for response in counted)


def unlike(
    report: ScoreReport, results: Iterable[DomainResult], due: Figures, pass_mark: int
) -> Iterator[tuple[str, object, object]]:
    """Name, stored and due value of each figure in which a stored report differs from `due`."""
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
        ("exam domains", sorted(each.exam_domain for each in stored), [each.domain for each in due.domains]),
    ]
    by_domain = {result.exam_domain: result for result in stored}
    for figure in due.domains:
        if result := by_domain.get(figure.domain):
            pairs += [
                (f"exam domain {figure.domain}, {name}", was, becomes)
                for name, was, becomes in (
                    ("n", result.n, figure.n),
                    ("correct", result.correct, figure.correct),
                    ("unanswered", result.unanswered, figure.unanswered),
                    ("interval from", result.lo, figure.interval.lo * 100),
                    ("interval to", result.hi, figure.interval.hi * 100),
                    ("expected", result.expected, figure.expected),
                    ("class", result.verdict, figure.verdict),
                )
            ]
    for name, was, becomes in pairs:
        if isinstance(was, float) and isinstance(becomes, float):
            if not math.isclose(was, becomes, abs_tol=1e-9):
                yield name, was, becomes
        elif was != becomes:
            yield name, was, becomes


def scale_of(attempt: Attempt) -> scaling.Scale:
    """The reporting scale of the attempt's blueprint."""
    scale = attempt.form.blueprint.exam.scale
    return scaling.Scale(scale.min, scale.passing, scale.max)


def score(attempt_id: int, now: datetime) -> bool:
    """Scores a submitted exam. True if this call did; doing it twice, or by two workers at once, changes nothing.

    1. read what was frozen, compute outside any transaction; 2. in one transaction claim the attempt by counting
    the try: whoever comes second waits there and finds nothing to claim; 3. compute anew if a key ruling came in
    between; 4. write the report and swap submitted -> scored. A failure undoes all of it and is counted.
    """
    attempt = Attempt.objects.waiting_for_score().select_related("form__blueprint").filter(pk=attempt_id).first()
    if attempt is None:
        log.info("attempt id %s is not waiting for a score", attempt_id)
        return False
    try:
        responses = list(attempt.responses.all())
        result = figures(responses, attempt.form.rule, scale_of(attempt))
        with transaction.atomic():
            # The claim comes first: it makes two workers take turns, the second finds nothing to do.
            if (
                not Attempt.objects.waiting_for_score()
                .filter(pk=attempt.pk)
                .update(scoring_tries=F("scoring_tries") + 1)
            ):
                return False
            rulings.settle([attempt.pk])
            ruled = list(attempt.responses.all())
            if frozen(ruled) != frozen(responses):
                result = figures(ruled, attempt.form.rule, scale_of(attempt))
            report = write_report(attempt, result, cause="finish", now=now)
            Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SUBMITTED).update(
                status=Attempt.Status.SCORED, report=report, scoring_error=""
            )
            AttemptEvent.objects.create(attempt=attempt, at=now, kind="scored", data={"report": report.number})
    except Exception as error:
        log.exception("attempt %s could not be scored", attempt.uuid)
        _note_failure(attempt, error)
        return False
    log.info("attempt %s scored", attempt.uuid)
    return True


def frozen(responses: Iterable[Response]) -> list[tuple[int, int, bool]]:
    """What a key ruling can change under a computation."""
    return sorted((response.pk, response.key, response.withdrawn) for response in responses)


def write_report(
    attempt: Attempt, result: Figures, *, cause: str, now: datetime, ruling: KeyRuling | None = None
) -> ScoreReport:
    """Stores one report with its exam domains, numbered after the attempt's earlier ones. Call it in a transaction."""
    report = ScoreReport.objects.create(
        attempt=attempt,
        number=ScoreReport.objects.filter(attempt=attempt).count() + 1,
        made_at=now,
        cause=cause,
        ruling=ruling,
        rule=Rule(result.rule),
        raw=result.raw,
        n=result.n,
        kappa=result.kappa,
        scaled=result.score.scaled,
        band_lo=result.band.lo,
        band_hi=result.band.hi,
        p_standard=result.outlook.at_or_above,
        p_again=result.outlook.pass_again,
        repeats=result.repeats,
        pass_mark=scale_of(attempt).passing,
    )
    DomainResult.objects.bulk_create(
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
    )
    return report


def _note_failure(attempt: Attempt, error: Exception) -> None:
    """Counts the failure; the third sets the attempt aside, so that it cannot hold up the others."""
    waiting = Attempt.objects.waiting_for_score().filter(pk=attempt.pk)
    waiting.update(scoring_tries=F("scoring_tries") + 1, scoring_error=f"{type(error).__name__}: {error}"[:500])
    waiting.filter(scoring_tries__gte=TRIES).update(status=Attempt.Status.SCORING_FAILED)


def retry(attempt: Attempt) -> bool:
    """Puts an attempt whose scoring failed back into the queue, for staff. True if it was set aside."""
    with transaction.atomic():
        won = Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.SCORING_FAILED).update(
            status=Attempt.Status.SUBMITTED, scoring_tries=0, scoring_error=""
        )
        if won:
            task_queue.send("exams.score_attempt", attempt.pk)
    return bool(won)
