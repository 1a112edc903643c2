"""What an exam can draw from here: counts, holes, exams without a repeat, and what the lint says of the texts.

Only questions that are asked count: live or pilot, of a collection and kind that the blueprint draws from.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Q

from exams.models import Candidate
from exams.services.attempt import assembly
from questions.bank_files import study_pages
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import STATUSES, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint import Context, Finding, lint
from questions.lint.coverage import DomainSummary, cover
from questions.lint.strategies import StrategyResult, measure
from questions.models import Blueprint, Question
from questions.services import stored

BIN = 5  # per cent in a bar of the ratings


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many questions a task has."""

    exam_domain: int
    code: str
    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many questions a topic has."""

    task: str
    slug: str
    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class Holes:
    """What no question asks about: slugs of topics, ids of points; and topics without a study page."""

    topics: tuple[str, ...]
    points: tuple[str, ...]
    study_pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the lint says of one question."""

    question: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Lint:
    """Findings by severity (E, W, I), each of them, and how far a reader who knows nothing gets."""

    counts: Mapping[str, int]
    found: tuple[Said, ...]
    strategies: tuple[StrategyResult, ...]

    @property
    def to_do(self) -> tuple[Said, ...]:
        """What is more than a note."""
        return tuple(each for each in self.found if each.finding.severity != "I")


@dataclass(frozen=True, slots=True)
class BankReport:
    """The bank of one exam. `statuses` count all its questions, everything else those that are asked.

    Shares and ratings are in per cent, `ratings` by bars such as "60-64". `fresh_exams` is how many exams in a
    row a new candidate gets without a repeat; `fresh_limit` says up to where that was tried.
    """

    exam: str
    statuses: Mapping[str, int]
    asked: int
    kinds: Mapping[str, int]
    exam_domains: tuple[DomainSummary, ...]
    tasks: tuple[TaskCount, ...]
    topics: tuple[TopicCount, ...]
    ratings: Mapping[str, int]
    rating_mean: float | None
    rating_spread: float | None
    holes: Holes
    fresh_exams: int
    fresh_limit: int
    lint: Lint


def report(blueprint: Blueprint, today: date) -> BankReport:
    """Reads the bank and counts it; a second or so for each five hundred questions, most of it for the lint."""
    exam = blueprint.exam
    syllabus = stored.syllabus(exam.syllabus_code) or Syllabus((), ())
    of_exam = Q(exam_domain__exam=exam.syllabus_code)
    statuses = Counter(Question.objects.filter(of_exam).values_list("status", flat=True))
    asked = of_exam & Q(status__in=["live", "pilot"], collection__in=exam.collections, current__kind__in=exam.kinds)
    asked &= Q(exam_domain__number__in=[domain.number for domain in exam.exam_domains])
    rows = list(stored.questions(asked))
    drafts = [row.draft for row in rows]
    coverage = cover(drafts, syllabus, {domain.number: domain.weight for domain in exam.exam_domains})
    of_task = Counter(draft.task for draft in drafts)
    return BankReport(
        exam=exam.code,
        statuses={status: statuses[status] for status in STATUSES},
        asked=len(drafts),
        kinds={kind: sum(draft.kind == kind for draft in drafts) for kind in exam.kinds},
        exam_domains=coverage.domains,
        tasks=tuple(
            TaskCount(syllabus.exam_domain_of_task[code], code, task.title, of_task[code])
            for code, task in syllabus.tasks.items()
        ),
        topics=tuple(
            TopicCount(syllabus.task_of_topic[slug], slug, topic.title, coverage.topics[slug])
            for slug, topic in syllabus.topics.items()
        ),
        ratings=_bars([draft.rating for draft in drafts if draft.rating is not None]),
        rating_mean=coverage.rating_mean,
        rating_spread=coverage.rating_spread,
        holes=Holes(tuple(coverage.topics_without), tuple(coverage.points_without), _without_page(syllabus)),
        fresh_exams=assembly.fresh_exams(blueprint, Candidate()),
        fresh_limit=assembly.FRESH_LIMIT,
        lint=_lint(rows, drafts, syllabus, today),
    )


def _bars(ratings: list[int]) -> dict[str, int]:
    """The ratings in bars of BIN per cent, without a gap from the lowest to the highest."""
    counts = Counter(rating // BIN * BIN for rating in ratings)
    lowest, highest = min(counts, default=0), max(counts, default=-BIN)
    return {f"{low}-{low + BIN - 1}": counts[low] for low in range(lowest, highest + BIN, BIN)}


def _without_page(syllabus: Syllabus) -> tuple[str, ...]:
    written = {path.stem for path in study_pages.page_files(settings.BANK_DIR)}
    return tuple(slug for slug in syllabus.topics if slug not in written)


def _lint(rows: list[stored.Stored], drafts: list[QuestionContent], syllabus: Syllabus, today: date) -> Lint:
    similar = NearDuplicateIndex(drafts)
    shipped, local = (Context(today, syllabus, similar, installed=installed) for installed in (False, True))
    found = []
    for row in rows:
        context = local if row.question.origin == Question.Origin.LOCAL else shipped
        found += [Said(row.draft.id, finding) for finding in lint(row.draft, context)]
    found.sort(key=lambda said: "EWI".index(said.finding.severity))
    counts = {letter: sum(said.finding.severity == letter for said in found) for letter in "EWI"}
    return Lint(counts, tuple(found), tuple(measure(drafts)))
