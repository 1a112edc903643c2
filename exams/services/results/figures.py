"""Compute the figures of a score report from the frozen responses of an attempt. This module writes nothing.

An attempt is scored by its pass line or in percent of its points: the rule of its form says which.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from django.db.models import Value

from exams.models import Attempt, DomainResult, PassLineRule, Response, ScoreReport
from exams.models.response import correct_under
from exams.psychometrics import outlook, percent, precision, scaling
from exams.psychometrics.percent import PointAnswer, Points
from exams.services.attempt import pass_lines
from exams.services.attempt.effective_keys import EffectiveKey
from questions.models import Blueprint, Revision, ScaleVersion


class Totals(NamedTuple):
    """What determines the score: right answers of all, and either the pass line or the points, in hundredths."""

    raw: int
    n: int
    pass_line: Decimal | None
    earned: int | None = None
    possible: int | None = None


@dataclass(frozen=True, slots=True)
class DomainFigures:
    """The figures of an exam domain: of its points, or compared with the standard. The interval is of shares."""

    domain: int
    n: int
    correct: int
    unanswered: int
    interval: precision.Interval
    expected: float | None = None
    verdict: precision.Verdict | None = None
    earned: int | None = None
    possible: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """The figures of a score report. Without a pass line there is no outlook."""

    rule: str
    totals: Totals
    score: scaling.ScaledScore
    band: precision.Band
    outlook: outlook.Outlook | None
    domains: tuple[DomainFigures, ...]
    repeats: int
    pass_mark: int


@dataclass(frozen=True, slots=True)
class ScoringRules:
    """How a form is scored: where its pass line comes from, if it has one, and the scale that reports the score.

    `reference` is the reference form of the form's scale version; None if the pass line comes from ratings.
    """

    rule: str
    scale: scaling.ScoreScale
    reference: scaling.PassLine | None = None


def scoring_rules(attempt: Attempt) -> ScoringRules:
    """Return the rules that were fixed when the form was drawn. Select `form__blueprint` and `form__scale` before."""
    return rules_of(attempt.form.rule, attempt.form.blueprint, attempt.form.scale)


def rules_of(rule: str, blueprint: Blueprint, version: ScaleVersion | None) -> ScoringRules:
    """Return the rules of a form of the blueprint, drawn under this version of the scale."""
    scale = blueprint.exam.scale
    reference = scaling.calibrated_line([item["b"] for item in version.reference]) if version else None
    return ScoringRules(rule, scaling.ScoreScale(scale.min, scale.passing, scale.max), reference)


class CountedResponse(NamedTuple):
    """The fields of a response that counts, neither unscored nor withdrawn, which determine the score."""

    exam_domain: int
    rating: int
    b: float | None
    correct: bool
    credited: bool
    ticked: int
    repeat: bool
    worth: int
    partial: bool
    key: int
    also: int

    @property
    def answered(self) -> bool:
        """Whether an option was ticked; a point that everybody has needs none."""
        return self.ticked != 0 or self.credited


_COLUMNS = CountedResponse._fields


def counted(responses: Iterable[Response]) -> list[CountedResponse]:
    """Return those of the responses that count."""
    return [
        CountedResponse(*(getattr(response, name) for name in _COLUMNS))
        for response in responses
        if response.scored and not response.withdrawn
    ]


def read_counted(attempts: Collection[int]) -> dict[int, list[CountedResponse]]:
    """Return the responses that count, by attempt: one query."""
    rows = Response.objects.filter(attempt__in=attempts, scored=True, withdrawn=False)
    return _by_attempt(rows.order_by("pk").values_list("attempt_id", *_COLUMNS))


def read_counted_under(
    attempts: Collection[int], revision: Revision, key: EffectiveKey
) -> dict[int, list[CountedResponse]]:
    """Return the same as they would be if this counted for the revision: two queries, one if it is withdrawn."""
    scored = Response.objects.filter(attempt__in=attempts, scored=True).order_by("pk")
    others = scored.filter(withdrawn=False).exclude(revision=revision).values_list("attempt_id", *_COLUMNS)
    if key.withdrawn:
        return _by_attempt(others)
    ruled = scored.filter(revision=revision).annotate(
        correct_then=correct_under(key.key, key.also, credited=key.credited),
        credited_then=Value(key.credited),
        key_then=Value(key.key),
        also_then=Value(key.also),
    )
    columns = [f"{name}_then" if name in ("correct", "credited", "key", "also") else name for name in _COLUMNS]
    return _by_attempt([*others, *ruled.values_list("attempt_id", *columns)])


def _by_attempt(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[CountedResponse]]:
    responses: dict[int, list[CountedResponse]] = defaultdict(list)
    for row in rows:
        responses[row[0]].append(CountedResponse._make(row[1:]))
    return responses


def figures(responses: Sequence[CountedResponse], rules: ScoringRules) -> ScoreFigures:
    """Return the figures of these responses. Raise ValueError when they have no possible pass line, or no points."""
    return _percent_figures(responses, rules) if is_percent(rules.rule) else _equated_figures(responses, rules)


def is_percent(rule: str) -> bool:
    """Return whether a form with this rule is scored by points, without a pass line."""
    return rule == PassLineRule.PERCENT


def _percent_figures(responses: Sequence[CountedResponse], rules: ScoringRules) -> ScoreFigures:
    points = _points(responses)
    by_domain: dict[int, list[CountedResponse]] = defaultdict(list)
    for response in responses:
        by_domain[response.exam_domain].append(response)
    return ScoreFigures(
        rule=rules.rule,
        totals=totals(responses, rules.rule),
        score=percent.score(points, rules.scale.passing),
        band=percent.band(points),
        outlook=None,
        domains=tuple(_domain_points(domain, rows) for domain, rows in sorted(by_domain.items())),
        repeats=sum(response.repeat for response in responses),
        pass_mark=rules.scale.passing,
    )


def _domain_points(domain: int, responses: Sequence[CountedResponse]) -> DomainFigures:
    points = _points(responses)
    return DomainFigures(
        domain=domain,
        n=points.n,
        correct=sum(response.correct for response in responses),
        unanswered=sum(not response.answered for response in responses),
        interval=percent.domain_interval(points),
        earned=points.earned,
        possible=points.possible,
    )


def _points(responses: Sequence[CountedResponse]) -> Points:
    if not responses:
        raise ValueError("No scored question is left, so there are no points.")
    return percent.total(
        PointAnswer(row.worth, row.partial, row.key, row.also, row.credited, row.ticked) for row in responses
    )


def _equated_figures(responses: Sequence[CountedResponse], rules: ScoringRules) -> ScoreFigures:
    line, raw = _pass_line_and_raw(responses, rules.rule)
    answers = [
        precision.ScoredAnswer(
            response.exam_domain, effective_difficulty(response), response.correct, response.answered
        )
        for response in responses
    ]
    return ScoreFigures(
        rule=rules.rule,
        totals=Totals(raw, line.n, line.decimal),
        score=scaling.score(raw, line, rules.scale, rules.reference),
        band=precision.band(raw, line, rules.scale),
        outlook=outlook.outlook(raw, line),
        domains=tuple(
            DomainFigures(row.domain, row.n, row.correct, row.unanswered, row.interval, row.expected, row.verdict)
            for row in precision.by_exam_domain(answers)
        ),
        repeats=sum(response.repeat for response in responses),
        pass_mark=rules.scale.passing,
    )


class DomainCounts(NamedTuple):
    """The stored figures of an exam domain that determine all others."""

    report_id: int
    exam_domain: int
    n: int
    correct: int
    unanswered: int
    expected: float | None
    earned: int | None
    possible: int | None


def read_domain_counts(reports: Collection[int]) -> dict[int, list[DomainCounts]]:
    """Return what these reports say of their exam domains: one query."""
    counts: dict[int, list[DomainCounts]] = defaultdict(list)
    results = DomainResult.objects.filter(report__in=reports).order_by("exam_domain")
    for row in map(DomainCounts._make, results.values_list(*DomainCounts._fields)):
        counts[row.report_id].append(row)
    return counts


def still_apply(stored: Sequence[DomainCounts], responses: Sequence[CountedResponse], rule: str) -> bool:
    """Return whether the results by exam domain are those of the responses, without computing all figures."""
    by_domain: dict[int, list[CountedResponse]] = defaultdict(list)
    for response in responses:
        by_domain[response.exam_domain].append(response)
    return [row[1:] for row in stored] == [
        (
            domain,
            len(rows),
            sum(response.correct for response in rows),
            sum(not response.answered for response in rows),
            *_standard_or_points(rows, rule),
        )
        for domain, rows in sorted(by_domain.items())
    ]


def _standard_or_points(rows: Sequence[CountedResponse], rule: str) -> tuple[float | None, int | None, int | None]:
    """Return what is expected at the standard and the points of an exam domain; None for what the rule has not."""
    if is_percent(rule):
        points = _points(rows)
        return None, points.earned, points.possible
    return float(scaling.expected_at_standard([effective_difficulty(row) for row in rows])), None, None


class RatedResponse(Protocol):
    """The fields of a response that determine its difficulty."""

    @property
    def rating(self) -> int: ...
    @property
    def b(self) -> float | None: ...
    @property
    def credited(self) -> bool: ...


def difficulty_of(response: RatedResponse) -> float:
    """Return the calibrated b of the response, or else that of its rating, in logits."""
    return scaling.difficulty(response.rating) if response.b is None else response.b


def effective_difficulty(response: RatedResponse) -> float:
    """Return the same after key rulings: no candidate misses a point that everybody has."""
    return scaling.EVERYBODY if response.credited else difficulty_of(response)


def totals(responses: Sequence[CountedResponse], rule: str) -> Totals:
    """Return what determines the score. Raise ValueError when there is no possible pass line, or no points."""
    if is_percent(rule):
        points = _points(responses)
        return Totals(_raw(responses), points.n, None, points.earned, points.possible)
    line, raw = _pass_line_and_raw(responses, rule)
    return Totals(raw, line.n, line.decimal)


def score(responses: Sequence[CountedResponse], rules: ScoringRules) -> scaling.ScaledScore:
    """Return the score alone, in a hundredth of the time of all figures. Raise ValueError like `figures`."""
    if is_percent(rules.rule):
        return percent.score(_points(responses), rules.scale.passing)
    line, raw = _pass_line_and_raw(responses, rules.rule)
    return scaling.score(raw, line, rules.scale, rules.reference)


def _raw(responses: Sequence[CountedResponse]) -> int:
    return sum(response.correct for response in responses)


def _pass_line_and_raw(responses: Sequence[CountedResponse], rule: str) -> tuple[scaling.PassLine, int]:
    rated = [(response.rating, response.b) for response in responses if not response.credited]
    line = pass_lines.line_by(rule, rated, credited=len(responses) - len(rated))
    return line, _raw(responses)


def differing_figures(
    report: ScoreReport, results: Iterable[DomainResult], due: ScoreFigures
) -> Iterator[tuple[str, object, object]]:
    """Yield name, stored value and due value of each figure that differs from `due`."""
    stored = list(results)
    pairs: list[tuple[str, object, object]] = [
        ("rule", report.rule, due.rule),
        *((name, getattr(report, name), value) for name, value in due.totals._asdict().items()),
        ("scaled", report.scaled, due.score.scaled),
        ("passed", report.passed, due.score.passed),
        ("band", (report.band_lo, report.band_hi), (due.band.lo, due.band.hi)),
        ("p_at_or_above", report.p_standard, due.outlook and due.outlook.at_or_above),
        ("p_pass_again", report.p_again, due.outlook and due.outlook.pass_again),
        ("repeats", report.repeats, due.repeats),
        ("pass_mark", report.pass_mark, due.pass_mark),
        ("exam domains", sorted(row.exam_domain for row in stored), [domain.domain for domain in due.domains]),
    ]
    by_domain = {result.exam_domain: result for result in stored}
    for figure in due.domains:
        if result := by_domain.get(figure.domain):
            pairs += [
                (f"exam domain {figure.domain}, {name}", old, new)
                for name, old, new in (
                    ("n", result.n, figure.n),
                    ("correct", result.correct, figure.correct),
                    ("unanswered", result.unanswered, figure.unanswered),
                    ("interval from", result.lo, figure.interval.lo * 100),
                    ("interval to", result.hi, figure.interval.hi * 100),
                    ("expected", result.expected, figure.expected),
                    ("class", result.verdict, figure.verdict),
                    ("earned", result.earned, figure.earned),
                    ("possible", result.possible, figure.possible),
                )
            ]
    for name, old, new in pairs:
        if isinstance(old, float) and isinstance(new, float):
            if not math.isclose(old, new, abs_tol=1e-9):
                yield name, old, new
        elif old != new:
            yield name, old, new
