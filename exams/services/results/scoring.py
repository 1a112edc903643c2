"""Score submitted exams: compute the figures from their frozen responses and store them once."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from exams.models import Attempt
from exams.services.results import figures, rulings, score_reports
from exams.services.results.figures import CountedResponse, ScoreFigures
from questions import task_queue

log = logging.getLogger(__name__)

MAX_SCORING_TRIES = 3  # after these failures an attempt is set aside for staff


def score(attempt_id: int, now: datetime) -> bool:
    """Score a submitted exam. Return whether this call did it; repeated and concurrent calls change nothing."""
    return score_all([attempt_id], now) == 1


def score_all(attempt_ids: Iterable[int], now: datetime) -> int:
    """Score submitted exams, and return how many this call has scored. One that cannot be scored stops no other.

    1. Read the frozen responses and compute, outside of any transaction. 2. In one transaction, claim the attempts by
    counting the try: a concurrent call waits here and then finds nothing to claim. 3. Compute again where a key ruling
    has changed the responses. 4. Write the reports and swap submitted -> scored. If this fails, nothing is written, and
    each attempt is tried alone. The failure of a single one is counted.
    """
    rows = Attempt.objects.awaiting_score().filter(pk__in=list(attempt_ids)).order_by("pk")
    attempts = list(rows.select_related("form__blueprint", "form__scale"))
    if not attempts:
        return 0
    try:
        scored = _score(attempts, now)
    except Exception as error:
        if len(attempts) > 1:
            return sum(score(attempt.pk, now) for attempt in attempts)
        log.exception("could not score attempt %s", attempts[0].uuid)
        _record_failure(attempts[0], error)
        return 0
    for attempt in scored:
        log.info("scored attempt %s", attempt.uuid)
    return len(scored)


def _score(attempts: Sequence[Attempt], now: datetime) -> list[Attempt]:
    keys = [attempt.pk for attempt in attempts]
    responses = figures.read_counted(keys)
    results = {attempt.pk: _figures(attempt, responses[attempt.pk]) for attempt in attempts}
    with transaction.atomic():
        # The claim comes first: it serializes two workers, and the second finds nothing to do.
        unscored = Attempt.objects.awaiting_score().filter(pk__in=keys)
        claimed = set(unscored.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        unscored.filter(pk__in=claimed).update(scoring_tries=F("scoring_tries") + 1)
        rulings.apply_rulings(list(claimed))
        ruled = figures.read_counted(claimed)
        scored = [attempt for attempt in attempts if attempt.pk in claimed]
        for attempt in scored:
            if ruled[attempt.pk] != responses[attempt.pk]:
                results[attempt.pk] = _figures(attempt, ruled[attempt.pk])
        due = {attempt.pk: results[attempt.pk] for attempt in scored}
        score_reports.write_reports(due, cause="finish", now=now)
    return scored


def _figures(attempt: Attempt, responses: Sequence[CountedResponse]) -> ScoreFigures:
    return figures.figures(responses, figures.scoring_rules(attempt))


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
