"""Write new score reports after a key ruling: preview the changes, then apply them in short steps.

A step locks ATTEMPTS_PER_STEP scored attempts in the order of their ids, reads them once, and commits the new reports
together with its place in `KeyRuling.progress`. After a crash the next worker continues from the last committed place;
of two workers, each waits for a step of the other and takes the next one. An attempt whose figures do not change gets
no new report, so running twice changes nothing.
"""

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import batched
from typing import Any, NamedTuple

from django.db import transaction

from exams.models import Attempt, KeyRuling, ScoreReport
from exams.models.attempt import AttemptQuerySet
from exams.psychometrics import scaling
from exams.services.attempt.attempt_log import record_many
from exams.services.attempt.effective_keys import EffectiveKey
from exams.services.results import figures, rulings, score_reports
from exams.services.results.figures import CountedResponse, ScoreFigures, ScoringRules, Totals
from questions.models import Blueprint, Revision, ScaleVersion
from questions.services.jobs import Work

log = logging.getLogger(__name__)

ATTEMPTS_PER_STEP = 250  # keeps the transaction of a step far below a second
ATTEMPTS_PER_READ = 500  # in memory at a time for a preview
MAX_LISTED_CHANGES = 50  # of each kind in a preview; more are only counted
MIN_SCORED_SHARE = Fraction(4, 5)  # of the form's scored questions that a re-score needs: 40 of 50
# Exams drawn at the moment of the ruling are stored within this time.
RECHECK_PERIOD, RECHECK_INTERVAL = timedelta(minutes=5), timedelta(seconds=15)


