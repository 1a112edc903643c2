"""Simulate candidates of known ability who sit exams through the same services as real candidates.

A candidate of ability theta answers a question of difficulty b correctly with the probability of the Rasch model.
`bulk_simulation` writes the same rows for many candidates, in a fiftieth of the time.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.db import transaction

from exams.models import Attempt, Candidate
from exams.psychometrics import scaling
from exams.services.analysis.simulated_items import SimulatedItem, simulated_items
from exams.services.attempt import answering, attempts, ending, exposure, question_pool
from exams.services.attempt.answering import PostedAnswer, Sitter
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.exposure import ExposureCounts
from exams.services.progress import readiness
from exams.services.results.shown_scores import ShownScores
from questions.models import Blueprint

TIME_USED_RANGE = (0.5, 0.95)  # shares of the exam time; never all of it, so that time costs no points
LOG_SECONDS_SD = 0.5  # of the logarithm of the seconds on a question
FLAG_PROBABILITY = 0.08


@dataclass(frozen=True, slots=True)
class Ability:
    """The normal distribution of abilities, in logits; 0 is the standard. An `sd` of 0 gives one ability."""

    mean: float = 0.0
    sd: float = 1.0


type Items = Mapping[int, SimulatedItem]  # by revision


@dataclass(frozen=True, slots=True)
class SimulatedExam:
    """The ability of a simulated candidate, and the finished attempt, not scored."""

    theta: float
    attempt: Attempt


class AskedQuestion(Protocol):
    """What of a response an answer depends on."""

    @property
    def revision_id(self) -> int: ...
    @property
    def choose(self) -> int: ...
    @property
    def full(self) -> int: ...


class SimulatedAnswer(NamedTuple):
    """The options ticked, the seconds on the question, and whether the candidate has flagged it."""

    ticked: int
    seconds: int
    flagged: bool


def simulate_career(
    blueprint: Blueprint,
    candidate: Candidate,
    exams: int,
    ability: Ability,
    seed: int,
    now: datetime,
    items: Items | None = None,
) -> Iterator[SimulatedExam]:
    """Yield `exams` exams by one candidate, one a day, the last one finished at `now`.

    Score each before the next: the ability rises or falls by chance from exam to exam, and predictions follow it.
    """
    items = items or simulated_items(blueprint)
    counts = exposure.count_simulated(question_pool.pool_for(blueprint).items)
    for number in range(exams):
        theta, rng = draw_ability(ability, seed, number)
        at = now - timedelta(days=exams - 1 - number)
        yield SimulatedExam(theta, simulate_exam(blueprint, theta, rng, at, candidate, items, counts))


def draw_ability(ability: Ability, seed: int, number: int) -> tuple[float, random.Random]:
    """Return the ability for exam `number`, and the generator from which the rest of this exam is drawn."""
    rng = random.Random(f"{seed}:{number}")
    return rng.gauss(ability.mean, ability.sd), rng


@transaction.atomic  # else the sweeper of a server that runs closes an exam of an earlier day between two answers
def simulate_exam(
    blueprint: Blueprint,
    theta: float,
    rng: random.Random,
    now: datetime,
    candidate: Candidate | None = None,
    items: Items | None = None,
    counts: ExposureCounts | None = None,
) -> Attempt:
    """Simulate one exam by this or a new candidate, which started in the past and is finished at `now`.

    It is added to `counts`, those of the simulation it belongs to.
    """
    items = items or simulated_items(blueprint)
    seconds = draw_seconds(blueprint, rng)
    at = now - timedelta(seconds=sum(seconds))
    is_new = candidate is None
    candidate = candidate or Candidate.objects.create(created_at=at)
    sitter = Sitter(candidate.pk, candidate.epoch)
    form_seed = draw_form_seed(rng)
    counts = counts or exposure.count_simulated(question_pool.pool_for(blueprint).items)
    past = [] if is_new else readiness.past_results(candidate, blueprint.code, ShownScores(frozenset()))
    request = StartRequest(candidate, blueprint, at, seed=form_seed, new_candidate=is_new, simulated=counts, past=past)
    attempt = attempts.start(request).attempt
    rows = list(attempt.responses.order_by("position"))
    for row, answer in zip(rows, draw_answers(rows, seconds, theta, items, rng), strict=True):
        at += timedelta(seconds=answer.seconds)
        posted = PostedAnswer(answer.ticked, row.version, answer.seconds)
        flagged = answer.flagged or None
        result = answering.save(attempt.uuid, sitter, row.position, posted, at, leaving=True, flagged=flagged)
        if not result.ok:
            raise RuntimeError(f"{attempt}: the answer to question {row.position} was {result.outcome.value}.")
    # Only the last position is stored: each overwrites the one before, and all would take a third of the time.
    answering.set_position(attempt.uuid, sitter, len(rows), at)
    ending.finish(attempt, at)
    return attempt


def draw_seconds(blueprint: Blueprint, rng: random.Random) -> list[int]:
    """Return the seconds on each question, log-normal, with a sum within the time of the exam."""
    paces = [rng.lognormvariate(0, LOG_SECONDS_SD) for _ in range(blueprint.exam.questions)]
    budget = rng.uniform(*TIME_USED_RANGE) * blueprint.exam.minutes * 60
    total = sum(paces)
    return [int(budget * pace / total) for pace in paces]


def draw_form_seed(rng: random.Random) -> str:
    """Return the seed from which the form is drawn."""
    return f"{rng.getrandbits(64):016x}"


def draw_answers(
    rows: Iterable[AskedQuestion], seconds: Iterable[int], theta: float, items: Items, rng: random.Random
) -> Iterator[SimulatedAnswer]:
    """Yield the answer to each row, in order of position."""
    for row, spent in zip(rows, seconds, strict=True):
        flagged = rng.random() < FLAG_PROBABILITY
        yield SimulatedAnswer(_ticked_mask(row, theta, items[row.revision_id], rng), spent, flagged)


def _ticked_mask(row: AskedQuestion, theta: float, item: SimulatedItem, rng: random.Random) -> int:
    """Return the answer with the probability of the model, else another set of as many options."""
    if rng.random() < scaling.chance(0 if item.dead else theta, item.b):
        return item.answer
    # By bit, so that the order on the page does not affect the result.
    n_options = row.full.bit_length()
    ticked = item.answer
    while ticked == item.answer:
        ticked = sum(1 << bit for bit in rng.sample(range(n_options), row.choose))
    return ticked
