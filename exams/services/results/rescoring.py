"""Writes score reports anew after a key ruling: says first what would change, then does it in short steps.

A step looks at CHUNK scored attempts, in the order of their ids, computes outside any transaction, and commits the
new reports together with its place in `KeyRuling.progress`. Killed anywhere, the next worker goes on from the last
committed place; of two workers one commits a step and the other finds the place moved. An attempt whose figures
are due as they stand gets no new report, so running twice changes nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from exams.models import Attempt, DomainResult, KeyRuling, Response, ScoreReport
from exams.models.attempt import AttemptQuerySet
from exams.psychometrics import scaling
from exams.services.attempt.attempt_log import record
from exams.services.results import rulings, scoring
from exams.services.results.scoring import Counted, Figures
from questions.models import Blueprint, Revision

log = logging.getLogger(__name__)

CHUNK = 20  # attempts of one step: its transaction stays far below a second
READ = 200  # attempts in memory at a time while a preview is made
SHOWN = 50  # scores of each sort that a preview names; more are only counted
LEAST = 4, 5  # a re-score needs at least so much of the form's scored questions: 40 of 50
PATIENCE = timedelta(seconds=15)  # the worker's chance to carry out the ruling it was told of
LATE = timedelta(minutes=5)  # an exam drawn in the moment of the ruling is certainly laid out after so long


# --- What would change


@dataclass(frozen=True, slots=True)
class Change:
    """A scored attempt before and after a re-score; `after` is None if it keeps its report."""

    attempt: Attempt
    before: ScoreReport
    after: scaling.ScaledScore | None

    @property
    def flips(self) -> bool:
        """Does somebody who failed pass now, or the other way round?"""
        return self.after is not None and self.after.passed != self.before.passed


@dataclass(slots=True)
class Preview:
    """What a ruling would change. `sat` counts everybody who has the wording, `running` those still at it.

    `n_renewed` and `n_kept` count the scores that are worked out anew, and those that stay for want of questions;
    the first of each are named, however many there are.
    """

    sat: int = 0
    running: int = 0
    scored: int = 0
    n_renewed: int = 0
    n_kept: int = 0
    pass_now: int = 0
    fail_now: int = 0
    flips: list[Change] = field(default_factory=list)
    others: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)

    @property
    def renewed(self) -> list[Change]:
        """The first attempts that get a new report, those who pass now or fail now before the others."""
        return [*self.flips, *self.others][:SHOWN]

    def add(self, change: Change) -> None:
        if change.after is None:
            self.n_kept += 1
            named = self.kept
        else:
            self.n_renewed += 1
            self.pass_now += change.flips and change.after.passed
            self.fail_now += change.flips and not change.after.passed
            named = self.flips if change.flips else self.others
        if len(named) < SHOWN:
            named.append(change)


class Answer(NamedTuple):
    """A scored response as far as a score is made of it: rows of the table would take ten times as long to read."""

    attempt: int
    revision: int
    rating: int
    key: int
    ticked: int
    withdrawn: bool


def preview(revision: Revision, new_key: int | None) -> Preview:
    """What correcting the key (None: withdrawing the wording) would change. Reads only, READ attempts at a time."""
    everybody = Attempt.objects.filter(responses__revision=revision)
    found = Preview(sat=everybody.count(), running=everybody.open().count())
    keys = scored_with(revision).order_by("pk").values_list("pk", flat=True)
    for chunk in batched(list(keys), READ):
        answers = _answers(chunk)
        for attempt in _attempts(chunk):
            found.scored += 1
            ruled = [
                each._replace(key=new_key or each.key, withdrawn=new_key is None)
                if each.revision == revision.pk
                else each
                for each in answers[attempt.pk]
            ]
            if change := _change(attempt, [each for each in ruled if not each.withdrawn]):
                found.add(change)
    return found


def _answers(keys: Sequence[int]) -> dict[int, list[Answer]]:
    found: dict[int, list[Answer]] = defaultdict(list)
    rows = Response.objects.filter(attempt__in=keys, scored=True)
    for row in rows.values_list(
        *(f"{name}_id" if name in ("attempt", "revision") else name for name in Answer._fields)
    ):
        answer = Answer(*row)
        found[answer.attempt].append(answer)
    return found


def _change(attempt: Attempt, counted: Sequence[Answer]) -> Change | None:
    """What the score of these answers changes, from pass line and raw score alone: the rest costs a hundred times."""
    report = attempt.report
    assert report is not None, "a scored attempt has a report"
    if _stands(report, counted):
        return None
    try:
        line, raw = scoring.points(counted)
    except ValueError:  # no pass line is possible with what is left
        return Change(attempt, report, None)
    if too_few(attempt, line.n):
        return Change(attempt, report, None)
    return Change(attempt, report, scaling.score(raw, line, scoring.scale_of(attempt)))


def _stands(report: ScoreReport, counted: Sequence[Counted]) -> bool:
    """Does the report say of these responses what is so? A ruling that moved neither count has changed nothing."""
    return (report.raw, report.n) == (sum(each.ticked == each.key for each in counted), len(counted))


def scored_with(revision: Revision) -> AttemptQuerySet:
    """The scored attempts in which this wording counts, or counted."""
    return Attempt.objects.filter(status=Attempt.Status.SCORED, responses__revision=revision, responses__scored=True)


def too_few(attempt: Attempt, n: int) -> bool:
    """Are so few scored questions left that the old report says more than a new one would?"""
    part, whole = LEAST
    return n * whole < attempt.form.n_scored * part


def _attempts(keys: Sequence[int]) -> list[Attempt]:
    """These attempts with report and form, but for the long plan; those of one blueprint share it, read once."""
    rows = Attempt.objects.select_related("form", "report").filter(pk__in=keys).order_by("pk")
    found = list(rows.defer("form__plan", "form__recipe", "form__relaxations"))
    blueprints = Blueprint.objects.in_bulk({attempt.form.blueprint_id for attempt in found})
    for attempt in found:
        attempt.form.blueprint = blueprints[attempt.form.blueprint_id]
    return found


def _read(keys: Sequence[int]) -> Iterator[tuple[Attempt, list[Response]]]:
    responses: dict[int, list[Response]] = defaultdict(list)
    for response in Response.objects.filter(attempt__in=keys, scored=True):
        responses[response.attempt_id].append(response)
    for attempt in _attempts(keys):
        yield attempt, responses[attempt.pk]


# --- Doing it


@dataclass(frozen=True, slots=True)
class Due:
    """The figures of an attempt (None: too few questions are left), and of what they were computed."""

    report: int | None
    frozen: list[tuple[int, int, bool]]
    figures: Figures | None


def rescore(ruling_id: int, clock: Callable[[], datetime], steps: int | None = None) -> bool:
    """Carries a ruling out, or goes on with it; True once nothing is left. `steps`: stop after so many."""
    ruling = KeyRuling.objects.select_related("revision").filter(pk=ruling_id).first()
    if ruling is None:
        log.info("ruling id %s does not exist", ruling_id)
        return True
    rulings.settle_all(ruling)
    while steps is None or steps > 0:
        if _step(ruling_id, clock()):
            return True
        steps = None if steps is None else steps - 1
    return False


def unfinished(now: datetime) -> list[int]:
    """Ids of rulings that nobody has carried out to the end, and of fresh ones, for exams that started meanwhile."""
    left = Q(progress__finished__isnull=True, at__lte=now - PATIENCE)
    fresh = Q(progress__finished__isnull=False, at__gte=now - LATE)
    return list(KeyRuling.objects.filter(left | fresh).order_by("pk").values_list("pk", flat=True))


def _step(ruling_id: int, now: datetime) -> bool:
    """One chunk: read and compute, then commit reports and place together. True when all is done."""
    ruling = KeyRuling.objects.select_related("revision").get(pk=ruling_id)
    if "finished" in ruling.progress:
        return True
    place = ruling.progress.get("after", 0)
    scored = scored_with(ruling.revision)
    keys = list(scored.filter(pk__gt=place).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    total = ruling.progress.get("of") or scored.count()
    dues = {attempt.pk: _due(attempt, responses) for attempt, responses in _read(keys)}
    with transaction.atomic():
        # The lock makes two workers take turns; the second finds that the place has moved, and looks again.
        ruling = KeyRuling.objects.select_for_update(of=("self",)).get(pk=ruling_id)
        progress: dict[str, Any] = {"of": total, "done": 0, "changed": 0, "kept": 0, "pass": 0, "fail": 0}
        progress |= ruling.progress
        if progress.get("after", 0) != place or "finished" in progress:
            return "finished" in progress
        if keys:
            for attempt in rulings.lock(keys):
                _write(attempt, dues[attempt.pk], ruling, progress, now)
            progress |= {"after": keys[-1], "done": progress["done"] + len(keys)}
        else:
            progress["finished"] = now.isoformat()
        KeyRuling.objects.filter(pk=ruling_id).update(progress=progress)
    if not keys:
        log.info("ruling %d carried out: %d scores changed, %d kept", ruling_id, progress["changed"], progress["kept"])
    return not keys


def _due(attempt: Attempt, responses: Sequence[Response]) -> Due:
    n = sum(response.scored and not response.withdrawn for response in responses)
    try:
        figures = scoring.figures(responses, attempt.form.rule, scoring.scale_of(attempt))
    except ValueError:  # no pass line is possible with what is left
        figures = None
    return Due(attempt.report_id, scoring.frozen(responses), None if too_few(attempt, n) else figures)


def _write(attempt: Attempt, due: Due, ruling: KeyRuling, progress: dict[str, Any], now: datetime) -> None:
    """The new report of one attempt, if one is due; the caller holds the locks of ruling and attempt."""
    responses = list(attempt.responses.filter(scored=True))
    if (attempt.report_id, scoring.frozen(responses)) != (due.report, due.frozen):
        due = _due(attempt, responses)  # another ruling came in between
    old = attempt.report
    assert old is not None, "a scored attempt stays scored"
    if due.figures is None:
        # Would the figures differ if they could be made? If not, there is nothing to tell the candidate.
        if not _stands(old, [response for response in responses if not response.withdrawn]):
            record(attempt, "score_kept", now, by=ruling.by, ruling=ruling.pk)
            progress["kept"] += 1
        return
    results = DomainResult.objects.filter(report=old)
    if not any(scoring.unlike(old, results, due.figures, scoring.scale_of(attempt).passing)):
        return
    new = scoring.write_report(attempt, due.figures, cause="ruling", now=now, ruling=ruling)
    if not Attempt.objects.filter(pk=attempt.pk, report=old).update(report=new):
        raise RuntimeError(f"attempt {attempt.uuid} got another report while it was locked")
    record(attempt, "rescored", now, by=ruling.by, report=new.number, ruling=ruling.pk)
    progress["changed"] += 1
    if due.figures.score.passed != old.passed:
        progress["pass" if due.figures.score.passed else "fail"] += 1
