"""Write the content of many questions at once: for loading, importing and settling conflicts.

The caller opens the transaction and raises the version of the bank in it.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from questions.content.parts import COMMENTARY, PART_NAMES
from questions.content.schema import PUBLISHED_STATUSES, QuestionContent
from questions.models import ExamDomain, History, Question, Topic, User
from questions.services import points_and_enemies, question_rows, revisions, waivers
from questions.services.content_columns import set_facts
from questions.services.history import record_all
from questions.services.query_limits import ROWS_PER_QUERY
from questions.services.stored_bank import StoredQuestion, names_enemy
from questions.services.wordings import Wording, compose, search_text, set_commentary


@dataclass(slots=True)
class QuestionChange:
    """A question with the content that it gets; `question` is an unsaved row if it is new.

    `fields` are those of `parts.PART_NAMES` that change, `before` their old values, `after` what the history stores.
    `wording` is composed before the transaction: a new one if `fields` name the wording, else the stored one with new
    commentary.
    """

    question: Question
    content: QuestionContent
    fields: Sequence[str] = PART_NAMES
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    wording: Wording | None = None

    @property
    def is_new(self) -> bool:
        return self.question.pk is None

    @property
    def publishes(self) -> bool:
        """Whether candidates get the newest wording.

        They do if the file contains it, or if the question had no published wording. A newer unpublished wording stays
        unpublished.
        """
        if self.content.status not in PUBLISHED_STATUSES:
            return False
        was_published = self.before.get("status") in PUBLISHED_STATUSES
        return "wording" in self.fields or ("status" in self.fields and not was_published)


def changed_wording(
    ours: StoredQuestion, content: QuestionContent, changed: Collection[str], reason: str = "", by: User | None = None
) -> Wording | None:
    """Return what a change of these fields writes: a new wording, the stored one with new commentary, or nothing."""
    if "wording" in changed:
        wording = compose(ours.question, content, content.revision, reason, ours.options)
        wording.revision.made_by = by
        return wording
    if not set(COMMENTARY) & set(changed):
        return None
    wording = Wording(ours.revision, list(ours.options))
    set_commentary(wording, content)
    return wording


def write(
    changes: Sequence[QuestionChange],
    exam: str,
    *,
    now: datetime.datetime,
    by: User | None = None,
    action: str = "loaded",
) -> None:
    """Write the changes, with history under the name `action`. The syllabus of `exam` must be stored already."""
    new = [change for change in changes if change.is_new]
    existing = [change for change in changes if not change.is_new]
    _set_facts(changes, exam)
    question_rows.insert(change.question for change in new)
    question_rows.update_from_file(change.question for change in existing)
    composed = [change.wording for change in changes if change.wording]
    stored = [wording for wording in composed if wording.revision.pk]  # before the others get their keys
    revisions.insert(wording for wording in composed if not wording.revision.pk)
    revisions.update_commentary(stored)
    revisions.publish_from_file((change.question.pk for change in changes if change.publishes), now)
    for status in Question.Status.values:
        question_rows.set_file_status(
            (change.question.pk for change in changes if change.content.status == status and "status" in change.fields),
            status,
        )
    keys = points_and_enemies.point_keys()
    points_and_enemies.set_points({
        change.question.pk: [keys[code] for code in change.content.points]
        for change in changes if "points" in change.fields
    })  # fmt: skip
    waivers.replace_waivers({
        change.question.pk: change.content.waivers for change in changes if "waivers" in change.fields
    })  # fmt: skip
    write_enemies(changes)
    record_all(
        History(
            question=change.question, at=now, by=by, action=action, before=change.before or None, after=change.after
        )
        for change in changes
        if change.fields
    )


def _set_facts(changes: Iterable[QuestionChange], exam: str) -> None:
    topics = {row.slug: row for row in Topic.objects.filter(task__exam_domain__exam=exam).select_related("task")}
    domains = {row.number: row.pk for row in ExamDomain.objects.filter(exam=exam)}
    for change in changes:
        question, content = change.question, change.content
        topic = topics[content.topic] if content.topic else None
        question.topic = topic
        place = None if content.exam_domain is None else domains[content.exam_domain]
        question.exam_domain_id = topic.task.exam_domain_id if topic else place
        question.rating = content.rating
        set_facts(question, content)
        question.search_text = search_text(content)
        question.lock_version += 1


def write_enemies(changes: Sequence[QuestionChange]) -> None:
    """Add the pairs that are named now, and delete those that neither side names any more.

    A pair with a question that is not stored yet is left out. Once it is stored, the same call adds the pair.
    """
    changed = [change for change in changes if "enemies" in change.fields]
    dropped = {
        change.question.pk: set(change.before.get("enemies", ())) - set(change.content.enemies) for change in changed
    }
    mentioned = {code for change in changed for code in change.content.enemies}.union(*dropped.values())
    by_code = {
        row.code: row
        for batch in batched(sorted(mentioned), ROWS_PER_QUERY)
        for row in Question.objects.filter(code__in=batch).only("pk", "code", "base")
    }
    points_and_enemies.delete_pairs([
        (change.question.pk, by_code[code].pk)
        for change in changed
        for code in dropped[change.question.pk]
        if code in by_code and not names_enemy(by_code[code], change.question)
    ])  # fmt: skip
    points_and_enemies.add_pairs(
        (change.question.pk, by_code[code].pk)
        for change in changed
        for code in change.content.enemies
        if code in by_code
    )
