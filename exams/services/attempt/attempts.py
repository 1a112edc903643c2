"""Writes attempts: start, finish, abandon, close when time is over."""

import logging
import math
import secrets
import uuid as uuids
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from exams.models import Attempt, Candidate, Mode, Response
from exams.models.attempt import GRACE
from exams.psychometrics.drawing import Shortage
from exams.services.attempt import allowances, assembly
from exams.services.attempt.attempt_log import record
from questions import task_queue
from questions.models import Blueprint

log = logging.getLogger(__name__)


def minutes_for(blueprint: Blueprint, candidate: Candidate) -> int:
    """Whole minutes on the clock: the blueprint's, plus this candidate's extra per cent (rounded up) and minutes."""
    minutes = blueprint.exam.minutes
    return minutes + math.ceil(minutes * candidate.extra_percent / 100) + candidate.extra_minutes


@dataclass(frozen=True, slots=True)
class Started:
    """The running attempt, and whether this call made it (False: it was running already)."""

    attempt: Attempt
    new: bool


def start(
    candidate: Candidate,
    blueprint: Blueprint,
    now: datetime,
    *,
    uuid: uuids.UUID | None = None,
    seed: str | None = None,
    fresh: bool = False,
    synthetic: bool = False,
    extra: int = 0,
    seat: str | None = None,
) -> Started:
    """Draws a form and starts the clock, all in one transaction or not at all.

    `fresh`: this candidate was made just now, nothing needs to be looked up. `uuid` comes from the rules page:
    of ten equal starts one makes the attempt and nine find it. `extra`: minutes that the candidate gives herself.
    `seat`: the browser session, for the log.
    Raises exams.psychometrics.drawing.Shortage when the bank cannot fill the blueprint.
    """
    uuid = uuid or uuids.uuid4()
    try:
        drawn = assembly.draw(blueprint, candidate, seed or secrets.token_hex(8), fresh=fresh)
    except Shortage:
        if running := _running(candidate, blueprint, now):
            return Started(running, new=False)
        raise
    try:
        attempt = _lay_out(drawn, candidate, uuid, now, synthetic, extra, seat)
    except IntegrityError:
        # This uuid has started already, or the rule of one open exam refused: nearly always a second click.
        if mine := Attempt.objects.filter(uuid=uuid, candidate=candidate).first():
            return Started(mine, new=False)
        before = open_exam(candidate, blueprint.code)
        if before and not close_if_overdue(before, now):
            return Started(before, new=False)
        if before is None and not Attempt.objects.filter(uuid=uuid).exists():
            raise
        # An exam whose time was over stood in the way, or the rules page was used before by somebody else.
        return start(candidate, blueprint, now, seed=seed, synthetic=synthetic, extra=extra, seat=seat)
    log.info("attempt %s started, form %s", attempt.uuid, drawn.plan.seed)
    return Started(attempt, new=True)


def _lay_out(
    drawn: assembly.Drawn,
    candidate: Candidate,
    uuid: uuids.UUID,
    now: datetime,
    synthetic: bool,
    extra: int,
    seat: str | None,
) -> Attempt:
    """Form, attempt, responses and the first line of the log: all or nothing."""
    minutes = minutes_for(drawn.blueprint, candidate)
    with transaction.atomic():
        attempt = Attempt.objects.create(
            uuid=uuid,
            candidate=candidate,
            form=assembly.store(drawn),
            blueprint_code=drawn.blueprint.code,
            mode=Mode.EXAM,
            synthetic=synthetic,
            started_at=now,
            deadline=now + timedelta(minutes=minutes + extra),
        )
        Response.objects.bulk_create(assembly.responses(drawn, attempt))
        record(attempt, "started", now, minutes=minutes, **({"seat": seat} if seat else {}))
        if extra:
            allowances.choose(attempt, extra, now)
    return attempt


def _running(candidate: Candidate, blueprint: Blueprint, now: datetime) -> Attempt | None:
    attempt = open_exam(candidate, blueprint.code)
    return None if attempt is None or close_if_overdue(attempt, now) else attempt


def open_exam(candidate: Candidate, blueprint_code: str) -> Attempt | None:
    """The exam of this blueprint that this candidate is sitting now, if any."""
    return Attempt.objects.exams_running().filter(candidate=candidate, blueprint_code=blueprint_code).first()


def open_exams(candidate: Candidate) -> list[Attempt]:
    """All exams that this candidate is sitting now, with their blueprints, the one that ends first first."""
    rows = Attempt.objects.exams_running().filter(candidate=candidate).select_related("form__blueprint")
    return list(rows.order_by("deadline"))


def finish(attempt: Attempt, now: datetime) -> bool:
    """Hands in by the candidate's wish. True if this call closed it; a second call changes nothing.

    In the grace, and after it, the exam ends at its deadline and counts as closed by time.
    """
    now = max(now, attempt.started_at)  # the server's clock may have been put back
    if now >= attempt.deadline:
        return _submit(attempt, attempt.deadline, Attempt.ClosedBy.TIME, now)
    won = _submit(attempt, now, Attempt.ClosedBy.CANDIDATE, now)
    if not won and attempt.status == Attempt.Status.OPEN:
        return finish(attempt, now)  # minutes were granted in this very moment; her wish is the same
    return won


def close_if_overdue(attempt: Attempt, now: datetime) -> bool:
    """Closes an attempt whose deadline and grace are over. True if it is closed now, by whomever."""
    if attempt.status != Attempt.Status.OPEN:
        return True
    if now < attempt.deadline + GRACE:
        return False
    return _submit(attempt, attempt.deadline, Attempt.ClosedBy.TIME, now) or attempt.status != Attempt.Status.OPEN


def _submit(attempt: Attempt, ended: datetime, closed_by: str, now: datetime) -> bool:
    """Compare-and-swap open -> submitted. The committed row is the outbox; the message to the worker may be lost."""
    with transaction.atomic():
        # The deadline is part of the guard: minutes granted in this very moment win over a sweeper's old reading.
        won = (
            Attempt.objects.open()
            .filter(pk=attempt.pk, deadline=attempt.deadline)
            .update(status=Attempt.Status.SUBMITTED, submitted_at=ended, closed_by=closed_by)
        )
        if won:
            record(attempt, "finished" if closed_by == Attempt.ClosedBy.CANDIDATE else "closed", now)
            task_queue.send("exams.score_attempt", attempt.pk)
    attempt.refresh_from_db(fields=["status", "submitted_at", "closed_by", "deadline"])
    if won:
        log.info("attempt %s submitted, closed by %s", attempt.uuid, closed_by)
    return bool(won)


def abandon(attempt: Attempt, now: datetime) -> bool:
    """Ends without a score by the candidate's wish. After the deadline it is too late: then the exam is scored."""
    now = max(now, attempt.started_at)  # the server's clock may have been put back
    with transaction.atomic():
        won = (
            Attempt.objects.open()
            .filter(pk=attempt.pk, deadline__gt=now)
            .update(status=Attempt.Status.ABANDONED, submitted_at=now, closed_by=Attempt.ClosedBy.CANDIDATE)
        )
        if won:
            record(attempt, "abandoned", now)
    attempt.refresh_from_db(fields=["status", "submitted_at", "closed_by", "deadline"])
    if won:
        log.info("attempt %s abandoned", attempt.uuid)
    return bool(won)
