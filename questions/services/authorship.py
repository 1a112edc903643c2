"""Who wrote and who submitted a wording, and who may approve it. Reads only."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from questions.content.parts import WAITING
from questions.models import History, Question, Revision, User

APPROVE = "questions.approve_question"
_WRITES = ("edited", "imported", "import undone", "settled")
_EDITS = Q(action__in=_WRITES, after__has_any_keys=["wording", *WAITING])  # of what a reviewer approves


def has_written(user: User, revision: Revision) -> bool:
    """Return whether a user has written at this wording, which must be the newest of its question."""
    return bool(written_by(user, [revision]))


def written_by(user: User, newest: Collection[Revision]) -> set[int]:
    """Return keys of the questions at whose newest wording a user has written, in three queries.

    A user has written at it who made it, or changed it since the last wording was published.
    """
    keys = [revision.question_id for revision in newest]
    own = set(Question.objects.filter(pk__in=keys, author=user).values_list("pk", flat=True))
    made = {
        revision.question_id
        for revision in newest
        if revision.made_by_id == user.pk or (revision.number == 1 and revision.question_id in own)
    }
    publications = History.objects.filter(question__in=keys, action="published").order_by()
    published = dict(publications.values_list("question").annotate(Max("at")))
    edits = History.objects.filter(_EDITS, question__in=keys, by=user).order_by()
    return made | {
        question
        for question, at in edits.values_list("question", "at")
        if question not in published or at > published[question]
    }


def wrote_up_to(user: User, revision: Revision) -> bool:
    """Return whether a user made the question, this revision or an earlier one, or edited it before publication.

    Who corrects the key later, by a ruling, has not written the revision that candidates reported.
    """
    question = revision.question
    revisions = question.revisions.filter(number__lte=revision.number, made_by=user)
    edits = question.history.filter(_EDITS, by=user)
    if revision.published_at:
        edits = edits.filter(at__lte=revision.published_at)
    return question.author_id == user.pk or revisions.exists() or edits.exists()


def submitted_by(user: User, questions: Collection[int]) -> set[int]:
    """Return keys of those questions that a user was the last to submit."""
    last: dict[int, int | None] = {}
    entries = History.objects.filter(question__in=questions, action="submitted").order_by("at", "pk")
    for question, by in entries.values_list("question", "by"):
        last[question] = by
    return {question for question, by in last.items() if by == user.pk}


def is_own_submission(question: Question, revision: Revision, user: User) -> bool:
    """Return whether a user wrote this wording or was the last to submit the question."""
    return bool(submitted_by(user, [question.pk])) or has_written(user, revision)


def may_approve_own(user: User) -> bool:
    """Return whether this approver may approve what they wrote: nobody else can, or the installation allows it."""
    return bool(settings.SELF_APPROVAL) or _is_only_approver(user)


def needs_second_person() -> str:
    """Return why a writer cannot approve, and what she and the administrators can do."""
    return _(
        "You wrote this revision. A second person must approve it. Nobody else is here? An administrator can approve "
        "it, or give somebody the role Reviewer; the operator of this server can set SELF_APPROVAL=on."
    )


def _is_only_approver(user: User) -> bool:
    backend = "django.contrib.auth.backends.ModelBackend"
    approvers = User.objects.with_perm(APPROVE, backend=backend).filter(is_staff=True)
    return not approvers.exclude(pk=user.pk).exists()
