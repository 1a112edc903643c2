"""Synthetic candidates who sit exams through the services that real ones use, so that figures have a known truth.

A candidate of ability theta answers a question of difficulty b correctly with the chance of the Rasch model.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Attempt, Candidate, Response
from exams.psychometrics import scaling
from exams.services.attempt import answering, attempts
from exams.services.attempt.answering import Sitter, Ticks
from questions.models import Blueprint

USED = (0.5, 0.95)  # share of the time that a candidate takes; never all of it, or the clock would cost points
PACE_SPREAD = 0.5  # of the logarithm of the seconds on one question
FLAGS = 0.08  # share of questions flagged for review


@dataclass(frozen=True, slots=True)
class Ability:
    """The normal distribution, in logits, that candidates are drawn from; 0 is the standard, `sd` 0 one ability."""

    mean: float = 0.0
    sd: float = 1.0


@dataclass(frozen=True, slots=True)
class Sat:
    """One simulated exam: the ability behind it, and the attempt, handed in and not scored."""

    theta: float
    attempt: Attempt


def sit_many(
    blueprint: Blueprint, candidates: int, ability: Ability, seed: int, clock: Callable[[], datetime]
) -> Iterator[Sat]:
    """One exam by each of so many new candidates, one after the other, each handed in at the time of the clock.

    The same bank and seed give the same abilities, papers, answers and seconds. Attempts get new uuids, and
    with these the order in which options are shown. Raises exams.psychometrics.drawing.Shortage.
    """
    for number in range(candidates):
        rng = random.Random(f"{seed}:{number}")
        theta = rng.gauss(ability.mean, ability.sd)
        yield Sat(theta, sit(blueprint, theta, rng, clock()))


def sit(blueprint: Blueprint, theta: float, rng: random.Random, now: datetime) -> Attempt:
    """One whole exam by one new candidate, who started in the past and hands in `now`."""
    seconds = _seconds(blueprint, rng)
    at = now - timedelta(seconds=sum(seconds))
    candidate = Candidate.objects.create(created_at=at)
    sitter = Sitter(candidate.pk, candidate.epoch)
    form_seed = f"{rng.getrandbits(64):016x}"
    attempt = attempts.start(candidate, blueprint, at, seed=form_seed, fresh=True, synthetic=True).attempt
    rows = list(attempt.responses.order_by("position"))
    for row, spent in zip(rows, seconds, strict=True):
        at += timedelta(seconds=spent)
        flagged = True if rng.random() < FLAGS else None
        ticks = Ticks(_answer(row, theta, rng), row.version, spent)
        saved = answering.save(attempt.uuid, sitter, row.position, ticks, at, leaving=True, flagged=flagged)
        if not saved.ok:
            raise RuntimeError(f"{attempt}: the answer to question {row.position} was {saved.outcome.value}.")
    # The last move alone: each overwrites the one before it, and together they would take a third of the time.
    answering.go_to(attempt.uuid, sitter, len(rows), at)
    attempts.finish(attempt, at)
    return attempt


def _answer(row: Response, theta: float, rng: random.Random) -> int:
    """The key with the chance of the model, else another set of as many options."""
    b = scaling.difficulty(row.rating) if row.b is None else row.b
    if rng.random() < scaling.chance(theta, b):
        return row.key
    # By bits, not as shown: the order on the page must not decide what is ticked.
    bits = sorted(row.bits)
    ticked = row.key
    while ticked == row.key:
        ticked = sum(1 << bit for bit in rng.sample(bits, row.choose))
    return ticked


def _seconds(blueprint: Blueprint, rng: random.Random) -> list[int]:
    """Whole seconds on each question: log-normal, and together within the time of the exam."""
    paces = [rng.lognormvariate(0, PACE_SPREAD) for _ in range(blueprint.exam.questions)]
    budget = rng.uniform(*USED) * blueprint.exam.minutes * 60
    return [int(budget * pace / sum(paces)) for pace in paces]
