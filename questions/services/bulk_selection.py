"""Questions chosen together: what each says and what the lint finds, read in a number of queries that does not grow.

It reads, and writes nothing; `questions.services.bulk` writes.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext as _

from questions.content.schema import (
    ASKABLE_STATUSES,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    OptionContent,
    QuestionContent,
    Reference,
)
from questions.lint import Context, Finding, Severity, lint
from questions.models import History, Option, Question, Revision, User
from questions.services import near_duplicates, review, stored

MAX_SELECTED = 500  # questions in one action: a few seconds


@dataclass(slots=True)
class Chosen:
    """A question with its newest wording, seen by one user; `draft` and `revision` are None before there is one."""

    question: Question
    revision: Revision | None
    draft: QuestionContent | None
    waits: bool  # for a reviewer
    wrote: bool  # the user has written at this wording
    submitted: bool  # by the user, last


@dataclass(frozen=True, slots=True)
class Held:
    """A question that stays as it is, and why."""

    question: Question
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """What an act would do: to whom, to whom only with reasons for warnings, to whom not.

    `rules` counts the questions of `warned` by the rule that warns; `waived` are the rules that a reason was given
    for, by key of the question.
    """

    ready: list[Chosen] = field(default_factory=list)
    warned: list[tuple[Chosen, list[Finding]]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    waived: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def hold(self, row: Chosen, *reasons: str) -> None:
        self.held.append(Held(row.question, reasons))


def read(keys: Collection[int], user: User) -> list[Chosen]:
    """The questions of these keys, by code."""
    some = Q(pk__in=keys)
    standing = {each.question.pk: each for each in stored.questions(some)}
    questions = Question.objects.filter(some).select_related("exam_domain", "topic").order_by("code")
    waiting = set(Question.objects.in_review().filter(some).order_by().values_list("pk", flat=True))
    drafts = {pk: each.draft for pk, each in standing.items()}
    newest = {pk: each.revision for pk, each in standing.items()}
    in_work = {
        each.question_id: each
        for each in Revision.objects.filter(question__in=keys, published_at=None).order_by("number")
        if each.question_id in newest and each.number > newest[each.question_id].number
    }
    for pk, draft in _with_wordings(drafts, in_work):
        drafts[pk], newest[pk] = draft, in_work[pk]
    wrote, submitted = review.written_by(user, newest.values()), _submitters(keys, user)
    return [
        Chosen(row, newest.get(row.pk), drafts.get(row.pk), row.pk in waiting, row.pk in wrote, row.pk in submitted)
        for row in (standing[each.pk].question if each.pk in standing else each for each in questions)
    ]


def _with_wordings(
    drafts: Mapping[int, QuestionContent], revisions: Mapping[int, Revision]
) -> Iterable[tuple[int, QuestionContent]]:
    """The drafts with other wordings, as `findings.whole` makes one."""
    options: dict[int, list[Option]] = defaultdict(list)
    for option in Option.objects.filter(revision__in=[each.pk for each in revisions.values()]).order_by("ordinal"):
        options[option.revision_id].append(option)
    for pk, revision in revisions.items():
        said = tuple(
            OptionContent(each.code, bool(revision.key >> each.bit & 1), each.text, each.rationale)
            for each in options[revision.pk]
        )
        yield pk, replace(
            drafts[pk], revision=revision.number, kind=revision.kind, stem=revision.stem, options=said,
            explanation=revision.explanation, references=tuple(Reference(**each) for each in revision.references),
        )  # fmt: skip


def _submitters(keys: Collection[int], user: User) -> set[int]:
    last: dict[int, int | None] = {}
    acts = History.objects.filter(question__in=keys, action="submitted").order_by("at", "pk")
    for pk, by in acts.values_list("question", "by"):
        last[pk] = by
    return {pk for pk, by in last.items() if by == user.pk}


def for_review(rows: Sequence[Chosen], reasons: Mapping[str, str], today: datetime.date) -> Plan:
    """Which of them can be handed to the reviewers; `reasons` say by rule why its warnings are kept."""
    plan, fit = Plan(), []
    for row in rows:
        if row.question.status == Question.Status.RETIRED:
            plan.hold(row, _("It is retired."))
        elif row.waits:
            plan.hold(row, _("It is in review already."))
        elif row.revision is None or row.revision.published_at is not None:
            plan.hold(row, _("There is nothing new to review. Change the wording first."))
        else:
            fit.append(row)
    _check(plan, fit, reasons, today)
    return plan


def for_approval(rows: Sequence[Chosen], reasons: Mapping[str, str], today: datetime.date, user: User) -> Plan:
    """Which of them this user can approve."""
    plan, fit, alone = Plan(), [], review.is_only_approver(user)
    said = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
    for row in rows:
        rating = row.question.rating
        if not row.waits:
            plan.hold(row, _("It is not in review. Submit it first."))
        elif row.wrote and not alone:
            plan.hold(row, _("You wrote this wording. Somebody else has to approve it."))
        elif rating is None or not MIN_LIVE_RATING <= rating <= MAX_LIVE_RATING:
            plan.hold(row, _("It needs a rating from %(least)d to %(most)d first.") % said)
        else:
            fit.append(row)
    _check(plan, fit, reasons, today)
    return plan


def for_taking_back(rows: Sequence[Chosen]) -> Plan:
    """Which of them the user has in review, and may take out of it again."""
    plan = Plan()
    for row in rows:
        if not row.waits:
            plan.hold(row, _("It is not in review."))
        elif not (row.wrote or row.submitted):
            plan.hold(row, _("Somebody else submitted this question. A reviewer can send it back."))
        else:
            plan.ready.append(row)
    return plan


def for_retiring(rows: Sequence[Chosen], user: User) -> Plan:
    """Which of them are not retired yet. What candidates meet is taken away by those who may give it to them."""
    plan, approves = Plan(), user.has_perm(review.APPROVE)
    for row in rows:
        if row.question.status == Question.Status.RETIRED:
            plan.hold(row, _("It is retired already."))
        elif row.question.status in ASKABLE_STATUSES and not approves:
            plan.hold(row, _("Candidates meet it. Ask somebody who may approve questions to retire it."))
        else:
            plan.ready.append(row)
    return plan


def _check(plan: Plan, rows: Sequence[Chosen], reasons: Mapping[str, str], today: datetime.date) -> None:
    """Sorts the rows by what `reviewing` asks of a wording: facts, no error, a reason for each warning."""
    kept = {rule for rule, reason in reasons.items() if reason.strip()}
    for row, found in zip(rows, _lint(rows, today), strict=True):
        question = row.question
        missing = [name for name, value in ((_("the day its facts were checked"), question.as_of),
                                            (_("a license"), question.license)) if not value]  # fmt: skip
        errors = [each.sentence for each in found if each.severity is Severity.ERROR]
        if missing:
            errors.insert(0, _("It still needs: %(missing)s.") % {"missing": ", ".join(missing)})
        warnings = [each for each in found if each.severity is Severity.WARNING]
        open_ones = [each for each in warnings if each.rule not in kept]
        if errors:
            plan.hold(row, *errors)
        elif open_ones:
            plan.warned.append((row, open_ones))
        else:
            plan.ready.append(row)
        if not errors:
            plan.rules.update({each.rule for each in warnings})
            plan.waived[question.pk] = {each.rule for each in warnings if each.rule in kept}


def _lint(rows: Sequence[Chosen], today: datetime.date) -> list[list[Finding]]:
    near = near_duplicates.index() if rows else None
    contexts: dict[tuple[str, bool], Context] = {}
    found = []
    for row in rows:
        exam, shipped = row.question.exam_domain.exam, row.question.origin == Question.Origin.SHIPPED
        if (exam, shipped) not in contexts:
            contexts[exam, shipped] = Context(today, stored.syllabus(exam), near, installed=not shipped)
        assert row.draft is not None, "only a question with a wording is checked"
        found.append(lint(row.draft, contexts[exam, shipped]))
    return found
