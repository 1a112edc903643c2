"""Plans of actions on one or many questions: which are ready, which need a reason for a warning, which are blocked.

Plans are made outside of a transaction, in a number of queries that does not grow with the questions, and write
nothing. `approval` and `bulk_edit` carry them out.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext as _

from questions.content.parts import NEEDED_FACTS, PARTS
from questions.content.schema import (
    ASKABLE_STATUSES,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    QuestionContent,
    is_live_rating,
)
from questions.lint import Context, Finding, Severity, lint
from questions.models import Option, Question, Revision, User
from questions.services import authorship, collections, lifecycle, near_duplicates, question_rows, stored_bank
from questions.services.errors import NotReadyError, RefusedError
from questions.services.wordings import wording_values

MAX_SELECTED = 500  # questions in one action: a few seconds
NO_REASONS: Mapping[str, str] = {}


@dataclass(slots=True)
class SelectedQuestion:
    """A question with its newest wording, as one user sees it; `content` and `revision` are None before there is one.

    `is_writer`: the user has written at this wording. `is_submitter`: the user submitted it last.
    """

    question: Question
    revision: Revision | None
    content: QuestionContent | None
    in_review: bool
    is_writer: bool
    is_submitter: bool


@dataclass(frozen=True, slots=True)
class BlockedQuestion:
    """A question that an action leaves as it is, and why; `findings` are those of the lint that block it."""

    question: Question
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class ActionPlan:
    """What an action would do with each question.

    Of `waiting`, which are ready too, a part of the change waits for approval.

    `warned` questions need a reason for each of their warnings. `rules` counts, for each rule that warns, the questions
    without errors. `waivers` gives the reasons given so far, by key of the question and rule.
    """

    ready: list[SelectedQuestion] = field(default_factory=list)
    waiting: list[SelectedQuestion] = field(default_factory=list)
    warned: list[tuple[SelectedQuestion, list[Finding]]] = field(default_factory=list)
    blocked: list[BlockedQuestion] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    waivers: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def block(self, row: SelectedQuestion, *reasons: str, findings: Iterable[Finding] = ()) -> None:
        """Leave a question out."""
        self.blocked.append(BlockedQuestion(row.question, reasons, tuple(findings)))

    def require_ready(self) -> None:
        """Raise all that blocks the first question that is not ready, if any."""
        for blocked in self.blocked:
            if blocked.findings:
                sentences = {finding.located for finding in blocked.findings}
                raise NotReadyError(blocked.findings, [text for text in blocked.reasons if text not in sentences])
            raise RefusedError(" ".join(blocked.reasons))
        for _row, findings in self.warned:
            raise NotReadyError(findings)


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The questions that an action has changed, and those changed by other users since the plan was made."""

    changed: list[Question]
    left_out: list[BlockedQuestion]


def lock_ready(plan: ActionPlan) -> tuple[list[SelectedQuestion], list[BlockedQuestion]]:
    """Lock the questions that are ready, in the transaction of the caller; leave out those changed since."""
    _unchanged, changed = question_rows.lock([row.question for row in plan.ready])
    keys = {question.pk for question in changed}
    reason = _("Someone else changed this question. Reload the page.")
    rows = [row for row in plan.ready if row.question.pk not in keys]
    return rows, [BlockedQuestion(question, (reason,)) for question in changed]


def select(keys: Collection[int], user: User) -> list[SelectedQuestion]:
    """Read the questions with these keys, by code."""
    where = Q(pk__in=keys)
    rows = {row.question.pk: row for row in stored_bank.questions(where)}
    questions = Question.objects.filter(where).select_related("exam_domain", "topic").order_by("code")
    in_review = set(Question.objects.in_review().filter(where).order_by().values_list("pk", flat=True))
    contents = {pk: row.content for pk, row in rows.items()}
    newest = {pk: row.revision for pk, row in rows.items()}
    in_work = {
        revision.question_id: revision
        for revision in Revision.objects.filter(question__in=keys, published_at=None).order_by("number")
        if revision.question_id in newest and revision.number > newest[revision.question_id].number
    }
    for pk, content in _with_wordings(contents, in_work):
        contents[pk], newest[pk] = content, in_work[pk]
    written, submitted = authorship.written_by(user, newest.values()), authorship.submitted_by(user, keys)
    return [
        SelectedQuestion(
            question=rows[question.pk].question if question.pk in rows else question,
            revision=newest.get(question.pk),
            content=contents.get(question.pk),
            in_review=question.pk in in_review,
            is_writer=question.pk in written,
            is_submitter=question.pk in submitted,
        )
        for question in questions
    ]


def _with_wordings(
    contents: Mapping[int, QuestionContent], revisions: Mapping[int, Revision]
) -> Iterable[tuple[int, QuestionContent]]:
    """Return the contents with these wordings instead, as `findings.full_content` does for one."""
    options: dict[int, list[Option]] = defaultdict(list)
    keys = [revision.pk for revision in revisions.values()]
    for option in Option.objects.filter(revision__in=keys).order_by("ordinal"):
        options[option.revision_id].append(option)
    for pk, revision in revisions.items():
        yield pk, replace(contents[pk], **wording_values(revision, options[revision.pk]))


def plan_submission(
    rows: Sequence[SelectedQuestion], today: datetime.date, reasons: Mapping[str, str] = NO_REASONS,
    *, with_retired: bool = False,
) -> ActionPlan:  # fmt: skip
    """Plan which wordings can be handed to the reviewers. `reasons` gives, by rule, why its warnings are kept."""

    def refusal(row: SelectedQuestion) -> str:
        if row.question.status == Question.Status.RETIRED and not with_retired:
            return _("The question is retired.")
        if row.in_review:
            return _("The question is already in review.")
        is_new = row.revision is not None and row.revision.published_at is None
        return "" if is_new else _("There is nothing new to review. Change the question first.")

    return _lint(_plan(rows, refusal), reasons, today)


