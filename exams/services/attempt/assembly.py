"""Writes forms: reads a blueprint's pool, has a plan drawn, freezes it, and lays out the responses of an attempt."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db.models import Max

from exams.models import Attempt, Candidate, Form, Mode, Response, Rule
from exams.psychometrics import quotas
from exams.psychometrics.drawing import Exposures, Item, Plan, Recipe, Shortage
from exams.psychometrics.drawing import draw as draw_plan
from questions.models import Blueprint, Enemy, Question
from questions.services.lifecycle import bank_version

FRESH_LIMIT = 9  # exams without a repeat are counted up to here
DIGITS = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a response freezes of a revision."""

    exam_domain: int
    rating: int
    key: int
    choose: int
    n_options: int


@dataclass(frozen=True, slots=True)
class Pool:
    """All that a blueprint may draw from, at one version of the bank."""

    version: int
    items: tuple[Item, ...]
    facts: Mapping[int, Facts]
    enemies: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan that is not stored yet, with the pool that it was drawn from."""

    blueprint: Blueprint
    recipe: Recipe
    plan: Plan
    pool: Pool


# One pool a blueprint, kept while the bank's version stays: it is read at every start and changes seldom.
_pools: dict[int, Pool] = {}


def pool_for(blueprint: Blueprint) -> Pool:
    """The live and pilot questions of the blueprint's collections and kinds."""
    version = bank_version()
    if blueprint.pk is None:  # not stored: somebody looks what it would give
        return _read_pool(blueprint, version)
    kept = _pools.get(blueprint.pk)
    if kept is None or kept.version != version:
        kept = _pools[blueprint.pk] = _read_pool(blueprint, version)
    return kept


def _read_pool(blueprint: Blueprint, version: int) -> Pool:
    exam = blueprint.exam
    rows = (
        Question.objects.askable(list(exam.collections))
        .filter(
            current__kind__in=exam.kinds,
            exam_domain__exam=exam.syllabus_code,
            exam_domain__number__in=[domain.number for domain in exam.exam_domains],
        )
        .values_list(
            "pk",
            "status",
            "exam_domain__number",
            "topic__slug",
            "rating",
            "current_id",
            "current__key",
            "current__choose",
            "current__n_options",
        )
    )
    items, facts = [], {}
    for question, status, domain, topic, rating, revision, key, choose, n_options in rows:
        assert rating is not None  # the database refuses a live or pilot question without one
        items.append(Item(revision, question, domain, topic, rating, pilot=status == Question.Status.PILOT))
        facts[revision] = Facts(domain, rating, key, choose, n_options)
    return Pool(version, tuple(items), facts, tuple(Enemy.objects.values_list("low_id", "high_id")))


def seen_by(candidate: Candidate) -> dict[int, int]:
    """Questions that were on a screen of this candidate, with the second at which they last were."""
    if candidate.pk is None:
        return {}
    rows = (
        Response.objects.filter(
            attempt__candidate=candidate,
            attempt__mode__in=[Mode.EXAM, Mode.PRACTICE],
            first_shown__isnull=False,
        )
        .values_list("revision__question_id")
        .annotate(last=Max("first_shown"))
    )
    return {question: int(last.timestamp()) for question, last in rows}


def recipe_for(blueprint: Blueprint) -> Recipe:
    exam = blueprint.exam
    return Recipe(
        scored=exam.scored,
        unscored=exam.unscored,
        weights={domain.number: domain.weight for domain in exam.exam_domains},
    )


def shortage(blueprint: Blueprint) -> Shortage | None:
    """What the bank lacks for this blueprint, by counting alone; None if it can fill a form."""
    items = pool_for(blueprint).items
    live = Counter(item.domain for item in items if not item.pilot)
    return lacking(recipe_for(blueprint), live, Counter(item.domain for item in items if item.pilot))


