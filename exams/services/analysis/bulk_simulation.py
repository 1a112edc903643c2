"""Simulate many exams at once: the rows that `simulation` and scoring would write, in few statements.

Import it in commands only: it imports numpy.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from operator import attrgetter

from django.db import transaction

from exams.models import Attempt, AttemptEvent, Candidate, Form, Mode, Response
from exams.models.bulk_insert import insert_rows
from exams.services.analysis import simulation
from exams.services.analysis.simulation import Ability, Items
from exams.services.attempt import assembly, attempts, exposure, question_pool
from exams.services.attempt.exposure import ExposureCounts
from exams.services.results import figures, rulings, score_reports
from exams.services.results.figures import ScoreFigures
from questions.models import Blueprint

RESPONSE_COLUMNS = [
    field.attname for field in Response._meta.concrete_fields if not (field.primary_key or field.generated)
]
EXAMS_PER_TRANSACTION = 100  # under a second on SQLite, where a transaction blocks every save


@dataclass(frozen=True, slots=True)
class ScoredExam:
    """The ability of a simulated candidate, the scored attempt and its figures."""

    theta: float
    attempt: Attempt
    figures: ScoreFigures


@dataclass(frozen=True, slots=True)
class _UnsavedExam:
    theta: float
    candidate: Candidate
    form: Form
    attempt: Attempt
    responses: list[Response]
    events: list[AttemptEvent]


def simulate_exams(
    blueprint: Blueprint, candidates: int, ability: Ability, seed: int, clock: Callable[[], datetime], items: Items
) -> Iterator[ScoredExam]:
    """Yield scored exams of new candidates: those of `simulation.simulate_exams` with the same arguments.

    Raise exams.psychometrics.drawing.ShortageError.
    """
    counts = exposure.count_simulated(question_pool.pool_for(blueprint).items)
    for numbers in batched(range(candidates), EXAMS_PER_TRANSACTION):
        exams, now = [], clock()
        for number in numbers:
            theta, rng = simulation.draw_ability(ability, seed, number)
            exams.append(_sit(blueprint, theta, rng, now, items, counts))
        with transaction.atomic():
            _write(exams)
            results = _score(exams, now)
        for exam in exams:
            yield ScoredExam(exam.theta, exam.attempt, results[exam.attempt.pk])


def _sit(
    blueprint: Blueprint, theta: float, rng: random.Random, now: datetime, items: Items, counts: ExposureCounts
) -> _UnsavedExam:
    """Simulate one exam without writing anything."""
    seconds = simulation.draw_seconds(blueprint, rng)
    started = at = now - timedelta(seconds=sum(seconds))
    candidate = Candidate(created_at=started)
    form_seed = simulation.draw_form_seed(rng)
    drawn = assembly.draw_form(blueprint, candidate, form_seed, new_candidate=True, simulated=counts)
    form = assembly.build_form(drawn)
    time = attempts.clock(blueprint, candidate, started)
    attempt = Attempt(
        candidate=candidate,
        form=form,
        blueprint_code=blueprint.code,
        mode=Mode.EXAM,
        synthetic=True,
        status=Attempt.Status.SUBMITTED,
        started_at=started,
        deadline=time.deadline,
        submitted_at=now,
        closed_by=Attempt.ClosedBy.CANDIDATE,
        position=len(seconds),
        scoring_tries=1,
    )
    responses = assembly.build_responses(drawn, attempt)
    answers = simulation.draw_answers(responses, seconds, theta, items, rng)
    for row, answer in zip(responses, answers, strict=True):
        at += timedelta(seconds=answer.seconds)
        row.ticked, row.seconds, row.flagged = answer.ticked, answer.seconds, answer.flagged
        row.trail = f"{answer.ticked}@{answer.seconds};"
        row.version = 1
        row.first_shown = row.saved_at = at
    events = [
        AttemptEvent(attempt=attempt, at=started, kind="started", data=time.details),
        AttemptEvent(attempt=attempt, at=now, kind="finished"),
    ]
    return _UnsavedExam(theta, candidate, form, attempt, responses, events)


def _write(exams: Sequence[_UnsavedExam]) -> None:
    """Store the submitted exams."""
    values = attrgetter(*RESPONSE_COLUMNS)
    Candidate.objects.bulk_create([exam.candidate for exam in exams])
    Form.objects.bulk_create([exam.form for exam in exams])
    Attempt.objects.bulk_create([exam.attempt for exam in exams])
    for exam in exams:
        for row in exam.responses:
            row.attempt_id = exam.attempt.pk
    insert_rows(Response, RESPONSE_COLUMNS, (values(row) for exam in exams for row in exam.responses))


def _score(exams: Sequence[_UnsavedExam], now: datetime) -> dict[int, ScoreFigures]:
    """Score the stored exams, as `scoring.score` does with one, and return their figures by attempt."""
    keys = [exam.attempt.pk for exam in exams]
    rulings.apply_rulings(keys)
    responses = figures.read_counted(keys)
    results = {
        exam.attempt.pk: figures.figures(responses[exam.attempt.pk], figures.scoring_rules(exam.attempt))
        for exam in exams
    }
    AttemptEvent.objects.bulk_create(event for exam in exams for event in exam.events)
    score_reports.write_reports(results, cause="finish", now=now)
    return results
