"""Write papers: forms that many attempts share, with what each attempt freezes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Candidate, Form, PassLineRule
from exams.psychometrics import scaling
from exams.psychometrics.drawing import FormPlan, FormSlot, PoolItem, Recipe, Relaxation
from exams.services.attempt import assembly, pass_lines, question_pool, scoring_rules
from exams.services.attempt.assembly import DrawnForm
from exams.services.attempt.effective_keys import EffectiveKey, keys_in_force
from exams.services.attempt.hidden_questions import with_enemies
from exams.services.attempt.question_pool import ORDER_DIGITS, FrozenQuestion, QuestionPool
from exams.services.attempt.scoring_rules import EQUATED, Credit
from questions.content.worth import POINT
from questions.lint.stems import says_how_many
from questions.models import Option, Question, Revision
from questions.models.collection import with_language
from questions.services.errors import RefusedError


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """One position of a paper, with the options in the order in which all attempts show them, and what counts."""

    position: int
    revision: Revision
    scored: bool
    exam_domain: int
    rating: int
    options: Sequence[Option]
    key: EffectiveKey
    credit: str  # "2 points", where questions are worth different ones

    @property
    def choose(self) -> int | None:
        """How many options to select, where several are to be and the stem does not say so."""
        n = self.revision.choose
        return n if n > 1 and not says_how_many(self.revision.stem) else None


def store_paper(drawn: DrawnForm) -> Form:
    """Store a drawn form whose plan also has rating, exam domain, b and points: a later start reads no pool."""
    form = assembly.store_form(drawn)
    form.plan = [slot | _plan_values(drawn.pool.frozen[slot["revision"]]) for slot in form.plan]
    form.save(update_fields=["plan"])
    return form


def _plan_values(frozen: FrozenQuestion) -> dict[str, int | float | str | None]:
    names = ("rating", "exam_domain", "b", "worth", "partial", "fixed_order")
    return {name: getattr(frozen, name) for name in names}


def _fixed_order(slot: Mapping[str, Any], n_options: int) -> str:
    """Return the order of options that are not shuffled, which papers of earlier versions show in that of the bits."""
    order: str = slot.get("fixed_order", "" if slot.get("shuffle", True) else ORDER_DIGITS[:n_options])
    return order


def read_paper(form: Form, candidate: Candidate, *, new_candidate: bool = False, own_order: bool = False) -> DrawnForm:
    """Return the stored paper for one candidate: its own revisions, also of questions retired since.

    `new_candidate` skips the query for questions already shown. The second answers that came from a file are read here;
    scoring applies the key rulings in force.
    """
    revisions = Revision.objects.only("question_id", "key", "choose", "n_options", "accepted")
    rows = revisions.in_bulk([slot["revision"] for slot in form.plan])
    prefetch_related_objects([row for row in rows.values() if row.accepted], "options")
    shown = {} if new_candidate else assembly.last_shown(candidate)
    frozen, slots = {}, []
    for slot in form.plan:
        row = rows[slot["revision"]]
        frozen[row.pk] = FrozenQuestion(
            slot["exam_domain"],
            slot["rating"],
            row.key,
            row.choose,
            row.n_options,
            slot.get("b"),
            also=row.also,
            worth=slot.get("worth", POINT),  # papers of earlier versions have no points
            partial=slot.get("partial", False),
            fixed_order=_fixed_order(slot, row.n_options),
        )
        slots.append(FormSlot(row.pk, slot["scored"], repeat=row.question_id in shown))
    recipe = form.recipe
    plan = FormPlan(
        slots=tuple(slots),
        pass_line_100=form.pass_line_100,
        target_100=recipe["target_100"],
        relaxations=tuple(Relaxation(**relaxation) for relaxation in form.relaxations),
        unscored_live=recipe["unscored_live"],
        seed=form.seed,
    )
    weights = {int(number): weight for number, weight in recipe["weights"].items()}
    return DrawnForm(
        blueprint=form.blueprint,
        recipe=Recipe(recipe["scored"], recipe["unscored"], weights),
        plan=plan,
        pool=QuestionPool(form.bank_version, (), frozen, ()),
        form=form,
        own_order=own_order,
    )


def questions(form: Form) -> list[PaperQuestion]:
    """Return the questions of a paper by position, with topic, options and rulings: three queries."""
    rows = Revision.objects.select_related("question__topic").prefetch_related("options")
    revisions = with_language(rows, "question").in_bulk([slot["revision"] for slot in form.plan])
    keys = keys_in_force(revisions.values())
    exam = form.blueprint.exam
    rule = scoring_rules.of_paper(form, exam) if exam.is_percent else EQUATED
    paper = []
    for position, slot in enumerate(form.plan, 1):
        revision = revisions[slot["revision"]]
        by_bit = {option.bit: option for option in revision.options.all()}
        fixed_order = _fixed_order(slot, revision.n_options)
        order = assembly.paper_options(form.seed, revision.pk, revision.n_options, fixed_order)
        options = [by_bit[int(digit, 32)] for digit in order]
        values = (slot["scored"], slot["exam_domain"], slot["rating"])
        credit = rule.credit_text(Credit(slot.get("worth", POINT), slot.get("partial", False), revision.choose))
        paper.append(PaperQuestion(position, revision, *values, options, keys[revision.pk], credit))
    return paper


def replacements(form: Form, position: int) -> list[PoolItem]:
    """Return the questions that can take this position: of its exam domain, not on the paper, no enemy of it.

    The ones with the nearest rating come first, so that the pass line moves little.
    """
    slot = form.plan[position - 1]
    others = [other["revision"] for other in form.plan if other != slot]
    rows = Revision.objects.filter(pk__in=[*others, slot["revision"]]).values_list("pk", "question_id")
    by_revision = dict(rows)
    on_paper = set(by_revision.values())
    blocked = on_paper | with_enemies({by_revision[revision] for revision in others})
    items = [
        item
        for item in question_pool.pool_for(form.blueprint).items
        if item.domain == slot["exam_domain"] and item.question not in blocked and not (slot["scored"] and item.pilot)
    ]
    b = slot.get("b")
    percent = slot["rating"] if b is None else scaling.percent_at_standard(b)
    return sorted(items, key=lambda item: (abs(item.rating - percent), item.question))


def reordered(form: Form, position: int, to: int) -> Form:
    """Store and return the same paper with the question of this position at another one. Options keep their letters."""
    plan = list(form.plan)
    plan.insert(to - 1, plan.pop(position - 1))
    return _stored_again(form, plan=plan)


def wanted(form: Form) -> Counter[int]:
    """Return how many questions a paper has of each exam domain, by its number."""
    return Counter(slot["exam_domain"] for slot in form.plan)


def chosen(form: Form, revisions: Sequence[int]) -> Form:
    """Store and return a paper of just these questions in their order. Raise RefusedError with all that hinders it.

    It has as many of each exam domain as the paper before, and as many that do not count: pilots, then the last ones.
    """
    pool = question_pool.pool_for(form.blueprint)
    items = {item.revision: item for item in pool.items}
    kept = [items[revision] for revision in dict.fromkeys(revisions) if revision in items]
    if faults := [*_faults_of(form, kept, pool)] + ([_gone(revisions, kept)] if len(kept) < len(revisions) else []):
        raise RefusedError(" ".join(faults))
    uncounted: set[int] = set()
    for domain, n in _unscored(form).items():
        last = sorted((item for item in reversed(kept) if item.domain == domain), key=lambda item: not item.pilot)
        uncounted.update(item.revision for item in last[:n])
    plan = [
        {"revision": item.revision, "scored": item.revision not in uncounted} | _plan_values(_frozen(form, pool, item))
        for item in kept
    ]
    return _with_plan(form, plan)


def _frozen(form: Form, pool: QuestionPool, item: PoolItem) -> FrozenQuestion:
    """Return what a paper freezes of a question. A b of another scale would not fit: then the rating counts."""
    frozen = pool.frozen[item.revision]
    return frozen if pool.scale == form.scale_id else replace(frozen, b=None)


def _unscored(form: Form) -> Counter[int]:
    return Counter(slot["exam_domain"] for slot in form.plan if not slot["scored"])


def _gone(revisions: Sequence[int], kept: Sequence[PoolItem]) -> str:
    n = len(revisions) - len(kept)
    text = ngettext(
        "%(n)d question is here twice, or is not asked any more. Remove it.",
        "%(n)d questions are here twice, or are not asked any more. Remove them.",
        n,
    )
    return text % {"n": n}


def _faults_of(form: Form, kept: Sequence[PoolItem], pool: QuestionPool) -> Iterator[str]:
    """Yield a sentence for each thing that hinders these questions from being the paper."""
    counts, exam, most_pilots = Counter(item.domain for item in kept), form.blueprint.exam, _unscored(form)
    pilots = Counter(item.domain for item in kept if item.pilot)
    for domain, n in sorted(wanted(form).items()):
        values = {"title": exam.domain_title(domain), "n": n, "chosen": counts[domain], "most": most_pilots[domain]}
        if counts[domain] != n:
            yield _("%(title)s: choose %(n)d, not %(chosen)d.") % values
        if pilots[domain] > most_pilots[domain]:
            yield _("%(title)s: at most %(most)d pilots, which do not count.") % values
    codes = dict(Question.objects.filter(pk__in=[item.question for item in kept]).values_list("pk", "code"))
    for low, high in sorted({(min(pair), max(pair)) for pair in pool.enemies_of(kept)}):
        if low in codes and high in codes:
            yield _("%(one)s and %(other)s must not meet in one exam.") % {"one": codes[low], "other": codes[high]}


def exchanged(form: Form, position: int, revision: int) -> Form:
    """Store and return the same paper with another question at this position. Raise RefusedError if it cannot."""
    chosen = next((item for item in replacements(form, position) if item.revision == revision), None)
    if chosen is None:
        raise RefusedError(_("This question cannot take this position any more. Choose another one."))
    plan = list(form.plan)
    pool = question_pool.pool_for(form.blueprint)
    frozen = _frozen(form, pool, chosen)
    plan[position - 1] = {"revision": revision, "scored": plan[position - 1]["scored"]} | _plan_values(frozen)
    return _with_plan(form, plan)


def _with_plan(form: Form, plan: list[dict[str, Any]]) -> Form:
    """Store and return the paper with these questions and the pass line that follows from them."""
    scored = [(slot["rating"], slot.get("b")) for slot in plan if slot["scored"]]
    percent = form.rule == PassLineRule.PERCENT
    pass_line = None if percent else pass_lines.line_by(form.rule, scored).decimal
    pass_line_100 = sum(rating for rating, _b in scored)
    return _stored_again(form, plan=plan, pass_line_100=pass_line_100, pass_line=pass_line)


def _stored_again(form: Form, **changes: Any) -> Form:
    """Store a copy of a form with these changes: forms are never changed."""
    names = [field.attname for field in Form._meta.concrete_fields if field.attname != "id"]
    return Form.objects.create(**{name: getattr(form, name) for name in names} | changes)
