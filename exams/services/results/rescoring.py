"""Write new score reports after a key ruling: preview the changes, then apply them in short steps.

A step reads ATTEMPTS_PER_STEP scored attempts in the order of their ids, computes outside of any transaction, and
commits the new reports together with its place in `KeyRuling.progress`. After a crash the next worker continues from
the last committed place; of two workers, one commits a step and the other finds the place moved. An attempt whose
figures do not change gets no new report, so running twice changes nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Q

from exams.models import Attempt, DomainResult, KeyRuling, ScoreReport
from exams.models.attempt import AttemptQuerySet
from exams.psychometrics import scaling
from exams.services.attempt.attempt_log import record_many
from exams.services.attempt.effective_keys import EffectiveKey
from exams.services.results import figures, rulings, score_reports
from exams.services.results.figures import CountedResponse, ScoreFigures
from questions.models import Blueprint, Revision, ScaleVersion

log = logging.getLogger(__name__)

ATTEMPTS_PER_STEP = 250  # keeps the transaction of a step far below a second
ATTEMPTS_PER_READ = 500  # in memory at a time for a preview
MAX_LISTED_CHANGES = 50  # of each kind in a preview; more are only counted
MIN_SCORED_SHARE = Fraction(4, 5)  # of the form's scored questions that a re-score needs: 40 of 50
RESCORE_HEAD_START = timedelta(seconds=15)  # leaves recent rulings to the worker
RECHECK_PERIOD = timedelta(minutes=5)  # exams drawn at the moment of the ruling are stored after this time


# --- Preview


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A scored attempt before and after a re-score. `after` is None if it keeps its report."""

    attempt: Attempt
    before: ScoreReport
    after: scaling.ScaledScore | None

    @property
    def points(self) -> int:
        """How many scaled points the candidate gains; negative for a loss."""
        return self.after.scaled - self.before.scaled if self.after else 0

    @property
    def flips(self) -> bool:
        """Return whether the result changes between passed and not passed."""
        return self.after is not None and self.after.passed != self.before.passed


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
    n_gain: int = 0
    n_lose: int = 0
    max_gain: int = 0  # scaled points
    max_loss: int = 0
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
            self.n_gain += change.points > 0
            self.n_lose += change.points < 0
            self.max_gain = max(self.max_gain, change.points)
            self.max_loss = max(self.max_loss, -change.points)
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
    """Return the change of the score from pass line and raw score alone; all figures take a hundred times as long."""
    report = attempt.report
    assert report is not None, "a scored attempt has a report"
    try:
        line, raw = figures.pass_line_and_raw(counted, attempt.form.rule)
    except ValueError:  # no pass line is possible with what is left
        return ScoreChange(attempt, report, None)
    if (report.raw, report.n, report.kappa) == (raw, line.n, line.decimal_kappa):
        return None
    if too_few(attempt, line.n):
        return ScoreChange(attempt, report, None)
    rules = figures.scoring_rules(attempt)
    return ScoreChange(attempt, report, scaling.score(raw, line, rules.scale, rules.reference))


def scored_with(revision: Revision) -> AttemptQuerySet:
    """Return the scored attempts in which this revision counts, or counted before it was withdrawn."""
    return Attempt.objects.filter(status=Attempt.Status.SCORED, responses__revision=revision, responses__scored=True)


def too_few(attempt: Attempt, n: int) -> bool:
    """Return whether too few scored questions are left for a new score."""
    return n < MIN_SCORED_SHARE * attempt.form.n_scored


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


@dataclass(frozen=True, slots=True)
class DueScore:
    """What an attempt is due, with the state it was computed from. `changes`: not what its report says.

    `figures` is None then if too few questions are left for a score.
    """

    attempt: Attempt
    responses: Sequence[CountedResponse]
    figures: ScoreFigures | None
    changes: bool


def rescore(ruling_id: int, clock: Callable[[], datetime], steps: int | None = None) -> bool:
    """Start or continue a ruling. Return True when it is complete. `steps` limits the number of steps."""
    ruling = KeyRuling.objects.select_related("revision").filter(pk=ruling_id).first()
    if ruling is None:
        log.info("ruling id %s does not exist", ruling_id)
        return True
    rulings.apply_to_all_attempts(ruling)
    while steps is None or steps > 0:
        if _step(ruling_id, clock()):
            return True
        steps = None if steps is None else steps - 1
    return False


def unfinished(now: datetime) -> list[int]:
    """Return the ids of incomplete rulings, and of recent ones, for exams that started at the same time."""
    incomplete = Q(progress__finished__isnull=True, at__lte=now - RESCORE_HEAD_START)
    recent = Q(progress__finished__isnull=False, at__gte=now - RECHECK_PERIOD)
    return list(KeyRuling.objects.filter(incomplete | recent).order_by("pk").values_list("pk", flat=True))


