"""Many questions written at once: the bulk side of `questions.services.lifecycle`, for loading and importing.

The caller opens the transaction and raises the bank's version in it.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.db.models import OuterRef, Subquery

from questions.content.merge import FIELDS
from questions.content.schema import PUBLISHED_STATUSES, QuestionContent
from questions.models import (
    Enemy,
    ExamDomain,
    History,
    Option,
    Point,
    Question,
    QuestionPoint,
    Revision,
    Topic,
    User,
    Waiver,
)
from questions.services.lifecycle import Wording, search_text
from questions.services.stored import AT_ONCE, names_enemy

# bulk_update names every row once a column in one statement, so it gets fewer at a time.
_UPDATED_AT_ONCE = 100
_FACTS = (
    "exam_domain", "topic", "rating", "ask", "default", "as_of", "license",
    "search_text", "base", "base_sha", "conflict", "lock_version",
)  # fmt: skip


@dataclass(slots=True)
class Change:
    """A question as it shall stand: `question` is an unsaved row when it is new.

    `fields` are those of `merge.FIELDS` that change, `before` their values until now. `wording` is
    composed beforehand: a new one when `fields` name the wording, else the standing one with new commentary.
    """

    question: Question
    draft: QuestionContent
    fields: Sequence[str] = FIELDS
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    wording: Wording | None = None

    @property
    def new(self) -> bool:
        return self.question.pk is None


def write(
    changes: Sequence[Change], exam: str, *, now: datetime.datetime, by: User | None = None, action: str = "loaded"
) -> None:
    """Writes the changes; places are looked up in the syllabus of `exam`, which must be here already.

    `action` is the word for it in the history.
    """
    fresh = [change for change in changes if change.new]
    standing = [change for change in changes if not change.new]
    _set_facts(changes, exam)
    # Without a published wording a question cannot be live, and a wording needs its question first.
    for change in fresh:
        change.question.status = Question.Status.DRAFT
    Question.objects.bulk_create((change.question for change in fresh), batch_size=AT_ONCE)
    Question.objects.bulk_update((change.question for change in standing), _FACTS, batch_size=_UPDATED_AT_ONCE)
    _write_wordings(changes, now)
    _set_status(changes, now)
    _write_points(changes)
    _write_waivers(changes)
    write_enemies(changes)
    History.objects.bulk_create(
        (
            History(question=each.question, at=now, by=by, action=action, before=each.before or None, after=each.after)
            for each in changes
            if each.fields
        ),
        batch_size=AT_ONCE,
    )


def _set_facts(changes: Iterable[Change], exam: str) -> None:
    topics = {row.slug: row for row in Topic.objects.filter(task__exam_domain__exam=exam).select_related("task")}
    domains = {row.number: row.pk for row in ExamDomain.objects.filter(exam=exam)}
    for change in changes:
        question, draft = change.question, change.draft
        topic = topics[draft.topic] if draft.topic else None
        question.topic = topic
        question.exam_domain_id = topic.task.exam_domain_id if topic else domains[draft.exam_domain or 0]
        question.rating = draft.rating
        question.ask, question.default = draft.ask or "", draft.default or ""
        question.as_of = datetime.date.fromisoformat(draft.as_of) if draft.as_of else None
        question.license = draft.license or ""
        question.search_text = search_text(draft)
        question.lock_version += 1


def _write_wordings(changes: Sequence[Change], now: datetime.datetime) -> None:
    wordings = [change.wording for change in changes if change.wording]
    made = [each for each in wordings if each.revision.pk is None]
    revised = [each for each in wordings if each.revision.pk is not None]
    Revision.objects.bulk_create((each.revision for each in made), batch_size=AT_ONCE)
    Option.objects.bulk_create((option for each in made for option in each.options), batch_size=AT_ONCE)
    for each in revised:
        each.revision.commentary_at = now
    Revision.objects.bulk_update(
        (each.revision for each in revised),
        ("explanation", "explanation_html", "references", "commentary_at"),
        batch_size=_UPDATED_AT_ONCE,
    )
    Option.objects.bulk_update(
        (option for each in revised for option in each.options),
        ("rationale", "rationale_html"),
        batch_size=_UPDATED_AT_ONCE,
    )


def _set_status(changes: Sequence[Change], now: datetime.datetime) -> None:
    """Sets the status where it changed, and publishes the wording that candidates shall meet from now on.

    That is the newest one where the file brought it, or where the question was not asked before; of a
    question that is asked already, a newer wording somebody works on here stays unpublished.
    """
    newest = Subquery(Revision.objects.filter(question=OuterRef("pk")).order_by("-number").values("pk")[:1])
    for status in Question.Status.values:
        here = [change for change in changes if change.draft.status == status]
        fresh = [
            change.question.pk
            for change in here
            if status in PUBLISHED_STATUSES
            and (
                "wording" in change.fields
                or ("status" in change.fields and change.before.get("status") not in PUBLISHED_STATUSES)
            )
        ]
        for some in batched(fresh, AT_ONCE):
            questions = Question.objects.filter(pk__in=some)
            questions.update(current=newest)
            published = Revision.objects.filter(pk__in=questions.values("current"), published_at=None)
            published.update(published_at=now)
        for some in batched((change.question.pk for change in here if "status" in change.fields), AT_ONCE):
            Question.objects.filter(pk__in=some).update(status=status)


def _write_points(changes: Sequence[Change]) -> None:
    pks = dict(Point.objects.values_list("code", "pk"))
    _replace(
        changes,
        "points",
        QuestionPoint,
        lambda change: [
            QuestionPoint(question=change.question, point_id=pks[code], ordinal=ordinal)
            for ordinal, code in enumerate(change.draft.points)
        ],
    )


def _write_waivers(changes: Sequence[Change]) -> None:
    _replace(
        changes,
        "waivers",
        Waiver,
        lambda change: [
            Waiver(question=change.question, rule=each.rule, reason=each.reason) for each in change.draft.waivers
        ],
    )


def _replace(changes: Sequence[Change], name: str, model: Any, rows: Callable[[Change], list[Any]]) -> None:
    """The rows of one field, taken away and written anew where the field changes."""
    changed = [change for change in changes if name in change.fields]
    for some in batched((change.question.pk for change in changed), AT_ONCE):
        model.objects.filter(question__in=some).delete()
    model.objects.bulk_create((row for change in changed for row in rows(change)), batch_size=AT_ONCE)


def write_enemies(changes: Sequence[Change]) -> None:
    """Adds the pairs that are named now, and drops those that neither side names any more.

    A pair with a question that is not here yet is left out; once it is, the same call adds it.
    """
    changed = [change for change in changes if "enemies" in change.fields]
    added: set[str] = set()
    dropped: dict[int, set[str]] = defaultdict(set)
    for change in changed:
        added.update(change.draft.enemies)
        dropped[change.question.pk] = set(change.before.get("enemies", ())) - set(change.draft.enemies)
    mentioned = added.union(*dropped.values())
    by_code = {
        row.code: row
        for some in batched(sorted(mentioned), AT_ONCE)
        for row in Question.objects.filter(code__in=some).only("pk", "code", "base")
    }
    for change in changed:
        for code in dropped[change.question.pk]:
            other = by_code.get(code)
            if other and not names_enemy(other, change.question):
                one, two = sorted((change.question.pk, other.pk))
                Enemy.objects.filter(low=one, high=two).delete()
    pairs = {
        tuple(sorted((change.question.pk, by_code[code].pk)))
        for change in changed
        for code in change.draft.enemies
        if code in by_code
    }
    Enemy.objects.bulk_create(
        (Enemy(low_id=low, high_id=high) for low, high in sorted(pairs)), batch_size=AT_ONCE, ignore_conflicts=True
    )
