"""Write forms: read the question pool of a blueprint, draw a plan, store it, and build the responses of an attempt."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from django.db.models import Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from exams.models import Attempt, Candidate, Form, Mode, PassLineRule, Response
from exams.models.response import SEEN
from exams.psychometrics import quotas, scaling
from exams.psychometrics.drawing import Exposures, FormPlan, PoolItem, Recipe, ShortageError, draw_plan
from exams.services.attempt import exposure
from exams.services.attempt.effective_keys import second_keys
from exams.services.attempt.exposure import ExposureCounts
from questions.models import Blueprint, Enemy, ItemParameter, Question, Revision, ScaleVersion
from questions.services.bank_version import bank_version

MIN_CALIBRATED_SHARE = Fraction(9, 10)  # of the scored questions of a form, for a pass line by the scale: 45 of 50
MAX_FRESH_EXAMS = 9  # exams without a repeat are counted up to this number
_NEWEST = 1 << 62  # later than any time at which a question was shown
ORDER_DIGITS = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True, slots=True)
class FrozenFacts:
    """The facts of a revision that a response freezes.

    `b` is its difficulty on the active scale, if it has one; `also` a second key by ruling (0: none).
    """

    exam_domain: int
    rating: int
    key: int
    choose: int
    n_options: int
    b: float | None = None
    also: int = 0


@dataclass(frozen=True, slots=True)
class QuestionPool:
    """The questions that a blueprint may draw from, at one version of the bank. `scale` is the active scale."""

    version: int
    items: tuple[PoolItem, ...]
    facts: Mapping[int, FrozenFacts]
    enemies: tuple[tuple[int, int], ...]
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """A plan with the pool it was drawn from. `form` is None until it is stored; only a paper is read again."""

    blueprint: Blueprint
    recipe: Recipe
    plan: FormPlan
    pool: QuestionPool
    form: Form | None = None


# Cached pools by blueprint, for real and simulated exams, valid while the version of the bank stays the same: read at
# every start.
_pools: dict[tuple[int, bool], QuestionPool] = {}


def pool_for(blueprint: Blueprint, *, synthetic: bool = False) -> QuestionPool:
    """Return the live and pilot questions of the blueprint's collections and kinds."""
    version = bank_version()
    if blueprint.pk is None:  # a trial blueprint that is not stored
        return _read_pool(blueprint, version, synthetic)
    pool = _pools.get((blueprint.pk, synthetic))
    if pool is None or pool.version != version:
        pool = _pools[blueprint.pk, synthetic] = _read_pool(blueprint, version, synthetic)
    return pool


def _read_pool(blueprint: Blueprint, version: int, synthetic: bool) -> QuestionPool:
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
    scale = scale_in_use(synthetic=synthetic)
    difficulties = difficulties_on(scale.pk) if scale else {}
    seconds = second_keys()
    items, facts = [], {}
    for question, status, domain, topic, rating, revision, key, choose, n_options in rows:
        assert rating is not None  # held by a constraint for live and pilot questions
        b = difficulties.get(revision)
        # A form aims for a pass line: what is measured says more about it than a rating.
        percent = rating if b is None else scaling.percent_at_standard(b)
        items.append(PoolItem(revision, question, domain, topic, percent, pilot=status == Question.Status.PILOT))
        facts[revision] = FrozenFacts(domain, rating, key, choose, n_options, b, seconds.get(revision, 0))
    enemies = tuple(Enemy.objects.values_list("low_id", "high_id"))
    return QuestionPool(version, tuple(items), facts, enemies, scale.pk if scale else None)


def scale_in_use(*, synthetic: bool = False) -> ScaleVersion | None:
    """Return the active scale, if it applies: a scale made from simulated exams is for simulated exams alone."""
    rows = ScaleVersion.objects.filter(active=True)
    return (rows if synthetic else rows.filter(synthetic=False)).first()


def difficulties_on(scale: int) -> dict[int, float]:
    """Return the b of each revision that has one on the scale."""
    return inherited(dict(ItemParameter.objects.filter(scale=scale).values_list("revision", "b")))


