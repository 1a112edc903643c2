"""Write forms: read the question pool of a blueprint, draw a plan, store it, and build the responses of an attempt."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from django.db.models import Max
from django.db.models.functions import Coalesce

from exams.models import Attempt, Candidate, Form, Mode, PassLineRule, Response
from exams.models.response import SEEN
from exams.psychometrics import quotas
from exams.psychometrics.drawing import FormPlan, Recipe, ShortageError, draw_plan, mean_line
from exams.psychometrics.scaling import PassLine
from exams.services.attempt import exposure
from exams.services.attempt.exposure import ExposureCounts
from exams.services.attempt.pass_lines import pass_line
from exams.services.attempt.question_pool import ORDER_DIGITS, SAMPLED_FORMS, FrozenQuestion, QuestionPool, pool_for
from questions.models import Blueprint

MAX_FRESH_EXAMS = 12  # exams without a repeat are counted up to this number
_NEWEST = 1 << 62  # later than any time at which a question was shown


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """A plan with the pool it was drawn from. `form` is None until it is stored; only a paper is read again.

    With `own_order`, each attempt at the paper has its own order of questions and options.
    """

    blueprint: Blueprint
    recipe: Recipe
    plan: FormPlan
    pool: QuestionPool
    form: Form | None = None
    own_order: bool = False

    @property
    def scored(self) -> list[FrozenQuestion]:
        """The scored questions."""
        return [self.pool.frozen[slot.revision] for slot in self.plan.slots if slot.scored]

    @property
    def pass_line(self) -> tuple[PassLineRule, PassLine | None]:
        """The rule and the pass line, if any, that follow from the scored questions."""
        scored = [(frozen.rating, frozen.b) for frozen in self.scored]
        return pass_line(self.pool.scale, scored, percent=self.blueprint.exam.is_percent)


def last_shown(candidate: Candidate) -> dict[int, int]:
    """Return when this candidate has last seen each question, in the room or in a review, in epoch seconds."""
    if candidate.pk is None:
        return {}
    rows = (
        Response.objects.filter(SEEN, attempt__candidate=candidate)
        .values_list("revision__question_id")
        .annotate(last=Max(Coalesce("first_shown", "attempt__submitted_at")))
    )
    return {question: int(last.timestamp()) for question, last in rows}


def recipe_for(blueprint: Blueprint) -> Recipe:
    """Return the counts and weights of the blueprint."""
    exam = blueprint.exam
    return Recipe(
        scored=exam.scored,
        unscored=exam.unscored,
        weights={domain.number: domain.weight for domain in exam.exam_domains},
    )


def blueprint_shortage(blueprint: Blueprint) -> ShortageError | None:
    """Return the questions that the bank lacks for this blueprint, by counts alone; None if it can fill a form."""
    pool = pool_for(blueprint)
    return find_shortage(recipe_for(blueprint), pool.live, pool.pilots)


def find_shortage(recipe: Recipe, live: Counter[int], pilots: Counter[int]) -> ShortageError | None:
    """Return what these numbers of questions by exam domain lack for the recipe; None if they are sufficient."""
    scored = quotas.split(recipe.scored, recipe.weights)
    unscored = quotas.split(recipe.unscored, recipe.weights)
    missing_scored = {domain: n - live[domain] for domain, n in scored.items() if live[domain] < n}
    missing_unscored = {}
    for domain, n in unscored.items():
        available = max(0, live[domain] - scored[domain]) + pilots[domain]
        if available < n:
            missing_unscored[domain] = n - available
    return ShortageError(missing_scored, missing_unscored) if missing_scored or missing_unscored else None


def draw_form(
    blueprint: Blueprint,
    candidate: Candidate,
    seed: str,
    *,
    new_candidate: bool = False,
    closed: Collection[int] = (),
    simulated: ExposureCounts | None = None,
    pool: QuestionPool | None = None,
) -> DrawnForm:
    """Draw a plan without storing it. `new_candidate` skips the query for questions already shown.

    Questions in `closed` are not drawn. `simulated` has the counts of simulated exams; this form is added to them.
    `pool` is that of the blueprint, if it was read just now; each reading asks for the version of the bank.

    Raise exams.psychometrics.drawing.ShortageError with the missing numbers when the bank cannot fill the blueprint.
    """
    pool, recipe = pool or pool_for(blueprint, synthetic=simulated is not None), recipe_for(blueprint)
    shown = {} if new_candidate else last_shown(candidate)
    in_practice = {} if new_candidate else dict.fromkeys(questions_in_open_practice(candidate), _NEWEST)

    counts = simulated or _real_counts(blueprint, pool)

    def draw(avoided: Mapping[int, int]) -> FormPlan:
        return _draw(pool, recipe, avoided, counts, seed, closed)

    try:
        plan = draw(shown | in_practice)
    except ShortageError:
        if not in_practice:
            raise
        plan = draw(shown)
    if in_practice:
        # A question of an open practice that was not shown there is avoided, but it is new.
        slots = tuple(replace(slot, repeat=pool.questions[slot.revision] in shown) for slot in plan.slots)
        plan = replace(plan, slots=slots)
    counts.add(plan, pool.questions)
    return DrawnForm(blueprint, recipe, plan, pool)


def _draw(
    pool: QuestionPool,
    recipe: Recipe,
    avoided: Mapping[int, int],
    counts: ExposureCounts,
    seed: str,
    closed: Collection[int] = (),
) -> FormPlan:
    """Draw a plan with the pass line of an average form of the whole pool."""
    scored, unscored = (quotas.split(n, recipe.weights) for n in (recipe.scored, recipe.unscored))
    wanted = {domain: n + unscored[domain] for domain, n in scored.items()}
    items = [
        replace(item, responses=counts.pilots[item.revision]) if item.pilot else item
        for item in pool.sample(wanted, avoided, closed, seed)
    ]
    recipe = replace(recipe, target_100=mean_line(pool.mean_ratings, scored))
    return draw_plan(recipe, items, avoided, counts.exposures, pool.enemies_of(items), seed)


def _real_counts(blueprint: Blueprint, pool: QuestionPool) -> ExposureCounts:
    # A trial blueprint that is not stored has no exams.
    return exposure.count_real(blueprint, pool.version, pool.items) if blueprint.pk else ExposureCounts()


def questions_in_open_practice(candidate: Candidate) -> list[int]:
    """Return the questions of the candidate's open practice: an exam with one of them would hide it there."""
    if candidate.pk is None:
        return []
    rows = Response.objects.filter(attempt__in=Attempt.objects.open_practices().filter(candidate=candidate))
    return list(rows.order_by().values_list("revision__question", flat=True))


