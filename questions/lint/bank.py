"""A whole bank directory: faults and findings of its files, how it can be guessed, and what it covers."""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, pstdev

from questions import guide
from questions.interchange import syllabus as syllabus_file
from questions.interchange import yaml_bank
from questions.interchange.schema import MULTIPLE_RESPONSE, Fault, QuestionDraft
from questions.interchange.syllabus import Syllabus
from questions.lint.prose import ask
from questions.lint.rules import RULES, Context, E, Finding, Severity, lint
from questions.lint.similar import SimilarQuestions
from questions.lint.strategies import StrategyResult, measure

_QUALIFIER = re.compile(r"\b(?:MOST|LEAST|BEST|FEWEST|LOWEST|HIGHEST|FASTEST|FIRST)\b")


@dataclass(frozen=True, slots=True)
class Located:
    """A finding in a file of the bank; `question` is empty for the syllabus and for study pages."""

    file: str
    question: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class DomainSummary:
    """One exam domain: questions, their share in percent beside the wanted weight, and ratings."""

    number: int
    title: str
    questions: int
    multiple_response: int
    share: float
    weight: int | None
    rating_mean: float | None
    rating_spread: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the questions in use cover; shares are in percent.

    `positions` counts keys per kind by authored position from 1.
    """

    questions: int
    multiple_response: float
    qualifiers: float
    rating_mean: float | None
    rating_spread: float | None
    domains: tuple[DomainSummary, ...]
    positions: Mapping[str, Mapping[int, int]]
    topics: Mapping[str, int]
    points: Mapping[str, int]

    @property
    def topics_without(self) -> list[str]:
        return [slug for slug, count in self.topics.items() if not count]

    @property
    def points_without(self) -> list[str]:
        return [code for code, count in self.points.items() if not count]


@dataclass(frozen=True, slots=True)
class BankReport:
    """All that can be said about a bank directory."""

    found: tuple[Located, ...]
    strategies: tuple[StrategyResult, ...]
    coverage: Coverage

    @property
    def passes(self) -> bool:
        """Whether no error and no unwaived warning is left."""
        return all(each.finding.severity is Severity.INFO for each in self.found)


def check(directory: Path, today: datetime.date, weights: Mapping[int, int] | None = None) -> BankReport:
    """Reads and checks a bank directory; `weights` are the wanted percents by exam domain."""
    found: list[Located] = []
    syllabus: Syllabus | None = None
    place = directory / "syllabus.yaml"
    if place.exists():
        syllabus, faults = syllabus_file.read(place)
        found += [_located(fault, "", "file") for fault in faults]
    drafts: list[QuestionDraft] = []
    for path in yaml_bank.question_files(directory):
        draft, faults = yaml_bank.read(path)
        found += [_located(fault, path.stem, "file") for fault in faults]
        if draft is not None:
            drafts.append(draft)
            found += [_located(fault, draft.id, "file-form") for fault in _form(path, draft)]
    used = [draft for draft in drafts if draft.status != "retired"]
    found += [Located(draft.file, draft.id, finding) for draft, finding in _between(drafts)]
    context = Context(today, syllabus, SimilarQuestions(used))
    for draft in used:
        found += [Located(draft.file, draft.id, finding) for finding in lint(draft, context)]
    found += [_located(fault, "", "study-page") for fault in guide.check(directory, syllabus)]
    return BankReport(tuple(found), tuple(measure(used)), cover(used, syllabus, weights))


def _located(fault: Fault, question: str, rule: str) -> Located:
    return Located(fault.file, question, Finding(rule, E, fault.field, fault.sentence, fault.line))


def _form(path: Path, draft: QuestionDraft) -> list[Fault]:
    """A file in another form or place would not come back unchanged when the bank is written."""
    faults = []
    fault = yaml_bank.form_fault(path.read_bytes().decode("utf-8"), draft, str(path))
    if fault:
        faults.append(fault)
    if f"{path.parent.name}/{path.name}" != yaml_bank.place(draft):
        faults.append(Fault(str(path), 1, "task", f"The file belongs to {yaml_bank.place(draft)}. Move it there."))
    return faults


def _between(drafts: Iterable[QuestionDraft]) -> Iterable[tuple[QuestionDraft, Finding]]:
    """What only shows between questions: ids given twice, enemies and waivers that name nothing."""
    drafts = list(drafts)
    files = defaultdict(list)
    for draft in drafts:
        files[draft.id].append(draft.file)
    for draft in drafts:
        for other in files[draft.id]:
            if other != draft.file:
                yield (
                    draft,
                    _error(draft, "id-twice", "id", f"The id stands in {other} too. Give each its own."),
                )
        for number, enemy in enumerate(draft.enemies, 1):
            if enemy == draft.id or enemy not in files:
                sentence = f"The enemy '{enemy}' is not another question of the bank. Correct the id."
                yield draft, _error(draft, "unknown-enemy", f"enemies.{number}", sentence)
        for number, waiver in enumerate(draft.waivers, 1):
            if waiver.rule not in RULES:
                sentence = f"There is no rule '{waiver.rule}' to waive. Correct its name, or remove the waiver."
                yield draft, _error(draft, "unknown-waiver", f"waivers.{number}.rule", sentence)


def _error(draft: QuestionDraft, rule: str, field: str, sentence: str) -> Finding:
    return Finding(rule, E, field, sentence, draft.lines.get(field) or draft.lines.get(field.split(".")[0]))


def cover(
    drafts: list[QuestionDraft], syllabus: Syllabus | None = None, weights: Mapping[int, int] | None = None
) -> Coverage:
    """The counts of a bank: exam domains, kinds, key positions, ratings, topics and points."""
    total = max(1, len(drafts))
    several = sum(draft.kind == MULTIPLE_RESPONSE for draft in drafts)
    positions: dict[str, Counter[int]] = defaultdict(Counter)
    for draft in drafts:
        positions[draft.kind].update(n for n, option in enumerate(draft.options, 1) if option.correct)
    topics = Counter(draft.topic for draft in drafts)
    points = Counter(point for draft in drafts for point in draft.points)
    ratings = [draft.rating for draft in drafts if draft.rating is not None]
    return Coverage(
        questions=len(drafts),
        multiple_response=100 * several / total,
        qualifiers=100 * sum(bool(_QUALIFIER.search(ask(draft.stem))) for draft in drafts) / total,
        rating_mean=mean(ratings) if ratings else None,
        rating_spread=pstdev(ratings) if ratings else None,
        domains=tuple(_domains(drafts, syllabus, weights or {})),
        positions={kind: dict(sorted(counts.items())) for kind, counts in sorted(positions.items())},
        topics={slug: topics[slug] for slug in syllabus.topics} if syllabus else {},
        points={code: points[code] for code in syllabus.points} if syllabus else {},
    )


def exam_domain(draft: QuestionDraft, syllabus: Syllabus | None) -> int | None:
    """The exam domain of a question: said, or that of its task."""
    if draft.exam_domain is not None or syllabus is None or draft.task is None:
        return draft.exam_domain
    return syllabus.exam_domain_of_task.get(draft.task)


def _domains(
    drafts: list[QuestionDraft], syllabus: Syllabus | None, weights: Mapping[int, int]
) -> Iterable[DomainSummary]:
    for domain in syllabus.exam_domains if syllabus else ():
        own = [draft for draft in drafts if exam_domain(draft, syllabus) == domain.number]
        ratings = [draft.rating for draft in own if draft.rating is not None]
        yield DomainSummary(
            number=domain.number,
            title=domain.title,
            questions=len(own),
            multiple_response=sum(draft.kind == MULTIPLE_RESPONSE for draft in own),
            share=100 * len(own) / max(1, len(drafts)),
            weight=weights.get(domain.number),
            rating_mean=mean(ratings) if ratings else None,
            rating_spread=pstdev(ratings) if ratings else None,
        )
