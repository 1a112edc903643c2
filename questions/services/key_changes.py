"""Find out whether a wording in work has another key than the published one, and how many exams keep the old key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.db.models import Count, Exists, OuterRef, QuerySet

from questions.content.differences import keys_differ
from questions.content.schema import QuestionContent
from questions.models import Option, Question, Revision
from questions.services.bank_version import bank_version
from questions.services.revisions import newest_revision
from questions.services.wordings import content_of

# By version of the bank: most questions have one wording, and the pages of practice ask about hundreds.
_later: dict[int, Sequence[tuple[int, datetime]]] = {}


@dataclass(frozen=True, slots=True)
class KeyChange:
    """Another key than the published one. `n_exams` keep the old key; `disputed` is their newest revision."""

    old: tuple[Option, ...]
    new: tuple[Option, ...]
    n_exams: int
    disputed: Revision


@dataclass(frozen=True, slots=True)
class PublishedKeyChange:
    """A published wording with another key than the one before it: the number of its revision, and when."""

    revision: int
    at: datetime


def published_key_changes(since: Mapping[int, datetime | None]) -> dict[int, PublishedKeyChange]:
    """Return by question its newest change of key, if a later wording was published after the time given for it.

    With None instead of a time, whenever that was. A revision that its author calls the same item changes no key. One
    query, another one after a change of the bank, and two more if there is such a wording.
    """
    questions = {
        question
        for question, published_at in _later_wordings()
        if question in since and ((known := since[question]) is None or published_at > known)
    }
    if not questions:
        return {}
    rows = (
        _published()
        .filter(question__in=questions)
        .select_related("question")
        .prefetch_related("options")
        .order_by("question", "number")
    )
    changes = {}
    for before, after in pairwise(rows):
        if before.question_id != after.question_id or after.same_item_as_id:
            continue
        if _is_another_key(content_of(before), content_of(after), after):
            assert after.published_at is not None  # of these rows
            changes[after.question_id] = PublishedKeyChange(after.number, after.published_at)
    return changes


def _published() -> QuerySet[Revision]:
    return Revision.objects.exclude(published_at=None)


def _later_wordings() -> Sequence[tuple[int, datetime]]:
    """Return the question and the time of each published wording that follows another one and may change its key."""
    version = bank_version()
    known = _later.get(version)
    if known is None:
        earlier = _published().filter(question=OuterRef("question"), number__lt=OuterRef("number"))
        later = _published().filter(Exists(earlier), same_item_as=None).order_by()
        known = [(question, at) for question, at in later.values_list("question", "published_at") if at]
        _later.clear()
        _later[version] = known
    return known


def keys_before(question: Question) -> dict[str, bool]:
    """Return by code which options are keys in the published wording, or else in the saved one."""
    revision = question.current or newest_revision(question)
    return {option.id: option.correct for option in content_of(revision).options} if revision else {}


def key_change(question: Question) -> KeyChange | None:
    """Return how the key of the wording in work differs from the published one; None if it does not."""
    work, published = newest_revision(question), question.current
    if work is None or published is None or work.published_at:
        return None
    after = content_of(work)
    if not _is_another_key(content_of(published), after, work):
        return None
    n_exams, disputed = 0, published
    rows = question.revisions.exclude(published_at=None).prefetch_related("options").order_by("number")
    for revision in rows:
        if n := _exams_with_another_key(revision, after, work):
            n_exams, disputed = n_exams + n, revision
    return KeyChange(_keys(published), _keys(work), n_exams, disputed)


def _is_another_key(before: QuestionContent, after: QuestionContent, work: Revision) -> bool:
    """Return whether the key differs. A key with another text is the same one if the author calls it the same."""
    if keys_differ(before, after):
        return True
    return work.same_item_as_id is None and {key.text for key in before.keys} != {key.text for key in after.keys}


def _exams_with_another_key(revision: Revision, after: QuestionContent, work: Revision) -> int:
    """Return the number of exams whose frozen key, after rulings, is another one than that of the wording in work."""
    exams = revision.responses.filter(attempt__mode="exam", attempt__synthetic=False, withdrawn=False, credited=False)
    content, bits = content_of(revision), {option.code: option.bit for option in revision.options.all()}
    n = 0
    for key, also, count in exams.order_by().values_list("key", "also").annotate(Count("pk")):
        accepted = [
            replace(
                content, options=tuple(replace(row, correct=bool(mask >> bits[row.id] & 1)) for row in content.options)
            )
            for mask in (key, also)
            if mask
        ]
        if all(_is_another_key(before, after, work) for before in accepted):
            n += count
    return n


def _keys(revision: Revision) -> tuple[Option, ...]:
    return tuple(option for option in revision.options.order_by("ordinal") if revision.key >> option.bit & 1)
