"""Calibrate: estimate difficulties from the responses in the database, and place them on the scale of their exam.

Import it in commands and in jobs with a process of their own: it imports numpy. Each exam has a scale of its own. The
first one puts the standard at 0: candidates there answer as many of its questions correctly as their ratings say. Later
versions only extend it, with its difficulties as fixed anchors.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from exams.psychometrics import item_statistics, person_fit, rasch, scaling
from exams.psychometrics.drawing import Exposures, PoolItem, Recipe, ShortageError, draw_plan
from exams.psychometrics.item_curve import AbilityGroup
from exams.services.analysis import scale_versions
from exams.services.analysis.responses import Sample, read_sample
from exams.services.analysis.scale_versions import MIN_QUESTIONS, MIN_RESPONSES
from exams.services.attempt import active_scale, assembly, question_pool
from questions.models import Blueprint, ItemParameter, Question, Revision, ScaleVersion
from questions.services.errors import RefusedError
from questions.services.jobs import Work

SEED = "reference form"
UNRATED = 70  # percent: the rating of a question that nobody has rated


@dataclass(frozen=True, slots=True)
class ItemFit:
    """A revision as the responses show it, whatever the scale says.

    Difficulty and standard error in logits, infit, and the candidates by groups of ability.
    """

    b: float
    se: float
    infit: float | None
    groups: tuple[AbilityGroup, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The fit of the model: by revision, the distribution of ability, and the ability and its error of each exam.

    The abilities are from the questions that count for the score.
    """

    items: Mapping[int, ItemFit]
    mu: float
    sigma: float
    abilities: list[float]
    errors: list[float]


@dataclass(frozen=True, slots=True)
class _Item:
    revision: int
    rating: int
    live: bool


def calibrate(exam: str, now: datetime, *, synthetic: bool = False) -> ScaleVersion:
    """Store a new, inactive version for an exam from its real attempts, or from simulated ones.

    `exam` is the code of a syllabus. Raise RefusedError with a message.
    """
    return scale_versions.store(*_estimate(exam, now, synthetic=synthetic))


def perform(work: Work) -> None:
    """Calibrate the exam of this job from real attempts; the job then has the number of the version as `scale`."""
    if "scale" in work.data:  # of a process that ended before it could say so
        return
    version, parameters = _estimate(work.key, work.now(), synthetic=False)
    with transaction.atomic():
        scale_versions.store(version, parameters)
        work.advance(data={"scale": version.number})


def _estimate(exam: str, now: datetime, *, synthetic: bool) -> tuple[ScaleVersion, list[ItemParameter]]:
    sample = read_sample(exam, synthetic=synthetic, equated=True)
    active = active_scale.find(exam)
    base = active if active and active.synthetic == synthetic else None
    items = _items(sample)
    fixed = scale_versions.parameters_of(base) if base else {}
    # As many questions as a first scale needs also show how far ratings err.
    result = _fit(sample, items, fixed, prior_sd=None if len(items) >= MIN_QUESTIONS else rasch.PRIOR_SD)
    enough = [n >= MIN_RESPONSES for n in result.n.tolist()]
    shift = 0.0
    if base is None:
        judged = [number for number, item in enumerate(items) if item.live and enough[number]]
        if len(judged) < MIN_QUESTIONS:
            raise RefusedError(
                _(
                    "A first scale needs %(questions)d scored questions with %(responses)d responses each. "
                    "Questions with so many: %(ready)d. Finished exams: %(exams)d."
                )
                % {
                    "questions": MIN_QUESTIONS,
                    "responses": MIN_RESPONSES,
                    "ready": len(judged),
                    "exams": len(sample.attempts),
                }
            )
        shift = _level_at_standard([float(result.b[i]) for i in judged], [items[i].rating for i in judged])
    measured = {
        item.revision: (float(result.b[number]) - shift, float(result.se[number]), int(result.n[number]))
        for number, item in enumerate(items)
        if enough[number] and item.revision not in fixed
    }
    live = {item.revision for item in items if item.live}
    version = ScaleVersion(
        exam=exam,
        base=base,
        reference=base.reference
        if base
        else _reference(exam, {pk: row[0] for pk, row in measured.items() if pk in live}),
        synthetic=synthetic,
        made_at=now,
        mu=result.mu - shift,
        sigma=result.sigma,
        candidates=len(sample.attempts),
        responses=int(sample.valid.sum()),
    )
    parameters = [ItemParameter(revision_id=pk, b=b, se=se, n=n) for pk, (b, se, n) in measured.items()]
    for row in base.parameters.all() if base else ():
        parameters.append(ItemParameter(revision_id=row.revision_id, b=row.b, se=row.se, n=row.n, anchor=True))
    return version, parameters


