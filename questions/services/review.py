"""From draft to exam: a wording is submitted, commented on, rated, sent back or approved, each with history.

The lint runs before a transaction begins; what was read meanwhile is swapped by `lock_version`, so nobody
approves what he has not seen.
"""

import datetime
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from questions.content.schema import ASKABLE_STATUSES, MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.lint import RULES, Severity
from questions.models import History, Question, RaterRating, Revision, User, Waiver
from questions.models.question import rating_known
from questions.services import findings
from questions.services.errors import NotReadyError, RefusedError
from questions.services.lifecycle import publish, raise_bank_version, record

APPROVE = "questions.approve_question"
REVIEW_ACTIONS = ("submitted", "commented", "sent back", "taken back", "approved", "waived")  # what reviewers read


def in_work(question: Question) -> Revision:
    """The wording that is written now: the newest, unpublished. Refused when there is none."""
    newest = question.revisions.order_by("-number").first()
    if newest is None or newest.published_at is not None:
        raise RefusedError(_("There is nothing new to review. Change the wording first."))
    return newest


def is_in_review(question: Question) -> bool:
    """Whether a wording of this question waits for a reviewer."""
    return Question.objects.in_review().filter(pk=question.pk).exists()


def submit(question: Question, *, now: datetime.datetime, by: User) -> None:
    """Hands the wording in work to the reviewers. Raises Unready with the findings that stand in the way."""
    if is_in_review(question):
        raise RefusedError(_("This question waits for a reviewer already."))
    revision = in_work(question)
    _ready(question, revision, now)
    with transaction.atomic():
        _swap(question, status=Question.Status.REVIEW if question.status == Question.Status.DRAFT else question.status)
        if not Revision.objects.filter(pk=revision.pk, published_at=None).update(submitted_at=now):
            raise RefusedError(_("Revision %(number)d is published already.") % {"number": revision.number})
        record(question, "submitted", now=now, by=by, after={"revision": revision.number})


def comment(question: Question, text: str, *, now: datetime.datetime, by: User) -> None:
    """Adds a comment to the history."""
    record(question, "commented", now=now, by=by, after={"text": _said(text, _("Write the comment first."))})


def send_back(question: Question, text: str, *, now: datetime.datetime, by: User) -> None:
    """Gives a wording back to its author, with what has to change."""
    said = _said(text, _("Say what has to change, so that the author can mend it."))
    if not is_in_review(question):
        raise RefusedError(_("This question is not in review any more."))
    revision = in_work(question)
    with transaction.atomic():
        _swap(question, status=Question.Status.DRAFT if question.status == Question.Status.REVIEW else question.status)
        Revision.objects.filter(pk=revision.pk, published_at=None).update(submitted_at=None)
        record(question, "sent back", now=now, by=by, after={"revision": revision.number, "text": said})


def take_back(question: Question, *, now: datetime.datetime, by: User) -> None:
    """Takes a submission out of review again, by who wrote or submitted it, while nobody has decided."""
    if not is_in_review(question):
        raise RefusedError(_("This question is not in review any more."))
    revision = in_work(question)
    if not is_own(question, revision, by):
        raise RefusedError(_("Somebody else submitted this question. A reviewer can send it back."))
    with transaction.atomic():
        _swap(question, status=Question.Status.DRAFT if question.status == Question.Status.REVIEW else question.status)
        Revision.objects.filter(pk=revision.pk, published_at=None).update(submitted_at=None)
        record(question, "taken back", now=now, by=by, after={"revision": revision.number})


def is_own(question: Question, revision: Revision, user: User) -> bool:
    """Whether this submission is somebody's own: submitted by him last, or his wording."""
    submitted = question.history.filter(action="submitted").first()
    return bool(submitted and submitted.by_id == user.pk) or wrote(user, revision)


def approve(question: Question, *, on_trial: bool, now: datetime.datetime, by: User) -> None:
    """Publishes the wording in review; candidates meet it scored, or on trial and unscored.

    Its writers cannot approve it, unless only one account may approve at all; that is recorded.
    """
    if not is_in_review(question):
        raise RefusedError(_("This question is not in review any more."))
    revision = in_work(question)
    by_author = wrote(by, revision)
    if by_author and not is_only_approver(by):
        raise RefusedError(_("You wrote this wording. Somebody else has to approve it."))
    if question.rating is None or not MIN_LIVE_RATING <= question.rating <= MAX_LIVE_RATING:
        said = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        raise RefusedError(_("It needs a rating from %(least)d to %(most)d first. Give yours.") % said)
    _ready(question, revision, now)
    status = Question.Status.PILOT if on_trial else Question.Status.LIVE
    with transaction.atomic():
        _swap(question)
        publish(revision, now=now, by=by)
        Question.objects.filter(pk=question.pk).update(status=status)
        before = {"status": question.status}
        after = {"status": status.value, "revision": revision.number}
        if by_author:
            after["text"] = "approved by its author"
        record(question, "approved", now=now, by=by, before=before, after=after)
    question.refresh_from_db()


