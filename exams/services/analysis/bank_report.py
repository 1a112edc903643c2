"""Report on the bank of an exam: counts, gaps, exams without a repeat, profile, what to write next, and lint findings.

Only questions in use count: live or pilot, of a collection and kind that the blueprint draws from.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.db.models import Q

from exams.models import Candidate
from exams.services.attempt import assembly
from questions.bank_files import study_pages
from questions.bank_files.directories import bank_directory
from questions.content.blueprint import BlueprintSpec
from questions.content.near_duplicates import NearDuplicateIndex
from questions.content.schema import STATUSES, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint import Context, Finding, lint
from questions.lint import profile as profile_file
from questions.lint.coverage import DomainSummary, measure_coverage
from questions.lint.guessing_strategies import StrategyResult, measure_strategies
from questions.lint.profile import Profile, ProfileMeasure, measure_profile
from questions.lint.shortages import Shortages, count_points, find_shortages
from questions.models import Blueprint, Question
from questions.services import collections, stored_bank
from questions.services.drawn_questions import drawn_by

RATING_BIN_WIDTH = 5  # percent
SHOWN_SHORTAGES = 12  # of each kind, on the page and in the text of the command
QUESTIONS_PER_STEP = 50  # between two reports of progress

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TaskCount:
    """The number of questions of a task."""

    exam_domain: int
    code: str
    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class TopicCount:
    """The number of questions of a topic."""

    task: str
    slug: str
    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class Holes:
    """Topics (slugs) and points (ids) without a question, and topics without a study page."""

    topics: tuple[str, ...]
    points: tuple[str, ...]
    study_pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionFinding:
    """A lint finding on one question."""

    question: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class LintSummary:
    """Counts by severity (E, W, I), the findings, and the results of guessing strategies."""

    counts: Mapping[str, int]
    found: tuple[QuestionFinding, ...]
    strategies: tuple[StrategyResult, ...]

    @property
    def to_do(self) -> tuple[QuestionFinding, ...]:
        """Return the errors and warnings."""
        return tuple(row for row in self.found if row.finding.severity != "I")


@dataclass(frozen=True, slots=True)
class BankReport:
    """The bank of one exam. `statuses` counts all questions of its collections, the other fields those in use.

    Shares and ratings are in percent, `ratings` by bins such as "60-64". `fresh_exams` is the number of consecutive
    exams without a repeat for a new candidate, counted up to `fresh_limit`. `points` is the number of points of the
    syllabus with no question ("0"), with one ("1") and with more ("2+"). An exam
    without a profile in its bank directory, or made here, has no `profile` and no shortages of asks.
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
    points: Mapping[str, int]
    shortages: Shortages
    profile: tuple[ProfileMeasure, ...]
    fresh_exams: int
    fresh_limit: int
    lint: LintSummary


