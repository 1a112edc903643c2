"""What there is left to do with the questions that an import has written.

The lint has looked at each of them when the file was checked; those that were changed since are looked at again, up
to a number that a page can wait for.
"""

import datetime
from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from questions.lint import RULES, Context, lint
from questions.models import ImportBatch, Question
from questions.services import stored

GUESSABLE = ("key-longer", "key-shorter", "key-form-differs", "key-only-stem-word", "absolutes-in-distractors")
_WRITTEN = 1  # the version of a question that nobody has changed since it was imported
AGAIN = 300  # changed questions that are linted while somebody waits for the page


@dataclass(frozen=True, slots=True)
class Work:
    """Figures of the created questions that are drafts; `unseen` changed ones were not looked at again.

    `rules` has the definition of each rule by which keys can be guessed, and how many questions break it. `errors`
    are the questions with errors, `alike` counts those that were nearly the same as another when they came.
    """

    created: int
    drafts: int
    no_topic: int
    no_rating: int
    no_references: int
    no_license: int
    no_date: int
    guessable: int
    rules: tuple[tuple[str, int], ...]
    errors: tuple[Question, ...]
    alike: int
    submittable: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One question of the batch with the rules that it breaks, as "E:rule"."""

    question: Question
    rules: tuple[str, ...]

    @property
    def guessable(self) -> tuple[str, ...]:
        """Names of the rules by which its key can be guessed."""
        return tuple(name for each in self.rules if (name := each[2:]) in GUESSABLE)

    @property
    def error(self) -> bool:
        return any(each.startswith("E:") for each in self.rules)


def look(batch: ImportBatch, today: datetime.date) -> tuple[list[Looked], int]:
    """The created questions of a batch with what the lint finds, and of how many it is what it found before."""
    known = dict(batch.rows.filter(what="created").values_list("code", "rules"))
    rows = list(Question.objects.filter(batch=batch).defer("base", "search_text").order_by("code"))
    changed = [row.pk for row in rows if row.lock_version != _WRITTEN or row.code not in known]
    again = _rules(changed[:AGAIN], batch, today)
    found = [Looked(row, again[row.pk] if row.pk in again else tuple(known.get(row.code, ()))) for row in rows]
    return found, max(0, len(changed) - AGAIN)


def work(batch: ImportBatch, today: datetime.date) -> Work:
    """The figures of the work list."""
    looked, unseen = look(batch, today)
    drafts = [each for each in looked if each.question.status == Question.Status.DRAFT]
    alike = set(batch.rows.filter(what="created", alike=True).values_list("code", flat=True))
    rules = Counter(name for each in drafts for name in each.guessable)
    ready = [each for each in drafts if not each.error and each.question.license and each.question.as_of]
    return Work(
        created=len(looked),
        drafts=len(drafts),
        no_topic=sum(each.question.topic_id is None for each in drafts),
        no_rating=sum(not each.question.raters for each in drafts),
        no_references=sum("W:missing-reference" in each.rules for each in drafts),
        no_license=sum(not each.question.license for each in drafts),
        no_date=sum(each.question.as_of is None for each in drafts),
        guessable=sum(bool(each.guessable) for each in drafts),
        rules=tuple((RULES[name].definition, count) for name, count in rules.most_common()),
        errors=tuple(each.question for each in drafts if each.error),
        alike=len(alike.intersection(each.question.code for each in drafts)),
        submittable=len(ready),
        unseen=unseen,
    )


def submittable(batch: ImportBatch, today: datetime.date) -> list[int]:
    """Keys of the drafts that nothing but warnings stands in the way of, by code."""
    return [
        each.question.pk
        for each in look(batch, today)[0]
        if each.question.status == Question.Status.DRAFT
        and not each.error
        and each.question.license
        and each.question.as_of
    ]


def _rules(keys: list[int], batch: ImportBatch, today: datetime.date) -> dict[int, tuple[str, ...]]:
    if not keys:
        return {}
    context = Context(today, stored.syllabus(batch.settings["exam"]), installed=True)
    return {
        each.question.pk: tuple(f"{found.severity}:{found.rule}" for found in lint(each.draft, context))
        for each in stored.questions(Q(pk__in=keys))
    }