def waive(question: Question, rule: str, reason: str, *, now: datetime.datetime, by: User) -> None:
    """Keeps what a warning complains of, with a reason."""
    shipped = question.origin == Question.Origin.SHIPPED
    known = RULES.get(rule)
    if known is None or (known.severity if shipped else known.installed) is Severity.ERROR:
        raise RefusedError(_("This cannot be waived. Mend it."))
    said = _said(reason, _("A warning is kept only with a reason."))[:300]
    with transaction.atomic():
        Waiver.objects.update_or_create(question=question, rule=rule, defaults={"reason": said, "by": by})
        record(question, "waived", now=now, by=by, after={"rule": rule, "text": said})


@transaction.atomic
def rate(question: Question, value: int, *, now: datetime.datetime, by: User) -> None:
    """Sets somebody's rating in per cent; the mean of all raters, half up, becomes the rating of the question."""
    if not 1 <= value <= 99:
        raise RefusedError(_("A rating is a whole per cent from 1 to 99."))
    row = Question.objects.select_for_update().get(pk=question.pk)
    RaterRating.objects.update_or_create(question=row, rater=by, defaults={"value": value})
    values = list(RaterRating.objects.filter(question=row).values_list("value", flat=True))
    rating, raters = mean_half_up(values), len(values)
    if row.status in ASKABLE_STATUSES and not MIN_LIVE_RATING <= rating <= MAX_LIVE_RATING:
        said = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        raise RefusedError(_("Candidates meet this question: its rating must stay from %(least)d to %(most)d.") % said)
    if (row.rating, row.raters) != (rating, raters):
        Question.objects.filter(pk=row.pk).update(rating=rating, raters=raters)
        before = {"rating": row.rating, "raters": row.raters}
        record(row, "rated", now=now, by=by, before=before, after={"rating": rating, "raters": raters})
        raise_bank_version()
    question.rating, question.raters = rating, raters


def knows_rating(user: User, question: Question) -> bool:
    """Whether somebody may see the rating: while it is written or reviewed only who has given one, unseen by others."""
    return Question.objects.filter(rating_known(user.pk), pk=question.pk).exists()


def rated_at(question: Question) -> datetime.datetime | None:
    """When the rating became what it is by somebody's rating; None where it came with a file."""
    if not question.raters:
        return None
    return question.history.filter(action="rated").values_list("at", flat=True).first()


def mean_half_up(values: Sequence[int]) -> int:
    """The mean of whole numbers as a whole number; a half goes up."""
    return (2 * sum(values) + len(values)) // (2 * len(values))


def wrote(user: User, revision: Revision) -> bool:
    """Whether somebody has written at this wording, which must be the newest of its question."""
    return bool(written_by(user, [revision]))


def written_by(user: User, newest: Collection[Revision]) -> set[int]:
    """Keys of the questions at whose newest wording somebody has written: made it, or changed it since the last one
    was published. Three queries for any number.
    """
    keys = [each.question_id for each in newest]
    own = set(Question.objects.filter(pk__in=keys, author=user).values_list("pk", flat=True))
    made = {each.question_id for each in newest
            if each.made_by_id == user.pk or (each.number == 1 and each.question_id in own)}  # fmt: skip
    publications = History.objects.filter(question__in=keys, action="published").order_by()
    published = dict(publications.values_list("question").annotate(Max("at")))
    edits = History.objects.filter(question__in=keys, action="edited", by=user, after__has_key="wording").order_by()
    return made | {key for key, at in edits.values_list("question", "at")
                   if key not in published or at > published[key]}  # fmt: skip


def is_only_approver(user: User) -> bool:
    """Whether nobody else could approve."""
    backend = "django.contrib.auth.backends.ModelBackend"
    able = User.objects.with_perm(APPROVE, backend=backend).filter(is_staff=True)
    return not able.exclude(pk=user.pk).exists()


def _ready(question: Question, revision: Revision, now: datetime.datetime) -> None:
    missing = [name for name, value in ((_("the day its facts were checked"), question.as_of),
                                        (_("a license"), question.license)) if not value]  # fmt: skip
    if missing:
        raise RefusedError(_("It still needs: %(missing)s.") % {"missing": ", ".join(missing)})
    draft = findings.whole(revision)
    shipped = question.origin == Question.Origin.SHIPPED
    found = findings.check(draft, question.exam_domain.exam, now.date(), shipped=shipped)
    if stopping := findings.blocking(found):
        raise NotReadyError(stopping)


def _swap(question: Question, **values: str) -> None:
    """Moves the question on only if nobody has changed it since it was read."""
    row = Question.objects.filter(pk=question.pk, lock_version=question.lock_version)
    if not row.update(lock_version=F("lock_version") + 1, **values):
        raise RefusedError(_("Somebody changed this question meanwhile. Read it again."))
    question.lock_version += 1
    for name, value in values.items():
        setattr(question, name, value)


def _said(text: str, otherwise: str) -> str:
    if not text.strip():
        raise RefusedError(otherwise)
    return text.strip()