def _step(ruling_id: int, now: datetime) -> bool:
    """Process one chunk: read and compute, then commit reports and place together. Return True when complete."""
    ruling = KeyRuling.objects.select_related("revision").get(pk=ruling_id)
    if "finished" in ruling.progress:
        return True
    place = ruling.progress.get("after", 0)
    scored = scored_with(ruling.revision)
    keys = list(scored.filter(pk__gt=place).order_by("pk").values_list("pk", flat=True)[:ATTEMPTS_PER_STEP])
    total = ruling.progress.get("of") or scored.count()
    dues = _due_scores(keys)
    with transaction.atomic():
        # The lock serializes two workers: the second finds that the place has moved, and reads again.
        ruling = KeyRuling.objects.select_for_update(of=("self",)).get(pk=ruling_id)
        progress: dict[str, Any] = {"of": total, "done": 0, "changed": 0, "retained": 0, "pass": 0, "fail": 0}
        progress |= ruling.progress
        if progress.get("after", 0) != place or "finished" in progress:
            return "finished" in progress
        if keys:
            _lock(dues)
            _write(dues.values(), ruling, progress, now)
            progress |= {"after": keys[-1], "done": progress["done"] + len(keys)}
        else:
            progress["finished"] = now.isoformat()
        KeyRuling.objects.filter(pk=ruling_id).update(progress=progress)
    if not keys:
        log.info(
            "applied ruling %d: %d scores changed, %d retained", ruling_id, progress["changed"], progress["retained"]
        )
    return not keys


def _due_scores(keys: Sequence[int]) -> dict[int, DueScore]:
    """Compute what these attempts are due: five queries."""
    responses, attempts = figures.read_counted(keys), _attempts(keys)
    same = [attempt for attempt in attempts if _totals_apply(attempt, responses[attempt.pk])]
    results: dict[int, list[DomainResult]] = defaultdict(list)
    for result in DomainResult.objects.filter(report__in=[attempt.report_id for attempt in same]).order_by():
        results[result.report_id].append(result)
    unchanged = {
        attempt.pk
        for attempt in same
        if attempt.report and figures.still_apply(attempt.report, results[attempt.report.pk], responses[attempt.pk])
    }
    return {
        attempt.pk: DueScore(attempt, responses[attempt.pk], None, changes=False)
        if attempt.pk in unchanged
        else _due(attempt, responses[attempt.pk])
        for attempt in attempts
    }


def _totals_apply(attempt: Attempt, responses: Sequence[CountedResponse]) -> bool:
    """Return whether raw score, number of questions and pass line of the report are those of the responses."""
    report = attempt.report
    assert report is not None, "a scored attempt has a report"
    try:
        line, raw = figures.pass_line_and_raw(responses, attempt.form.rule)
    except ValueError:  # no pass line is possible with what is left
        return False
    return (report.raw, report.n, report.kappa) == (raw, line.n, line.decimal_kappa)


def _due(attempt: Attempt, responses: Sequence[CountedResponse]) -> DueScore:
    if too_few(attempt, len(responses)):
        return DueScore(attempt, responses, None, changes=True)
    try:
        return DueScore(attempt, responses, figures.figures(responses, figures.scoring_rules(attempt)), changes=True)
    except ValueError:
        return DueScore(attempt, responses, None, changes=True)


def _lock(dues: dict[int, DueScore]) -> None:
    """Lock the attempts, and compute again what a concurrent ruling has changed since."""
    reports = rulings.lock_attempts(list(dues))
    responses = figures.read_counted(dues)
    moved = [
        key for key, due in dues.items() if (reports[key], responses[key]) != (due.attempt.report_id, due.responses)
    ]
    dues |= _due_scores(moved) if moved else {}


def _write(dues: Iterable[DueScore], ruling: KeyRuling, progress: dict[str, Any], now: datetime) -> None:
    """Write the new reports, and tell those whose old one still applies. The caller holds all locks."""
    new = {due.attempt.pk: due.figures for due in dues if due.changes and due.figures}
    retained = [due.attempt.pk for due in dues if due.changes and due.figures is None]
    rescored = [due.attempt for due in dues if due.attempt.pk in new]
    if rescored:
        score_reports.write_reports(rescored, new, cause="ruling", now=now, ruling=ruling)
    record_many("score_kept", now, {key: {"ruling": ruling.pk} for key in retained}, ruling.by)
    progress["changed"] += len(rescored)
    progress["retained"] += len(retained)
    for attempt in rescored:
        passed = new[attempt.pk].score.passed
        if attempt.report and passed != attempt.report.passed:
            progress["pass" if passed else "fail"] += 1
