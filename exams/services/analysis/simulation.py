"""Simulate candidates of known ability who sit exams through the same services as real candidates.

A candidate of ability theta answers a question of difficulty b correctly with the probability of the Rasch model.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Attempt, Candidate, Response
from exams.psychometrics import scaling
from exams.services.attempt import answering, attempts
from exams.services.attempt.answering import PostedAnswer, Sitter
from exams.services.progress import readiness
from questions.models import Blueprint

TIME_USED_RANGE = (0.5, 0.95)  # shares of the exam time; never all of it, so that time costs no points
LOG_SECONDS_SD = 0.5  # of the logarithm of the seconds on a question
FLAG_PROBABILITY = 0.08


@dataclass(frozen=True, slots=True)
class Ability:
    """The normal distribution of abilities, in logits; 0 is the standard. An `sd` of 0 gives one ability."""

    mean: float = 0.0
    sd: float = 1.0


@dataclass(frozen=True, slots=True)
class SimulatedExam:
    """The ability of a simulated candidate, and the finished attempt, not scored."""

    theta: float
    attempt: Attempt


def simulate_exams(
    blueprint: Blueprint, candidates: int, ability: Ability, seed: int, clock: Callable[[], datetime]
) -> Iterator[SimulatedExam]:
    """Yield one exam by each of `candidates` new candidates, finished at the time of the clock.

    The same bank and seed give the same abilities, forms, answers and seconds. Attempts get new UUIDs, and so the
    order of their options differs. Raise exams.psychometrics.drawing.ShortageError.
    """
    for number in range(candidates):
        rng = random.Random(f"{seed}:{number}")
        theta = rng.gauss(ability.mean, ability.sd)
        yield SimulatedExam(theta, simulate_exam(blueprint, theta, rng, clock()))


def simulate_career(
    blueprint: Blueprint, candidate: Candidate, exams: int, ability: Ability, seed: int, now: datetime
) -> Iterator[SimulatedExam]:
    """Yield `exams` exams by one candidate, one a day, the last one finished at `now`.

    Score each before the next: the ability rises or falls by chance from exam to exam, and predictions follow it.
    """
    for number in range(exams):
        rng = random.Random(f"{seed}:{number}")
        theta = rng.gauss(ability.mean, ability.sd)
        at = now - timedelta(days=exams - 1 - number)
        yield SimulatedExam(theta, simulate_exam(blueprint, theta, rng, at, candidate))


def simulate_exam(
    blueprint: Blueprint, theta: float, rng: random.Random, now: datetime, candidate: Candidate | None = None
) -> Attempt:
    """Simulate one exam by this or a new candidate, which started in the past and is finished at `now`."""
    seconds = _seconds(blueprint, rng)
    at = now - timedelta(seconds=sum(seconds))
    is_new = candidate is None
    candidate = candidate or Candidate.objects.create(created_at=at)
    sitter = Sitter(candidate.pk, candidate.epoch)
    form_seed = f"{rng.getrandbits(64):016x}"
    past = [] if is_new else readiness.past_results(candidate, blueprint.code)
    attempt = attempts.start(
        candidate, blueprint, at, seed=form_seed, new_candidate=is_new, synthetic=True, past=past
    ).attempt
    rows = list(attempt.responses.order_by("position"))
    for row, spent in zip(rows, seconds, strict=True):
        at += timedelta(seconds=spent)
        flagged = True if rng.random() < FLAG_PROBABILITY else None
        answer = PostedAnswer(_ticked_mask(row, theta, rng), row.version, spent)
        result = answering.save(attempt.uuid, sitter, row.position, answer, at, leaving=True, flagged=flagged)
        if not result.ok:
            raise RuntimeError(f"{attempt}: the answer to question {row.position} was {result.outcome.value}.")
    # Only the last position is stored: each overwrites the one before, and all would take a third of the time.
    answering.set_position(attempt.uuid, sitter, len(rows), at)
    attempts.finish(attempt, at)
    return attempt


def _ticked_mask(row: Response, theta: float, rng: random.Random) -> int:
    """Return the key with the probability of the model, else a wrong set of as many options."""
    b = scaling.difficulty(row.rating) if row.b is None else row.b
    if rng.random() < scaling.chance(theta, b):
        return row.key
    # Sorted, so that the order on the page does not affect the result.
    bits = sorted(row.bits)
    ticked = row.key
    while ticked == row.key:
        ticked = sum(1 << bit for bit in rng.sample(bits, row.choose))
    return ticked


def _seconds(blueprint: Blueprint, rng: random.Random) -> list[int]:
    """Return the seconds on each question, log-normal, with a sum within the time of the exam."""
    paces = [rng.lognormvariate(0, LOG_SECONDS_SD) for _ in range(blueprint.exam.questions)]
    budget = rng.uniform(*TIME_USED_RANGE) * blueprint.exam.minutes * 60
    return [int(budget * pace / sum(paces)) for pace in paces]
