"""Write new score reports after a key ruling: preview the changes, then apply them in short steps.

A step reads ATTEMPTS_PER_STEP scored attempts in the order of their ids, computes outside of any transaction, and
commits the new reports together with its place in `KeyRuling.progress`. After a crash the next worker continues from
the last committed place; of two workers, one commits a step and the other finds the place moved. An attempt whose
figures do not change gets no new report, so running twice changes nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import batched
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, F, Q, When

from exams.models import Attempt, DomainResult, KeyRuling, Response, ScoreReport
from exams.models.attempt import AttemptQuerySet
from exams.models.response import correct_under
from exams.psychometrics import scaling
from exams.services.attempt.attempt_log import record
from exams.services.attempt.effective_keys import EffectiveKey
from exams.services.results import rulings, scoring
from exams.services.results.scoring import CountedResponse, ScoreFigures
from questions.models import Blueprint, Revision, ScaleVersion

log = logging.getLogger(__name__)

ATTEMPTS_PER_STEP = 20  # keeps the transaction of a step far below a second
ATTEMPTS_PER_READ = 200  # in memory at a time for a preview
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
    non_flips: list[ScoreChange] = field(default_factory=list)
    retained: list[ScoreChange] = field(default_factory=list)

    @property
    def rescored(self) -> list[ScoreChange]:
        """Return the first attempts that get a new report, those whose result changes before the others."""
        return [*self.flips, *self.non_flips][:MAX_LISTED_CHANGES]

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
            listed = self.flips if change.flips else self.non_flips
        if len(listed) < MAX_LISTED_CHANGES:
            listed.append(change)


class ScoredResponse(NamedTuple):
    """The columns of a scored response that determine a score; reading whole rows takes ten times as long."""

    attempt: int
    revision: int
    rating: int
    b: float | None
    correct: bool
    withdrawn: bool
    credited: bool


def preview(revision: Revision, after: EffectiveKey) -> RulingPreview:
    """Return what would change if this counted for the revision. Write nothing."""
    attempts = Attempt.objects.filter(responses__revision=revision)
    result = RulingPreview(attempts=attempts.count(), open=attempts.open().count())
    keys = scored_with(revision).order_by("pk").values_list("pk", flat=True)
    for chunk in batched(list(keys), ATTEMPTS_PER_READ):
        responses = _responses_under(chunk, revision, after)
        for attempt in _attempts(chunk):
            result.scored += 1
            counted = [response for response in responses[attempt.pk] if not response.withdrawn]
            if change := _change(attempt, counted):
                result.add(change)
    return result


def _responses_under(keys: Sequence[int], revision: Revision, after: EffectiveKey) -> dict[int, list[ScoredResponse]]:
    """Return the scored responses of these attempts as they would be with another key of the revision."""
    by_attempt: dict[int, list[ScoredResponse]] = defaultdict(list)
    ruled = Case(
        When(revision=revision, then=correct_under(after.key, after.also, credited=after.credited)),
        default=F("correct"),
    )
    rows = Response.objects.filter(attempt__in=keys, scored=True).annotate(correct_then=ruled)
    columns = ("attempt_id", "revision_id", "rating", "b", "correct_then", "withdrawn", "credited")
    for row in rows.values_list(*columns):
        response = ScoredResponse(*row)
        if response.revision == revision.pk:
            response = response._replace(withdrawn=after.withdrawn, credited=after.credited)
        by_attempt[response.attempt].append(response)
    return by_attempt


def _change(attempt: Attempt, counted: Sequence[ScoredResponse]) -> ScoreChange | None:
    """Return the change of the score from pass line and raw score alone; all figures take a hundred times as long."""
    report = attempt.report
    assert report is not None, "a scored attempt has a report"
    try:
        line, raw = scoring.pass_line_and_raw(counted, attempt.form.rule)
    except ValueError:  # no pass line is possible with what is left
        return ScoreChange(attempt, report, None)
    if (report.raw, report.n, report.kappa) == (raw, line.n, line.decimal_kappa):
        return None
    if too_few(attempt, line.n):
        return ScoreChange(attempt, report, None)
    rules = scoring.scoring_rules(attempt)
    return ScoreChange(attempt, report, scaling.score(raw, line, rules.scale, rules.reference))


def _is_unchanged(report: ScoreReport, counted: Sequence[CountedResponse]) -> bool:
    """Return whether raw score and number of questions of the report still apply to these responses."""
    raw = sum(response.correct for response in counted)
    return (report.raw, report.n) == (raw, len(counted))


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


def _read(keys: Sequence[int]) -> Iterator[tuple[Attempt, list[Response]]]:
    responses: dict[int, list[Response]] = defaultdict(list)
    for response in Response.objects.filter(attempt__in=keys, scored=True):
        responses[response.attempt_id].append(response)
    for attempt in _attempts(keys):
        yield attempt, responses[attempt.pk]


# --- Re-score


@dataclass(frozen=True, slots=True)
class DueScore:
    """The figures of an attempt (None: too few questions are left), with the state they were computed from."""

    report: int | None
    ruling_state: list[tuple[int, bool, bool, bool]]
    figures: ScoreFigures | None


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
    dues = {attempt.pk: _due(attempt, responses) for attempt, responses in _read(keys)}
    with transaction.atomic():
        # The lock serializes two workers: the second finds that the place has moved, and reads again.
        ruling = KeyRuling.objects.select_for_update(of=("self",)).get(pk=ruling_id)
        progress: dict[str, Any] = {"of": total, "done": 0, "changed": 0, "retained": 0, "pass": 0, "fail": 0}
        progress |= ruling.progress
        if progress.get("after", 0) != place or "finished" in progress:
            return "finished" in progress
        if keys:
            for attempt in rulings.lock_attempts(keys):
                _write(attempt, dues[attempt.pk], ruling, progress, now)
            progress |= {"after": keys[-1], "done": progress["done"] + len(keys)}
        else:
            progress["finished"] = now.isoformat()
        KeyRuling.objects.filter(pk=ruling_id).update(progress=progress)
    if not keys:
        log.info(
            "applied ruling %d: %d scores changed, %d retained", ruling_id, progress["changed"], progress["retained"]
        )
    return not keys


def _due(attempt: Attempt, responses: Sequence[Response]) -> DueScore:
    n = sum(response.scored and not response.withdrawn for response in responses)
    try:
        figures = scoring.figures(responses, scoring.scoring_rules(attempt))
    except ValueError:  # no pass line is possible with what is left
        figures = None
    return DueScore(attempt.report_id, scoring.ruling_state(responses), None if too_few(attempt, n) else figures)


def _write(attempt: Attempt, due: DueScore, ruling: KeyRuling, progress: dict[str, Any], now: datetime) -> None:
    """Write the new report of an attempt if its figures change. The caller holds the locks of ruling and attempt."""
    responses = list(attempt.responses.filter(scored=True))
    if (attempt.report_id, scoring.ruling_state(responses)) != (due.report, due.ruling_state):
        due = _due(attempt, responses)  # a concurrent ruling has changed the responses
    old = attempt.report
    assert old is not None, "a scored attempt stays scored"
    if due.figures is None:
        # Tell the candidate only if the figures would differ.
        if not _is_unchanged(old, [response for response in responses if not response.withdrawn]):
            record(attempt, "score_kept", now, by=ruling.by, ruling=ruling.pk)
            progress["retained"] += 1
        return
    results = DomainResult.objects.filter(report=old)
    if not any(scoring.differing_figures(old, results, due.figures, scoring.reporting_scale(attempt).passing)):
        return
    new = scoring.write_report(attempt, due.figures, cause="ruling", now=now, ruling=ruling)
    if not Attempt.objects.filter(pk=attempt.pk, report=old).update(report=new):
        raise RuntimeError(f"attempt {attempt.uuid} got another report under the lock")
    record(attempt, "rescored", now, by=ruling.by, report=new.number, ruling=ruling.pk)
    progress["changed"] += 1
    if due.figures.score.passed != old.passed:
        progress["pass" if due.figures.score.passed else "fail"] += 1