def inherited[Value](values: Mapping[int, Value]) -> dict[int, Value]:
    """Add the revisions that are marked as the same item: each has the value of the one before, unless its own."""
    result = dict(values)
    same_items = Revision.objects.filter(same_item_as__isnull=False).order_by("number")
    for revision, earlier in same_items.values_list("pk", "same_item_as"):
        if revision not in result and earlier in result:
            result[revision] = result[earlier]
    return result


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
    items = pool_for(blueprint).items
    live = Counter(item.domain for item in items if not item.pilot)
    return find_shortage(recipe_for(blueprint), live, Counter(item.domain for item in items if item.pilot))


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
) -> DrawnForm:
    """Draw a plan without storing it. `new_candidate` skips the query for questions already shown.

    Questions in `closed` are not drawn. `simulated` has the counts of simulated exams; this form is added to them.

    Raise exams.psychometrics.drawing.ShortageError with the missing numbers when the bank cannot fill the blueprint.
    """
    pool, recipe = pool_for(blueprint, synthetic=simulated is not None), recipe_for(blueprint)
    shown = {} if new_candidate else last_shown(candidate)
    in_practice = {} if new_candidate else dict.fromkeys(_questions_in_open_practice(candidate), _NEWEST)

    counts = simulated
    if counts is None:
        # A trial blueprint that is not stored has no exams.
        counts = exposure.count_real(blueprint, pool.version, pool.items) if blueprint.pk else ExposureCounts()
    items = [
        replace(item, responses=counts.pilots[item.revision]) if item.pilot else item
        for item in pool.items
        if item.question not in closed
    ]

    def draw(avoided: Mapping[int, int]) -> FormPlan:
        return draw_plan(recipe, items, avoided, counts.exposures, pool.enemies, seed)

    try:
        plan = draw(shown | in_practice)
    except ShortageError:
        if not in_practice:
            raise
        plan = draw(shown)
    if in_practice:
        # A question of an open practice that was not shown there is avoided, but it is new.
        questions = {item.revision: item.question for item in pool.items}
        slots = tuple(replace(slot, repeat=questions[slot.revision] in shown) for slot in plan.slots)
        plan = replace(plan, slots=slots)
    counts.add(plan, {item.revision: item.question for item in pool.items})
    return DrawnForm(blueprint, recipe, plan, pool)


def _questions_in_open_practice(candidate: Candidate) -> list[int]:
    """Return the questions of the candidate's open practice: an exam with one of them would hide it there."""
    if candidate.pk is None:
        return []
    rows = Response.objects.filter(attempt__in=Attempt.objects.open_practices().filter(candidate=candidate))
    return list(rows.order_by().values_list("revision__question", flat=True))


def questions_in_open_exams(candidates: Collection[int]) -> frozenset[int]:
    """Return keys of the questions in the open exams of these candidates, and of the enemies of those questions.

    An exam of a class counts as open until its answers are disclosed: others may still be writing it.
    """
    # Joined by its columns: compiling a subquery of attempts would take most of the time of this query.
    rows = Response.objects.filter(
        Q(attempt__status=Attempt.Status.OPEN) | Q(attempt__sitting__isnull=False),
        attempt__mode=Mode.EXAM,
        attempt__candidate__in=candidates,
    )
    found = list(rows.order_by().values_list("revision__question", "attempt", "attempt__status", "attempt__sitting"))
    ended = {attempt for _, attempt, status, sitting in found if sitting and status != Attempt.Status.OPEN}
    disclosed = set()
    if ended:
        disclosed = set(Attempt.objects.filter(pk__in=ended).disclosed(timezone.now()).values_list("pk", flat=True))
    questions = {question for question, attempt, _, _ in found if attempt not in disclosed}
    if not questions:
        return frozenset()
    return with_enemies(questions)


def with_enemies(questions: Collection[int]) -> frozenset[int]:
    """Return these questions and all their enemies."""
    pairs = Enemy.objects.filter(Q(low__in=questions) | Q(high__in=questions)).values_list("low", "high")
    return frozenset(questions).union(*pairs)


def count_fresh_exams(blueprint: Blueprint, candidate: Candidate, after: Iterable[int] = ()) -> int:
    """Draw forms until one repeats a question; return how many did not, at most MAX_FRESH_EXAMS.

    `after` counts questions as shown that the candidate is about to see.
    """
    pool, recipe = pool_for(blueprint), recipe_for(blueprint)
    shown = dict.fromkeys(after, 0) | last_shown(candidate)
    questions = {item.revision: item.question for item in pool.items}
    for count in range(MAX_FRESH_EXAMS):
        try:
            plan = draw_plan(recipe, pool.items, shown, Exposures(), pool.enemies, f"fresh-{count}")
        except ShortageError:
            return count
        if any(slot.repeat for slot in plan.slots):
            return count
        shown |= {questions[slot.revision]: count for slot in plan.slots}
    return MAX_FRESH_EXAMS