def build_report(blueprint: Blueprint, today: date, progress: Progress | None = None) -> BankReport:
    """Build the report. This takes about a second for 500 questions, most of it for the lint.

    `progress` is told of how many questions, and of how many in all.
    """
    spec = blueprint.exam
    syllabus = stored_bank.syllabus(spec.syllabus_code) or Syllabus((), ())
    numbers = [domain.number for domain in spec.exam_domains]
    syllabus = Syllabus(tuple(domain for domain in syllabus.exam_domains if domain.number in numbers), syllabus.plan)
    drawn = drawn_by(blueprint)
    statuses = Counter(drawn.values_list("status", flat=True))
    asked = Q(pk__in=drawn.askable().filter(current__kind__in=spec.kinds).values("pk"))
    rows = list(stored_bank.questions(asked))
    drafts = [row.content for row in rows]
    drawn_for = dict(drawn.values_list("code", "drawn_for"))
    weights = {domain.number: domain.weight for domain in spec.exam_domains}
    coverage = measure_coverage(drafts, syllabus, weights, drawn_for)
    profile = _profile(blueprint)
    of_task = Counter(draft.task for draft in drafts)
    return BankReport(
        exam=spec.code,
        statuses={status: statuses[status] for status in STATUSES},
        asked=len(drafts),
        kinds={kind: sum(draft.kind == kind for draft in drafts) for kind in spec.kinds},
        exam_domains=coverage.domains,
        tasks=tuple(
            TaskCount(syllabus.exam_domain_of_task[code], code, task.title, of_task[code])
            for code, task in syllabus.tasks.items()
        ),
        topics=tuple(
            TopicCount(syllabus.task_of_topic[slug], slug, topic.title, coverage.topics[slug])
            for slug, topic in syllabus.topics.items()
        ),
        ratings=_rating_bins([draft.rating for draft in drafts if draft.rating is not None]),
        rating_mean=coverage.rating_mean,
        rating_spread=coverage.rating_spread,
        holes=Holes(
            tuple(coverage.topics_without), tuple(coverage.points_without), _topics_without_page(spec, syllabus)
        ),
        points=count_points(coverage.points),
        shortages=find_shortages(drafts, syllabus, profile),
        profile=measure_profile(drafts, profile),
        fresh_exams=assembly.count_fresh_exams(blueprint, Candidate(), ()),
        fresh_limit=assembly.MAX_FRESH_EXAMS,
        lint=_lint(rows, drafts, spec.syllabus_code, syllabus, today, progress),
    )


def _rating_bins(ratings: list[int]) -> dict[str, int]:
    """Count the ratings in contiguous bins from the lowest to the highest."""
    counts = Counter(rating // RATING_BIN_WIDTH * RATING_BIN_WIDTH for rating in ratings)
    lowest, highest = min(counts, default=0), max(counts, default=-RATING_BIN_WIDTH)
    return {
        f"{low}-{low + RATING_BIN_WIDTH - 1}": counts[low]
        for low in range(lowest, highest + RATING_BIN_WIDTH, RATING_BIN_WIDTH)
    }


def _profile(blueprint: Blueprint) -> Profile:
    """Return the profile of the bank of a shipped exam. One made here may draw on a part of a bank, and has none."""
    if blueprint.origin != Blueprint.Origin.SHIPPED:
        return Profile()
    return profile_file.read_directory(settings.BANKS_DIR / blueprint.exam.collections[0])[0]


def _topics_without_page(exam: BlueprintSpec, syllabus: Syllabus) -> tuple[str, ...]:
    slugs = {path.stem for path in study_pages.page_files(bank_directory(exam))}
    return tuple(slug for slug in syllabus.topics if slug not in slugs)


def _lint(
    rows: list[stored_bank.StoredQuestion],
    drafts: list[QuestionContent],
    exam: str,
    syllabus: Syllabus,
    today: date,
    progress: Progress | None,
) -> LintSummary:
    similar = NearDuplicateIndex(drafts)
    local = Context(today, None, similar, installed=True)
    house = collections.rules_of(row.question.collection for row in rows)
    shipped = Context(today, None, similar, in_exams=True)
    # What an exam draws by collection or tags is placed elsewhere, or nowhere.
    places = {row.question.syllabus for row in rows}
    syllabuses = {code: syllabus if code == exam else stored_bank.syllabus(code) for code in places}
    findings = []
    for done, row in enumerate(rows):
        if progress and done % QUESTIONS_PER_STEP == 0:
            progress(done, len(rows))
        is_local = row.question.origin == Question.Origin.LOCAL
        context = replace(local, house=house[row.question.collection]) if is_local else shipped
        context = replace(context, syllabus=syllabuses[row.question.syllabus])
        findings += [QuestionFinding(row.content.id, finding) for finding in lint(row.content, context)]
    findings.sort(key=lambda row: "EWI".index(row.finding.severity))
    counts = {letter: sum(row.finding.severity == letter for row in findings) for letter in "EWI"}
    return LintSummary(counts, tuple(findings), tuple(measure_strategies(drafts)))
