"""The work that remains on the questions created by an import.

Lint findings are stored when the file is checked; changed questions are linted again, up to MAX_LINTED_AGAIN.
"""

import datetime
from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Q

from questions.imports.plan import CREATED
from questions.lint import RULES, Context, lint
from questions.models import ImportBatch, Question, Topic
from questions.services import collections, stored_bank

GUESSABLE_KEY_RULES = (
    "key-longer",
    "key-shorter",
    "key-form-differs",
    "key-only-stem-word",
    "absolutes-in-distractors",
)
MAX_LINTED_AGAIN = 300  # within one page request
_IMPORTED_LOCK_VERSION = 1  # of a question that was not edited since the import


@dataclass(frozen=True, slots=True)
class WorkList:
    """Counts over the created questions that are still drafts, and of those that are in review.

    `guessable_rules` has the definition of each broken rule of GUESSABLE_KEY_RULES with the number of questions,
    `errors` the questions with lint errors, `near_duplicates` those whose collection minds. `not_linted` changed
    questions were not linted again.
    """

    created: int
    drafts: int
    in_review: int
    no_topic: int
    no_rating: int
    no_references: int
    no_license: int
    no_date: int
    guessable: int
    guessable_rules: tuple[tuple[str, int], ...]
    errors: tuple[Question, ...]
    near_duplicates: int
    submittable: int
    warned: int
    not_linted: int


@dataclass(frozen=True, slots=True)
class ImportedQuestion:
    """A question of the batch with the rules that it breaks, as "E:rule"."""

    question: Question
    rules: tuple[str, ...]

    @property
    def guessable_key_rules(self) -> tuple[str, ...]:
        """The names of the broken rules that make the key guessable."""
        return tuple(name for rule in self.rules if (name := rule[2:]) in GUESSABLE_KEY_RULES)

    @property
    def has_error(self) -> bool:
        """Whether a rule of severity error is broken."""
        return any(rule.startswith("E:") for rule in self.rules)

    @property
    def is_submittable(self) -> bool:
        """Whether nothing but warnings, each with a reason, prevents the draft from review."""
        question = self.question
        is_draft = question.status == Question.Status.DRAFT
        return bool(is_draft and not self.has_error and question.license and question.as_of)

    @property
    def has_warning(self) -> bool:
        """Whether a rule of severity warning is broken."""
        return any(rule.startswith("W:") for rule in self.rules)


def linted_questions(batch: ImportBatch, today: datetime.date) -> tuple[list[ImportedQuestion], int]:
    """Return the created questions of a batch with their findings, and the number of outdated findings."""
    known = dict(batch.rows.filter(outcome=CREATED).values_list("code", "rules"))
    questions = list(Question.objects.filter(batch=batch).defer("base", "search_text").order_by("code"))
    changed = [
        question.pk
        for question in questions
        if question.lock_version != _IMPORTED_LOCK_VERSION or question.code not in known
    ]
    rules = _lint_again(changed[:MAX_LINTED_AGAIN], batch, today)
    linted = [
        ImportedQuestion(
            question,
            rules[question.pk] if question.pk in rules else tuple(known.get(question.code, ())),
        )
        for question in questions
    ]
    return linted, max(0, len(changed) - MAX_LINTED_AGAIN)


def work_list(batch: ImportBatch, today: datetime.date) -> WorkList:
    """Return the work list of a batch."""
    linted, not_linted = linted_questions(batch, today)
    drafts = [entry for entry in linted if entry.question.status == Question.Status.DRAFT]
    near_duplicates = set(batch.rows.filter(outcome=CREATED, near_duplicate=True).values_list("code", flat=True))
    has_topics = Topic.objects.filter(task__exam_domain__exam=batch.settings["exam"]).exists()
    house = collections.rules_of({entry.question.collection for entry in drafts})
    rules = Counter(name for entry in drafts for name in entry.guessable_key_rules)
    return WorkList(
        created=len(linted),
        drafts=len(drafts),
        in_review=sum(entry.question.status == Question.Status.REVIEW for entry in linted),
        no_topic=sum(entry.question.topic_id is None for entry in drafts) if has_topics else 0,
        no_rating=sum(not entry.question.raters for entry in drafts),
        no_references=sum("W:missing-reference" in entry.rules for entry in drafts),
        no_license=sum(not entry.question.license for entry in drafts),
        no_date=sum(entry.question.as_of is None for entry in drafts),
        guessable=sum(bool(entry.guessable_key_rules) for entry in drafts),
        guessable_rules=tuple((RULES[name].definition, count) for name, count in rules.most_common()),
        errors=tuple(entry.question for entry in drafts if entry.has_error),
        near_duplicates=sum(
            entry.question.code in near_duplicates and "style" in house[entry.question.collection].switches
            for entry in drafts
        ),
        submittable=sum(entry.is_submittable and not entry.has_warning for entry in drafts),
        warned=sum(entry.is_submittable and entry.has_warning for entry in drafts),
        not_linted=not_linted,
    )


def submittable_keys(batch: ImportBatch, today: datetime.date) -> list[int]:
    """Return the primary keys, by code, of the drafts that only warnings keep from review."""
    return [entry.question.pk for entry in linted_questions(batch, today)[0] if entry.is_submittable]


def _lint_again(keys: list[int], batch: ImportBatch, today: datetime.date) -> dict[int, tuple[str, ...]]:
    if not keys:
        return {}
    context = Context(today, stored_bank.syllabus(batch.settings["exam"]), installed=True)
    rows = list(stored_bank.questions(Q(pk__in=keys)))
    house = collections.rules_of(ours.question.collection for ours in rows)
    return {
        ours.question.pk: tuple(
            f"{finding.severity}:{finding.rule}"
            for finding in lint(ours.content, replace(context, house=house[ours.question.collection]))
        )
        for ours in rows
    }