def pass_line(drawn: DrawnForm) -> tuple[PassLineRule, scaling.PassLine]:
    """Return the pass line of a drawn form: by the active scale if nearly all scored questions are calibrated."""
    scored = [drawn.pool.facts[slot.revision] for slot in drawn.plan.slots if slot.scored]
    rule = rule_for(drawn.pool.scale, [facts.b for facts in scored])
    return rule, line_by(rule, [(facts.rating, facts.b) for facts in scored])


def rule_for(scale: int | None, scored: Sequence[float | None]) -> PassLineRule:
    """Return which rule applies to scored questions with these b; None: not calibrated."""
    calibrated = sum(b is not None for b in scored)
    by_scale = scale is not None and calibrated >= MIN_CALIBRATED_SHARE * len(scored)
    return PassLineRule.CALIBRATED if by_scale else PassLineRule.RATING


def line_by(rule: str, scored: Sequence[tuple[int, float | None]], credited: int = 0) -> scaling.PassLine:
    """Return the pass line by this rule, from the rating and the b, if any, of each scored question.

    For `credited` more of them everybody has the point, a candidate at the standard too.
    """
    if rule == PassLineRule.CALIBRATED:
        difficulties = [scaling.difficulty(rating) if b is None else b for rating, b in scored]
        return scaling.calibrated_line([*difficulties, *[scaling.EVERYBODY] * credited])
    return scaling.rated_line([rating for rating, _b in scored], credited)


def store_form(drawn: DrawnForm, mode: str = Mode.EXAM) -> Form:
    """Store the form with its recipe and plan. A stored form is never drawn again."""
    form = build_form(drawn, mode)
    form.save(force_insert=True)
    return form


def build_form(drawn: DrawnForm, mode: str = Mode.EXAM) -> Form:
    """Build the unsaved form of a plan."""
    plan, recipe = drawn.plan, drawn.recipe
    scored = [drawn.pool.facts[slot.revision] for slot in plan.slots if slot.scored]
    rule, line = pass_line(drawn)
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
        n_scored=len(scored),
        n_unscored=len(plan.slots) - len(scored),
        want_scored=recipe.scored,
        want_unscored=recipe.unscored,
        kappa_100=sum(facts.rating for facts in scored),
        kappa=line.decimal_kappa,
        rule=rule,
        provisional=not calibrated,
        scale_id=drawn.pool.scale if calibrated else None,
        bank_version=drawn.pool.version,
        relaxations=[asdict(relaxation) for relaxation in plan.relaxations],
    )


def build_responses(drawn: DrawnForm, attempt: Attempt) -> list[Response]:
    """Build the unsaved responses of an attempt: frozen facts by position, options in an order of their own.

    All attempts of a paper have the same order, so that its answer key is valid for them.
    """
    rng = random.Random(f"{drawn.plan.seed}:{attempt.uuid}")
    calibrated = attempt.form.rule == PassLineRule.CALIBRATED
    rows = []
    for position, slot in enumerate(drawn.plan.slots, 1):
        facts = drawn.pool.facts[slot.revision]
        if drawn.form:
            order = paper_options(drawn.plan.seed, slot.revision, facts.n_options)
        else:
            order = _shuffled_options(rng, facts.n_options)
        rows.append(
            Response(
                attempt=attempt,
                position=position,
                revision_id=slot.revision,
                exam_domain=facts.exam_domain,
                scored=slot.scored,
                repeat=slot.repeat,
                rating=facts.rating,
                b=facts.b if calibrated else None,
                key=facts.key,
                also=facts.also,
                choose=facts.choose,
                full=(1 << facts.n_options) - 1,
                order=order,
            )
        )
    return rows


def paper_options(seed: str, revision: int, n_options: int) -> str:
    """Return the order of the options of a question on a paper, which does not depend on the other questions."""
    return _shuffled_options(random.Random(f"{seed}:{revision}"), n_options)


def _shuffled_options(rng: random.Random, n_options: int) -> str:
    """Return the bits of the options in random order, one digit each; of two options, in that of True and False."""
    if n_options == 2:
        return ORDER_DIGITS[:n_options]
    order = list(ORDER_DIGITS[:n_options])
    rng.shuffle(order)
    return "".join(order)
