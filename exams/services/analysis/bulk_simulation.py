"""Simulate many exams at once: the rows that `simulation` and scoring would write, in few statements.

Import it in commands only: it imports numpy.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import transaction

from exams.models import Attempt, AttemptEvent, Candidate, DomainResult, Form, Mode, Response, ScoreReport
from exams.models.bulk_insert import insert_rows
from exams.services.analysis import simulation
from exams.services.analysis.simulation import Ability, Items
from exams.services.attempt import assembly, attempts, exposure, question_pool
from exams.services.attempt.assembly import NewResponse
from exams.services.attempt.exposure import ExposureCounts
from exams.services.attempt.question_pool import QuestionPool
from exams.services.results import figures, rulings, score_reports
from exams.services.results.figures import ScoreFigures
from questions.models import Blueprint
from questions.services import table_statistics

ANSWER_COLUMNS = ("ticked", "seconds", "flagged", "trail", "first_shown", "saved_at")
# As they are in every response that was answered once.
CONSTANT_COLUMNS = {
    "version": 1,
    "struck": 0,
    "withdrawn": False,
    "credited": False,
    "confidence": None,
    "revealed_at": None,
}
RESPONSE_COLUMNS = ("attempt_id", *NewResponse._fields, *ANSWER_COLUMNS, *CONSTANT_COLUMNS)
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
    responses: list[tuple[NewResponse, tuple[Any, ...]]]  # with the values of ANSWER_COLUMNS
    events: list[AttemptEvent]


def simulate_exams(
    blueprint: Blueprint, candidates: int, ability: Ability, seed: int, clock: Callable[[], datetime], items: Items
) -> Iterator[ScoredExam]:
    """Yield scored exams of new candidates: those of `simulation.simulate_exam` with the same seed.

    The same bank and seed give the same abilities, forms, answers and seconds. Attempts get new UUIDs, and so the
    order of their options differs. Raise exams.psychometrics.drawing.ShortageError.
    """
    counts = exposure.count_simulated(question_pool.pool_for(blueprint).items)
    for numbers in batched(range(candidates), EXAMS_PER_TRANSACTION):
        exams, now, pool = [], clock(), question_pool.pool_for(blueprint, synthetic=True)
        for number in numbers:
            theta, rng = simulation.draw_ability(ability, seed, number)
            exams.append(_sit(blueprint, pool, theta, rng, now, items, counts))
        with transaction.atomic():
            _write(exams)
            results = _score(exams, now)
        for exam in exams:
            yield ScoredExam(exam.theta, exam.attempt, results[exam.attempt.pk])
    table_statistics.analyze(Candidate, Form, Attempt, Response, AttemptEvent, ScoreReport, DomainResult)


def _sit(
    blueprint: Blueprint,
    pool: QuestionPool,
    theta: float,
    rng: random.Random,
    now: datetime,
    items: Items,
    counts: ExposureCounts,
) -> _UnsavedExam:
    """Simulate one exam without writing anything."""
    seconds = simulation.draw_seconds(blueprint, rng)
    started = at = now - timedelta(seconds=sum(seconds))
    candidate = Candidate(created_at=started)
    form_seed = simulation.draw_form_seed(rng)
    drawn = assembly.draw_form(blueprint, candidate, form_seed, new_candidate=True, simulated=counts, pool=pool)
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
    frozen = assembly.lay_out(drawn, attempt)
    responses = []
    for row, answer in zip(frozen, simulation.draw_answers(frozen, seconds, theta, items, rng), strict=True):
        at += timedelta(seconds=answer.seconds)
        responses.append((row, (*answer, f"{answer.ticked}@{answer.seconds};", at, at)))
    events = [
        AttemptEvent(attempt=attempt, at=started, kind="started", data=time.details),
        AttemptEvent(attempt=attempt, at=now, kind="finished"),
    ]
    return _UnsavedExam(theta, candidate, form, attempt, responses, events)


def _write(exams: Sequence[_UnsavedExam]) -> None:
    """Store the submitted exams."""
    Candidate.objects.bulk_create([exam.candidate for exam in exams])
    Form.objects.bulk_create([exam.form for exam in exams])
    Attempt.objects.bulk_create([exam.attempt for exam in exams])
    constants = tuple(CONSTANT_COLUMNS.values())
    rows = ((exam.attempt.pk, *frozen, *answer, *constants) for exam in exams for frozen, answer in exam.responses)
    insert_rows(Response, RESPONSE_COLUMNS, rows)


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