def plan_approval(
    rows: Sequence[SelectedQuestion], today: datetime.date, user: User, reasons: Mapping[str, str] = NO_REASONS
) -> ActionPlan:
    """Plan which wordings this user can approve.

    Writers cannot approve their own, unless only one account may approve at all or SELF_APPROVAL is on.
    """
    may_approve_own = authorship.may_approve_own(user)

    def refusal(row: SelectedQuestion) -> str:
        if not row.in_review:
            return _("The question is not in review.")
        return authorship.needs_second_person() if row.is_writer and not may_approve_own else ""

    return _lint(_plan(rows, refusal), reasons, today, with_rating=True)


def plan_sending_back(rows: Sequence[SelectedQuestion]) -> ActionPlan:
    """Plan which wordings are in review and can be sent back to their authors."""
    return _plan(rows, lambda row: "" if row.in_review else _("The question is not in review."))


def plan_taking_back(rows: Sequence[SelectedQuestion]) -> ActionPlan:
    """Plan which wordings are in review and belong to the user, who may take them back."""

    def refusal(row: SelectedQuestion) -> str:
        if not row.in_review:
            return _("The question is not in review.")
        is_own = row.is_writer or row.is_submitter
        return "" if is_own else _("Someone else submitted this question. A reviewer can send it back.")

    return _plan(rows, refusal)


def plan_retirement(rows: Sequence[SelectedQuestion], user: User) -> ActionPlan:
    """Plan which questions can be retired. Only approvers may retire live and pilot questions."""
    approves = user.has_perm(authorship.APPROVE)

    def refusal(row: SelectedQuestion) -> str:
        if row.question.status == Question.Status.RETIRED:
            return _("The question is already retired.")
        is_asked = row.question.status in ASKABLE_STATUSES
        return _("Candidates get this question. Only an approver can retire it.") if is_asked and not approves else ""

    return _plan(rows, refusal)


def plan_restoration(rows: Sequence[SelectedQuestion], user: User) -> ActionPlan:
    """Plan which retired questions can be put back. Only approvers give questions to candidates again."""
    approves = user.has_perm(authorship.APPROVE)

    def refusal(row: SelectedQuestion) -> str:
        if row.question.status != Question.Status.RETIRED:
            return _("The question is not retired.")
        status = lifecycle.status_before_retirement(row.question)
        if not status:
            return _("A key ruling retired this question. Submit a new wording, which brings it back.")
        is_asked = status in ASKABLE_STATUSES
        return (
            _("Candidates would get this question. Only an approver can put it back.")
            if is_asked and not approves
            else ""
        )

    return _plan(rows, refusal)


def _plan(rows: Iterable[SelectedQuestion], refusal: Callable[[SelectedQuestion], str]) -> ActionPlan:
    """Return a plan that leaves out the questions for which there is a refusal."""
    plan = ActionPlan()
    for row in rows:
        if reason := refusal(row):
            plan.block(row, reason)
        else:
            plan.ready.append(row)
    return plan


def _lint(
    plan: ActionPlan, reasons: Mapping[str, str], today: datetime.date, *, with_rating: bool = False
) -> ActionPlan:
    """Sort what is ready by what a review requires: date and license, no error, a reason for each warning; all at once.

    An approval requires a rating, too, where exams pass by it.
    """
    rows, plan.ready = plan.ready, []
    given = {rule: reason for rule, reason in reasons.items() if reason.strip()}
    index = near_duplicates.index() if rows else None
    contexts: dict[tuple[str, bool, str], Context] = {}
    house = collections.rules_of(row.question.collection for row in rows)
    unrated = with_rating and any(row.question.rating is None for row in rows)
    rated = collections.rated() if unrated else set()
    for row in rows:
        question = row.question
        exam, shipped = question.syllabus, question.origin == Question.Origin.SHIPPED
        kind = exam, shipped, question.collection
        if kind not in contexts:
            contexts[kind] = Context(
                today, stored_bank.syllabus(exam), index, installed=not shipped, house=house[question.collection]
            )
        assert row.content is not None, "only a question with a revision can be checked"
        findings = lint(row.content, contexts[kind])
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        warnings = [finding for finding in findings if finding.severity is Severity.WARNING]
        unexplained = [finding for finding in warnings if finding.rule not in given]
        by_default = question.rating is None and question.collection not in rated
        needs = _needs(question, with_rating=with_rating and not by_default)
        if needs or errors:
            plan.block(row, *needs, *(finding.located for finding in errors), findings=errors + unexplained)
        else:
            plan.rules.update({finding.rule for finding in warnings})
            plan.waivers[question.pk] = {
                finding.rule: given[finding.rule] for finding in warnings if finding.rule in given
            }
            if unexplained:
                plan.warned.append((row, unexplained))
            else:
                plan.ready.append(row)
    return plan


def _needs(question: Question, *, with_rating: bool) -> list[str]:
    """Return a sentence with all facts that are missing, if any."""
    facts = [(_(PARTS[name].needed), bool(getattr(question, name))) for name in NEEDED_FACTS]
    if with_rating:
        bounds = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        facts.append((_("a rating from %(least)d to %(most)d") % bounds, is_live_rating(question.rating)))
    missing = [name for name, is_given in facts if not is_given]
    return [_("The question needs: %(missing)s.") % {"missing": ", ".join(missing)}] if missing else []