def measure(sample: Sample, fixed: Mapping[int, ItemParameter]) -> Measurement:
    """Return how difficult each revision is by its own responses, and how well they fit, at these parameters.

    Without any, the ratings place the difficulties. An ability group leaves out the response to the question itself.
    """
    items = _items(sample)
    result = _fit(sample, items, fixed)
    responses = _responses(sample, sample.valid)
    b, se = rasch.free_estimates(responses, result, _prior(items))
    infit = person_fit.infit(responses, result)
    person, item, correct = responses.person, responses.item, responses.correct
    all_used = np.ones(len(person), bool)
    ability = item_statistics.without_each(result.weights, person, all_used, correct, result.b[item])
    groups = item_statistics.ability_groups(item, ability, correct, len(items))
    weights, _logs = rasch.posteriors(_responses(sample, sample.counts), result.b, result.mu, result.sigma)
    abilities = weights @ rasch.NODES
    return Measurement(
        items={
            row.revision: ItemFit(
                float(b[i]), float(se[i]), float(infit[i]) if math.isfinite(infit[i]) else None, tuple(groups[i])
            )
            for i, row in enumerate(items)
        },
        mu=result.mu,
        sigma=result.sigma,
        abilities=abilities.tolist(),
        errors=np.sqrt(np.maximum(weights @ rasch.NODES**2 - abilities**2, 0)).tolist(),
    )


def _fit(
    sample: Sample,
    items: Sequence[_Item],
    fixed: Mapping[int, ItemParameter],
    prior_sd: float | None = rasch.PRIOR_SD,
) -> rasch.Calibration:
    anchors = np.array([fixed[item.revision].b if item.revision in fixed else np.nan for item in items], float)
    return rasch.calibrate(_responses(sample, sample.valid), _prior(items), anchors, prior_sd=prior_sd)


def _responses(sample: Sample, used: rasch.Booleans) -> rasch.ResponseMatrix:
    return rasch.ResponseMatrix(
        sample.attempt[used],
        sample.item[used],
        sample.correct[used],
        n_persons=len(sample.attempts),
        n_items=len(sample.revisions),
    )


def _prior(items: Sequence[_Item]) -> rasch.Floats:
    return np.array([scaling.difficulty(item.rating) for item in items], float)


def _items(sample: Sample) -> list[_Item]:
    """Return the items of the sample, in its order."""
    rows = Revision.objects.filter(pk__in=sample.revisions.tolist()).order_by("pk")
    columns = rows.values_list("pk", "question__rating", "question__status", "question__current")
    return [
        _Item(pk, rating or UNRATED, status == Question.Status.LIVE and current == pk)
        for pk, rating, status, current in columns
    ]


def _level_at_standard(b: Sequence[float], ratings: Sequence[int]) -> float:
    """Return the ability at which as many of these questions are answered correctly as their ratings say."""
    return scaling.ability_at(scaling.rated_line(ratings).exact, b)


def _reference(exam: str, b: dict[int, float]) -> list[dict[str, int | float]]:
    """Draw the reference form from the calibrated questions, with the counts of the exam."""
    blueprint = Blueprint.objects.of_syllabus(exam)
    if blueprint is None:
        raise RefusedError(_("There is no exam. Load one with manage.py load_bank."))
    pool, recipe = question_pool.pool_for(blueprint), assembly.recipe_for(blueprint)
    items = [
        PoolItem(
            item.revision, item.question, item.domain, item.topic, scaling.percent_at_standard(b[item.revision]), False
        )
        for item in pool.items
        if item.revision in b
    ]
    try:
        plan = draw_plan(Recipe(recipe.scored, 0, recipe.weights), items, {}, Exposures(), pool.enemies, SEED)
    except ShortageError as shortage:
        missing = ", ".join(f"{domain}: {n}" for domain, n in sorted(shortage.scored.items()))
        raise RefusedError(
            _("The calibrated questions cannot fill a reference form. Missing by exam domain: %s.") % missing
        ) from shortage
    return [{"revision": slot.revision, "b": b[slot.revision]} for slot in plan.slots]