# --- Preview


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A scored attempt before and after a re-score. `after` is None if it keeps its report.

    `earned` and `possible` are the points after it, in hundredths, of an exam that is scored in percent.
    """

    attempt: Attempt
    before: ScoreReport
    after: scaling.ScaledScore | None
    earned: int | None = None
    possible: int | None = None

    @property
    def points(self) -> int:
        """How many scaled points the candidate gains, in percent percentage points; negative for a loss."""
        return self.after.scaled - self.before.scaled if self.after else 0

    @property
    def flips(self) -> bool:
        """Return whether the result changes between passed and not passed."""
        return self.after is not None and self.after.passed != self.before.passed


@dataclass(slots=True)
class Tally:
    """How many candidates gain, or lose, and the one who does most. Equated scores and percent are told apart."""

    is_gain: bool
    is_percent: bool
    n: int = 0
    most: ScoreChange | None = None

    def add(self, change: ScoreChange) -> None:
        if (change.points > 0 if self.is_gain else change.points < 0) and change.before.is_percent == self.is_percent:
            self.n += 1
            self.most = change if self.most is None else max(self.most, change, key=lambda other: abs(other.points))


def _tallies() -> list[Tally]:
    return [Tally(is_gain, is_percent) for is_gain in (True, False) for is_percent in (False, True)]


@dataclass(slots=True)
class RulingPreview:
    """The changes that a ruling would make to the `attempts` with the revision, of which `open` are in progress.

    `n_rescored` and `n_retained` count the attempts that get a new score, and those that keep theirs because too few
    questions would be left. The first of each kind are listed.
    """

    attempts: int = 0
    open: int = 0
    scored: int = 0
    n_rescored: int = 0
    n_retained: int = 0
    pass_now: int = 0
    fail_now: int = 0
    tallies: list[Tally] = field(default_factory=_tallies)
    flips: list[ScoreChange] = field(default_factory=list)
    losses: list[ScoreChange] = field(default_factory=list)
    others: list[ScoreChange] = field(default_factory=list)
    retained: list[ScoreChange] = field(default_factory=list)

    @property
    def rescored(self) -> list[ScoreChange]:
        """Return the first attempts that get a new report: those whose result changes, then those that lose points."""
        return [*self.flips, *self.losses, *self.others][:MAX_LISTED_CHANGES]

    def add(self, change: ScoreChange) -> None:
        if change.after is None:
            self.n_retained += 1
            listed = self.retained
        else:
            self.n_rescored += 1
            self.pass_now += change.flips and change.after.passed
            self.fail_now += change.flips and not change.after.passed
            for tally in self.tallies:
                tally.add(change)
            listed = self.flips if change.flips else self.losses if change.points < 0 else self.others
        if len(listed) < MAX_LISTED_CHANGES:
            listed.append(change)


def preview(revision: Revision, after: EffectiveKey) -> RulingPreview:
    """Return what would change if this counted for the revision. Write nothing."""
    attempts = Attempt.objects.filter(responses__revision=revision)
    result = RulingPreview(attempts=attempts.count(), open=attempts.open().count())
    keys = scored_with(revision).order_by("pk").values_list("pk", flat=True)
    for chunk in batched(list(keys), ATTEMPTS_PER_READ):
        responses = figures.read_counted_under(chunk, revision, after)
        for attempt in _attempts(chunk):
            result.scored += 1
            if change := _change(attempt, responses[attempt.pk]):
                result.add(change)
    return result


def _change(attempt: Attempt, counted: Sequence[CountedResponse]) -> ScoreChange | None:
    """Return the change of the score from its totals alone; all figures take a hundred times as long."""
    report = attempt.report
    assert report is not None, "a scored attempt has a report"
    try:
        totals = figures.totals(counted, attempt.form.rule)
    except ValueError:  # no pass line is possible with what is left
        return ScoreChange(attempt, report, None)
    if totals == tuple(getattr(report, name) for name in Totals._fields):
        return None
    if too_few(totals.n, attempt.form.n_scored):
        return ScoreChange(attempt, report, None)
    after = figures.score(counted, figures.scoring_rules(attempt))
    return ScoreChange(attempt, report, after, totals.earned, totals.possible)


def scored_with(revision: Revision) -> AttemptQuerySet:
    """Return the scored attempts in which this revision counts, or counted before it was withdrawn."""
    return Attempt.objects.filter(status=Attempt.Status.SCORED, responses__revision=revision, responses__scored=True)


def too_few(left: int, n_scored: int) -> bool:
    """Return whether too few of the scored questions of a form are left for a new score."""
    return left < MIN_SCORED_SHARE * n_scored


def _attempts(keys: Sequence[int]) -> list[Attempt]:
    """Return these attempts with report and form, without its large JSON columns; read shared rows once."""
    rows = Attempt.objects.select_related("form", "report").filter(pk__in=keys).order_by("pk")
    attempts = list(rows.defer("form__plan", "form__recipe", "form__relaxations"))
    blueprints = Blueprint.objects.in_bulk({attempt.form.blueprint_id for attempt in attempts})
    scales = ScaleVersion.objects.in_bulk({attempt.form.scale_id for attempt in attempts if attempt.form.scale_id})
    for attempt in attempts:
        attempt.form.blueprint = blueprints[attempt.form.blueprint_id]
        attempt.form.scale = scales.get(attempt.form.scale_id)
    return attempts


# --- Re-score


class _ScoredAttempt(NamedTuple):
    """A scored attempt: what its report says, and how its form is scored."""

    pk: int
    report: int
    totals: Totals
    passed: bool
    rule: str
    n_scored: int
    blueprint: int
    scale: int | None


def carry_on(work: Work) -> datetime | None:
    """Start or continue the ruling of a job. For some minutes, look again for exams drawn at the moment of the ruling.

    A step needs no claim: its place in the ruling and the lock keep it from being done twice.
    """
    ruling = KeyRuling.objects.select_related("revision").filter(pk=work.key).first()
    if ruling is None:
        return None
    for progress in steps(ruling, work.now):
        work.advance(progress=progress["done"], total=progress["of"])
        if work.is_over:
            return work.now()
    now = work.now()
    return now + RECHECK_INTERVAL if now < ruling.at + RECHECK_PERIOD else None


def steps(ruling: KeyRuling, clock: Callable[[], datetime]) -> Iterator[Mapping[str, Any]]:
    """Apply a ruling; yield its progress after each step."""
    start = {"of": 0, "done": 0}
    for _ in rulings.apply_to_all_attempts(ruling):
        yield start | ruling.progress
    # An exam that gets its score later than this is scored by the ruling.
    keys = list(scored_with(ruling.revision).order_by("pk").values_list("pk", flat=True))
    while "finished" not in (progress := _step(ruling.pk, keys, clock())):
        yield progress


@transaction.atomic
def _step(ruling_id: int, keys: Sequence[int], now: datetime) -> Mapping[str, Any]:
    """Process the next of these attempts: commit reports and place together. Return the progress."""
    # The lock serializes two workers: each goes on where the other has stopped.
    ruling = KeyRuling.objects.select_for_update(of=("self",)).get(pk=ruling_id)
    progress = {"of": len(keys), "done": 0, "changed": 0, "retained": 0, "pass": 0, "fail": 0} | ruling.progress
    if "finished" in progress:
        return progress
    place = bisect_right(keys, progress.get("after", 0))
    if chunk := keys[place : place + ATTEMPTS_PER_STEP]:
        _rescore(chunk, ruling, progress, now)
        progress |= {"after": chunk[-1], "done": progress["done"] + len(chunk)}
    else:
        progress["finished"] = now.isoformat()
        log.info(
            "applied ruling %d: %d scores changed, %d retained", ruling_id, progress["changed"], progress["retained"]
        )
    KeyRuling.objects.filter(pk=ruling_id).update(progress=progress)
    return progress


def _rescore(keys: Sequence[int], ruling: KeyRuling, progress: dict[str, Any], now: datetime) -> None:
    """Write the new reports of these attempts, and tell those whose old one still applies, under their locks."""
    rulings.lock_attempts(keys)
    attempts, responses = _read_scored(keys), figures.read_counted(keys)
    unchanged = _unchanged(attempts, responses)
    rules = _rules(attempts)
    new: dict[int, ScoreFigures] = {}
    retained: list[int] = []
    for attempt in attempts:
        if attempt.pk in unchanged:
            continue
        due = _due(attempt, responses[attempt.pk], rules[attempt.rule, attempt.blueprint, attempt.scale])
        if due is None:
            retained.append(attempt.pk)
            continue
        new[attempt.pk] = due
        if due.score.passed != attempt.passed:
            progress["pass" if due.score.passed else "fail"] += 1
    if new:
        score_reports.write_reports(new, cause="ruling", now=now, ruling=ruling)
    if retained:
        record_many("score_kept", now, {key: {"ruling": ruling.pk} for key in retained}, ruling.by_id)
    progress["changed"] += len(new)
    progress["retained"] += len(retained)


def _read_scored(keys: Sequence[int]) -> list[_ScoredAttempt]:
    totals = [f"report__{name}" for name in Totals._fields]
    form = [f"form__{name}" for name in ("rule", "n_scored", "blueprint", "scale")]
    columns = ("pk", "report", "report__passed", *form, *totals)
    rows = Attempt.objects.filter(pk__in=keys).order_by("pk").values_list(*columns)
    return [
        _ScoredAttempt(pk, report, Totals._make(rest[len(form) :]), passed, *rest[: len(form)])
        for pk, report, passed, *rest in rows
    ]


def _rules(attempts: Iterable[_ScoredAttempt]) -> dict[tuple[str, int, int | None], ScoringRules]:
    """Return how the forms of these attempts are scored, by rule, blueprint and scale: two queries."""
    kinds = {(attempt.rule, attempt.blueprint, attempt.scale) for attempt in attempts}
    blueprints = Blueprint.objects.in_bulk({blueprint for _, blueprint, _ in kinds})
    scales = ScaleVersion.objects.in_bulk({scale for *_, scale in kinds if scale})
    return {
        (rule, blueprint, scale): figures.rules_of(rule, blueprints[blueprint], scales[scale] if scale else None)
        for rule, blueprint, scale in kinds
    }


def _unchanged(attempts: Sequence[_ScoredAttempt], responses: Mapping[int, Sequence[CountedResponse]]) -> set[int]:
    """Return the attempts whose reports say what their responses do, without computing all figures."""
    rules = {attempt.pk: attempt.rule for attempt in attempts}
    same = {attempt.pk: attempt.report for attempt in attempts if _totals_apply(attempt, responses[attempt.pk])}
    counts = figures.read_domain_counts(same.values())
    return {pk for pk, report in same.items() if figures.still_apply(counts[report], responses[pk], rules[pk])}


def _totals_apply(attempt: _ScoredAttempt, responses: Sequence[CountedResponse]) -> bool:
    """Return whether the totals of the report are those of the responses."""
    try:
        return attempt.totals == figures.totals(responses, attempt.rule)
    except ValueError:  # no pass line is possible with what is left
        return False


def _due(attempt: _ScoredAttempt, responses: Sequence[CountedResponse], rules: ScoringRules) -> ScoreFigures | None:
    """Return the figures due; None if too few questions are left for a score."""
    if too_few(len(responses), attempt.n_scored):
        return None
    try:
        return figures.figures(responses, rules)
    except ValueError:
        return None