def lacking(recipe: Recipe, live: Counter[int], pilots: Counter[int]) -> Shortage | None:
    """What so many live and pilot questions of each exam domain lack for the recipe; None if they are enough."""
    scored, unscored = (
        quotas.split(recipe.scored, recipe.weights),
        quotas.split(recipe.unscored, recipe.weights),
    )
    no_scored = {domain: want - live[domain] for domain, want in scored.items() if live[domain] < want}
    no_unscored = {}
    for domain, want in unscored.items():
        left = max(0, live[domain] - scored[domain]) + pilots[domain]
        if left < want:
            no_unscored[domain] = want - left
    return Shortage(no_scored, no_unscored) if no_scored or no_unscored else None


def draw(blueprint: Blueprint, candidate: Candidate, seed: str, *, fresh: bool = False) -> Drawn:
    """Draws a plan; stores nothing. `fresh` says that the candidate is new, which saves asking what she has seen.

    Raises exams.psychometrics.drawing.Shortage with the missing numbers when the bank cannot fill the blueprint.
    """
    pool, recipe = pool_for(blueprint), recipe_for(blueprint)
    seen = {} if fresh else seen_by(candidate)
    # Exposures come from item statistics; until those exist every question counts as equally often used.
    plan = draw_plan(recipe, pool.items, seen, Exposures(), pool.enemies, seed)
    return Drawn(blueprint, recipe, plan, pool)


def fresh_exams(blueprint: Blueprint, candidate: Candidate) -> int:
    """How many exams without a repeat this candidate still gets, up to FRESH_LIMIT: sat in thought, not divided."""
    pool, recipe, seen = pool_for(blueprint), recipe_for(blueprint), dict(seen_by(candidate))
    questions = {item.revision: item.question for item in pool.items}
    for count in range(FRESH_LIMIT):
        try:
            plan = draw_plan(recipe, pool.items, seen, Exposures(), pool.enemies, f"fresh-{count}")
        except Shortage:
            return count
        if any(slot.repeat for slot in plan.slots):
            return count
        seen |= {questions[slot.revision]: count for slot in plan.slots}
    return FRESH_LIMIT


def store(drawn: Drawn, mode: str = Mode.EXAM) -> Form:
    """Writes the form, the one record of how this paper came about; it is never drawn again."""
    plan, recipe = drawn.plan, drawn.recipe
    scored = sum(slot.scored for slot in plan.slots)
    return Form.objects.create(
        blueprint=drawn.blueprint,
        mode=mode,
        seed=plan.seed,
        recipe={
            "scored": recipe.scored,
            "unscored": recipe.unscored,
            "weights": {str(number): weight for number, weight in recipe.weights.items()},
            "target_100": plan.target_100,
            "unscored_live": plan.unscored_live,
            "pool": len(drawn.pool.items),
        },
        plan=[{"revision": slot.revision, "scored": slot.scored} for slot in plan.slots],
        n_scored=scored,
        n_unscored=len(plan.slots) - scored,
        want_scored=recipe.scored,
        want_unscored=recipe.unscored,
        kappa_100=plan.kappa_100,
        kappa=Decimal(plan.kappa_100) / 100,
        rule=Rule.RATING,
        provisional=True,
        bank_version=drawn.pool.version,
        relaxations=[asdict(relaxation) for relaxation in plan.relaxations],
    )


def responses(drawn: Drawn, attempt: Attempt) -> list[Response]:
    """The rows of this attempt, not saved: frozen facts by position, options in an order of its own."""
    rng = random.Random(f"{drawn.plan.seed}:{attempt.uuid}")
    rows = []
    for position, slot in enumerate(drawn.plan.slots, 1):
        facts = drawn.pool.facts[slot.revision]
        order = list(DIGITS[: facts.n_options])
        rng.shuffle(order)
        rows.append(
            Response(
                attempt=attempt,
                position=position,
                revision_id=slot.revision,
                exam_domain=facts.exam_domain,
                scored=slot.scored,
                repeat=slot.repeat,
                rating=facts.rating,
                key=facts.key,
                choose=facts.choose,
                full=(1 << facts.n_options) - 1,
                order="".join(order),
            )
        )
    return rows
