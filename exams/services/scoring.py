"""Writes score reports: reads an attempt's frozen responses, asks the formulas, stores the figures once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from exams.models import Attempt, AttemptEvent, DomainResult, Response, Rule, ScoreReport
from exams.psychometrics import precision, scaling
from exams.services import wakeup

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
    line = scaling.rated_line([response.rating for response in counted])
    raw = sum(response.ticked == response.key for response in counted)
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


def scale_of(attempt: Attempt) -> scaling.Scale:
    """The reporting scale of the attempt's blueprint."""
    scale = attempt.form.blueprint.exam.scale
    return scaling.Scale(scale.min, scale.passing, scale.max)


def score(attempt_id: int, now: datetime) -> bool:
    """Scores a submitted exam. True if this call did; doing it twice, or by two workers at once, changes nothing.

    1. read what was frozen, compute outside any transaction; 2. in one transaction claim the attempt by counting
    the try: whoever comes second waits there and finds nothing to claim; 3. write the report and swap
    submitted -> scored. A failure undoes all three and is counted.
    """
    attempt = Attempt.objects.waiting_for_score().select_related("form__blueprint").filter(pk=attempt_id).first()
    if attempt is None:
        log.info("attempt id %s is not waiting for a score", attempt_id)
        return False
    try:
        result = figures(list(attempt.responses.all()), attempt.form.rule, scale_of(attempt))
        with transaction.atomic():
            # The claim comes first: it makes two workers take turns, the second finds nothing to do.
            if (
                not Attempt.objects.waiting_for_score()
                .filter(pk=attempt.pk)
                .update(scoring_tries=F("scoring_tries") + 1)
            ):
                return False
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


def write_report(attempt: Attempt, result: Figures, *, cause: str, now: datetime) -> ScoreReport:
    """Stores one report with its exam domains, numbered after the attempt's earlier ones. Call it in a transaction."""
    report = ScoreReport.objects.create(
        attempt=attempt,
        number=ScoreReport.objects.filter(attempt=attempt).count() + 1,
        made_at=now,
        cause=cause,
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
            wakeup.score(attempt.pk)
    return bool(won)