def count_fresh_exams(
    blueprint: Blueprint,
    candidate: Candidate,
    closed: Collection[int],
    after: Iterable[int] = (),
    shown: Mapping[int, int] | None = None,
) -> int:
    """Draw forms until one repeats a question; return how many did not, at most MAX_FRESH_EXAMS.

    They are drawn as exams are, from the exposures of now. Other seeds, and exams of others until then, may make one
    more or less. Questions in `closed` are not drawn; `after` counts questions as shown that the candidate is about to
    see. `shown` is `last_shown`, if it was read: of a long history, it takes longest.
    """
    pool, recipe = pool_for(blueprint), recipe_for(blueprint)
    shown = dict.fromkeys(after, 0) | dict(last_shown(candidate) if shown is None else shown)
    many = MAX_FRESH_EXAMS * SAMPLED_FORMS
    many_forms = replace(recipe, scored=many * recipe.scored, unscored=many * recipe.unscored)
    if not find_shortage(many_forms, *pool.new_by_domain(shown.keys() | closed)):
        return MAX_FRESH_EXAMS  # each sample to draw from would have enough new questions
    counts = _real_counts(blueprint, pool).copy()
    for count in range(MAX_FRESH_EXAMS):
        if find_shortage(recipe, *pool.new_by_domain(shown.keys() | closed)):
            return count  # known without a draw, which would try hard before it repeats questions
        try:
            plan = _draw(pool, recipe, shown, counts, f"fresh-{count}", closed)
        except ShortageError:
            return count
        if any(slot.repeat for slot in plan.slots):
            return count
        shown |= {pool.questions[slot.revision]: count for slot in plan.slots}
        counts.add(plan, pool.questions)
    return MAX_FRESH_EXAMS


