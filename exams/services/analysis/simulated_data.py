"""Remove everything that simulated candidates have left: exams, scores, statistics, scales."""

import logging
from dataclasses import dataclass

from django.db import transaction

from exams.models import Allowance, Attempt, AttemptEvent, Candidate, DomainResult, Form, Note, Response, ScoreReport
from exams.services.analysis import analysis_runs, item_analysis, scale_versions

log = logging.getLogger(__name__)

ATTEMPTS_PER_TRANSACTION = 100  # under a second on SQLite, where a transaction blocks every save


@dataclass(frozen=True, slots=True)
class Removed:
    """The numbers of exams and scales that are gone."""

    exams: int
    scales: int


def remove() -> Removed:
    """Remove all simulated exams in short transactions, then their statistics and scales. It can be run again.

    Candidates of accounts stay, and so do those that have an attempt of their own.
    """
    exams = 0
    synthetic = Attempt.objects.filter(synthetic=True).order_by("pk")
    while chunk := list(synthetic.values_list("pk", "form", "candidate")[:ATTEMPTS_PER_TRANSACTION]):
        attempts, forms, candidates = zip(*chunk, strict=True)
        with transaction.atomic():
            _remove(attempts, forms, candidates)
        exams += len(chunk)
    with transaction.atomic():
        analysis_runs.remove_synthetic()
        item_analysis.remove_synthetic()
        scales = scale_versions.remove_synthetic()
    log.info("removed %d simulated exams and %d scales", exams, scales)
    return Removed(exams, scales)


def _remove(attempts: tuple[int, ...], forms: tuple[int, ...], candidates: tuple[int, ...]) -> None:
    rows = Attempt.objects.filter(pk__in=attempts)
    rows.filter(report__isnull=False).update(status=Attempt.Status.SUBMITTED, report=None)
    reports = ScoreReport.objects.filter(attempt__in=attempts)
    DomainResult.objects.filter(report__in=reports).delete()
    reports.delete()
    for model in (Response, Note, AttemptEvent, Allowance):
        model._default_manager.filter(attempt__in=attempts).delete()
    rows.delete()
    Form.objects.filter(pk__in=forms, attempts=None, sittings=None).delete()
    Candidate.objects.filter(pk__in=candidates, user=None, code_hash=None, attempts=None, participations=None).delete()