def store_form(drawn: DrawnForm, mode: str = Mode.EXAM) -> Form:
    """Store the form with its recipe and plan. A stored form is never drawn again."""
    form = build_form(drawn, mode)
    form.save(force_insert=True)
    return form


def build_form(drawn: DrawnForm, mode: str = Mode.EXAM) -> Form:
    """Build the unsaved form of a plan."""
    plan, recipe = drawn.plan, drawn.recipe
    rule, line = drawn.pass_line
    calibrated = rule == PassLineRule.CALIBRATED
    return Form(
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
        n_scored=len(drawn.scored),
        n_unscored=len(plan.slots) - len(drawn.scored),
        want_scored=recipe.scored,
        want_unscored=recipe.unscored,
        pass_line_100=sum(frozen.rating for frozen in drawn.scored),
        pass_line=None if line is None else line.decimal,
        rule=rule,
        provisional=not calibrated,
        scale_id=drawn.pool.scale if calibrated else None,
        bank_version=drawn.pool.version,
        relaxations=[asdict(relaxation) for relaxation in plan.relaxations],
    )


class NewResponse(NamedTuple):
    """A response as it is laid out at the start; the names are those of its columns."""

    position: int
    revision_id: int
    exam_domain: int
    scored: bool
    repeat: bool
    rating: int
    worth: int
    partial: bool
    b: float | None
    key: int
    also: int
    choose: int
    full: int
    order: str


def build_responses(drawn: DrawnForm, attempt: Attempt) -> list[Response]:
    """Build the unsaved responses of an attempt."""
    return [Response(attempt=attempt, **row._asdict()) for row in lay_out(drawn, attempt)]


def lay_out(drawn: DrawnForm, attempt: Attempt) -> list[NewResponse]:
    """Lay out the responses of an attempt: frozen values by position, options in an order of their own.

    All attempts of a paper have the same order, so that its answer key is valid for them, unless each has its own.
    """
    rng = random.Random(f"{drawn.plan.seed}:{attempt.uuid}")
    slots = rng.sample(drawn.plan.slots, len(drawn.plan.slots)) if drawn.own_order else drawn.plan.slots
    calibrated = attempt.form.rule == PassLineRule.CALIBRATED
    rows = []
    for position, slot in enumerate(slots, 1):
        frozen = drawn.pool.frozen[slot.revision]
        if drawn.form and not drawn.own_order:
            order = paper_options(drawn.plan.seed, slot.revision, frozen.n_options, frozen.fixed_order)
        else:
            order = _ordered_options(rng, frozen.n_options, frozen.fixed_order)
        rows.append(
            NewResponse(
                position,
                slot.revision,
                frozen.exam_domain,
                slot.scored,
                slot.repeat,
                frozen.rating,
                frozen.worth,
                frozen.partial,
                frozen.b if calibrated else None,
                frozen.key,
                frozen.also,
                frozen.choose,
                (1 << frozen.n_options) - 1,
                order,
            )
        )
    return rows


def paper_options(seed: str, revision: int, n_options: int, fixed_order: str) -> str:
    """Return the order of the options of a question on a paper, which does not depend on the other questions."""
    return _ordered_options(random.Random(f"{seed}:{revision}"), n_options, fixed_order)


def _ordered_options(rng: random.Random, n_options: int, fixed_order: str) -> str:
    """Return the bits of the options, one digit each: in random order, or in the fixed one.

    Two options keep the order of True and False.
    """
    if fixed_order:
        return fixed_order
    if n_options == 2:
        return ORDER_DIGITS[:n_options]
    order = list(ORDER_DIGITS[:n_options])
    rng.shuffle(order)
    return "".join(order)
