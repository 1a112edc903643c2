"""Start attempts, and find the open ones."""

import logging
import math
import secrets
import uuid as uuids
from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q

from exams.models import Attempt, Candidate, Mode, Participant, Response, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.psychometrics.readiness import ExamResult, chance_to_pass
from exams.services.attempt import assembly, extra_time, papers
from exams.services.attempt.attempt_log import record
from exams.services.attempt.ending import close_if_overdue
from exams.services.attempt.exposure import ExposureCounts
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.start_limit import StartLimit, TooManyStartsError
from questions.models import Blueprint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """What a sitting changes about a start: the paper, the clock, and the number of the attempt."""

    sitting: Sitting
    number: int
    extra_minutes: int = 0  # of the participant
    put_off: timedelta = timedelta(0)  # for which the server has had too much to do

    def minutes_to_give_back(self, now: datetime) -> int:
        """Return the minutes that the end for all has cut from an exam while the server put off its start."""
        cut = now + timedelta(minutes=self.sitting.minutes_allowed) - self.sitting.end_of(now)
        return math.ceil(min(self.put_off, cut) / timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Clock:
    """The minutes from the start, and when they end; both without the extra time that the candidate chooses."""

    minutes: int
    deadline: datetime
    standing: int  # extra minutes among them

    @property
    def details(self) -> dict[str, int | str]:
        """What the log says at the start: the deadline is that without allowances, which are events of their own."""
        return {"minutes": self.minutes, "deadline": self.deadline.isoformat()}


class TermsChangedError(Exception):
    """Staff changed the sitting, or removed the candidate, or its answers opened during this start: read it again."""


def minutes_for(blueprint: Blueprint, candidate: Candidate) -> int:
    """Return the minutes on the clock: those of the blueprint plus the candidate's standing extra time, rounded up."""
    return blueprint.exam.minutes + _standing_minutes(blueprint, candidate)


def _standing_minutes(blueprint: Blueprint, candidate: Candidate) -> int:
    return math.ceil(blueprint.exam.minutes * candidate.extra_percent / 100) + candidate.extra_minutes


def clock(blueprint: Blueprint, candidate: Candidate, now: datetime, terms: ClassTerms | None = None) -> Clock:
    """Return the time that a start now would give.

    In a class the end for all cuts the minutes, but not the extra time of a candidate.
    """
    standing = _standing_minutes(blueprint, candidate)
    end = now + timedelta(minutes=blueprint.exam.minutes)
    if terms:
        standing += terms.extra_minutes
        end = terms.sitting.end_of(now)
    deadline = end + timedelta(minutes=standing)
    return Clock(math.ceil((deadline - now) / timedelta(minutes=1)), deadline, standing)


class SharedQuestionsError(Exception):
    """The bank fills this exam only with questions of exams that are open, or whose class holds back the answers.

    `holding` are those of the candidate; empty if it is a class of others.
    """

    def __init__(self, holding: Sequence[Attempt]) -> None:
        super().__init__("The questions are in a running exam.")
        self.holding = holding


class ErasedError(Exception):
    """The candidate has been erased since this start was sent."""


class _OvertakenError(Exception):
    """The candidate has started another exam since this one was drawn."""


@dataclass(frozen=True, slots=True)
class StartRequest:
    """Who wants to start which exam, and how.

    `uuid` comes from the rules page: of ten equal requests one creates the attempt and nine return it. `extra` is the
    extra time that the candidate chose, in minutes. `seat` names the browser session in the log; it alone
    writes an exam of a class, whose log has its `address` too. `past` are earlier
    results, newest first: they predict the chance of passing this form. `beside` has the guest of the same browser, who
    may have an exam open too. `terms` are those of a class; whether the candidate may start there is decided by the
    caller. `limit` is that of starts in an hour, counted again when no other start of the candidate can come between.
    `new_candidate` skips this count, and the query for questions already shown. `simulated` marks a simulated exam,
    which is added to these counts.
    """

    candidate: Candidate
    blueprint: Blueprint
    now: datetime
    _: KW_ONLY
    uuid: uuids.UUID = field(default_factory=uuids.uuid4)
    seed: str | None = None
    extra: int = 0
    seat: str | None = None
    address: str = ""
    past: Sequence[ExamResult] = ()
    beside: Collection[int] = ()
    terms: ClassTerms | None = None
    limit: StartLimit | None = None
    new_candidate: bool = False
    simulated: ExposureCounts | None = None

    @property
    def has_paper(self) -> bool:
        """Whether nothing is drawn: the class has one paper for all."""
        return self.terms is not None and self.terms.sitting.form_id is not None

    @property
    def browser(self) -> dict[str, str]:
        """What the log says about the browser."""
        named = {"seat": self.seat or "", "address": self.address if self.terms else ""}
        return {name: value for name, value in named.items() if value}

    def is_met_by(self, attempt: Attempt) -> bool:
        """Return whether this open exam is the one to start: in a class that of the sitting, otherwise her own one."""
        sitting = self.terms.sitting.pk if self.terms else None
        if attempt.candidate_id != self.candidate.pk or attempt.sitting_id != sitting:
            return False
        return self.terms is not None or attempt.blueprint_code == self.blueprint.code


@dataclass(frozen=True, slots=True)
class StartResult:
    """The open attempt, and whether this call created it."""

    attempt: Attempt
    created: bool


def start(request: StartRequest) -> StartResult:
    """Draw a form, or take the paper of the sitting, and start the clock in one transaction.

    Two open exams never share a question, nor have enemies: the result of the one that is finished first would tell
    which of the shared answers are right. Nor does an exam draw what a class holds back. Nobody is kept out of a class:
    its paper may have questions of her other open exams.
    Raise exams.psychometrics.drawing.ShortageError when the bank cannot fill the blueprint, SharedQuestionsError when
    only questions of open exams can, TermsChangedError, TooManyStartsError, and ErasedError.
    """
    while (result := _start_once(request)) is None:
        request = replace(request, uuid=uuids.uuid4(), new_candidate=False)
    return result


def _start_once(request: StartRequest) -> StartResult | None:
    """Start the exam, or return the one that is running; None if it has to be drawn again, under a new UUID."""
    candidates = [request.candidate.pk, *request.beside]
    unfinished = [] if request.new_candidate else _open_exams(candidates, of_classes=True)
    running = [attempt for attempt in unfinished if not close_if_overdue(attempt, request.now)]
    if earlier := next(filter(request.is_met_by, running), None):
        return StartResult(earlier, created=False)
    # Scores of other exams must not tell the answers of a class, either, before they are released.
    closed = () if request.has_paper or request.simulated is not None else hidden_from(candidates)
    try:
        drawn = _draw(request, closed)
    except ShortageError:
        if closed and not assembly.blueprint_shortage(request.blueprint):
            holding = [attempt for attempt in unfinished if attempt in running or not attempt.is_disclosed]
            raise SharedQuestionsError(holding) from None
        raise
    known = None if request.new_candidate or request.terms else {attempt.pk for attempt in running}
    try:
        attempt = _create(request, drawn, known)
    except (IntegrityError, _OvertakenError, TooManyStartsError) as error:
        return _overtaken(request, error)
    log.info("attempt %s started, form %s", attempt.uuid, drawn.plan.seed)
    return StartResult(attempt, created=True)


def _overtaken(request: StartRequest, error: Exception) -> StartResult | None:
    """Return what another request has started; None to start again. Raise the error if no other request explains it.

    The UUID or the constraint of one open exam was violated: nearly always by a second click.
    """
    sitting = request.terms.sitting if request.terms else None
    if started := Attempt.objects.filter(uuid=request.uuid, candidate=request.candidate, sitting=sitting).first():
        return StartResult(started, created=False)
    if request.terms and (started := _numbered(request.candidate, request.terms)):
        return StartResult(started, created=False)
    earlier = next(filter(request.is_met_by, _open_exams([request.candidate.pk])), None)
    if earlier and not close_if_overdue(earlier, request.now):
        return StartResult(earlier, created=False)
    if isinstance(error, TooManyStartsError):
        raise error
    if isinstance(error, IntegrityError) and not earlier and not Attempt.objects.filter(uuid=request.uuid).exists():
        raise error
    # An exam of another blueprint has been started, an overdue exam was in the way, or another candidate has used this
    # rules page.
    return None


def _draw(request: StartRequest, closed: Collection[int]) -> assembly.DrawnForm:
    terms = request.terms
    if terms and terms.sitting.form:
        values = {"new_candidate": request.new_candidate, "own_order": terms.sitting.own_order}
        return papers.read_paper(terms.sitting.form, request.candidate, **values)
    draw = partial(
        assembly.draw_form,
        request.blueprint,
        request.candidate,
        request.seed or secrets.token_hex(8),
        new_candidate=request.new_candidate,
        simulated=request.simulated,
    )
    try:
        return draw(closed=closed)
    except ShortageError:
        if not (terms and closed):
            raise
    return draw()


def _create(request: StartRequest, drawn: assembly.DrawnForm, known: Collection[int] | None) -> Attempt:
    """Write form, attempt, responses and the first log entry in one transaction.

    `known` are the open exams that were considered in drawing. Raise _OvertakenError if there is another one, and
    TooManyStartsError.
    """
    candidate, terms, now = request.candidate, request.terms, request.now
    time = clock(drawn.blueprint, candidate, now, terms)
    _rule, line = drawn.pass_line
    predicted = chance_to_pass(request.past, line) if request.past and line else None
    given_back = terms.minutes_to_give_back(now) if terms else 0
    with transaction.atomic():
        if not request.new_candidate:
            # The lock serializes the starts of two exams: the second one sees the questions of the first. An erasure
            # waits, and then ends the new attempt.
            rows = Candidate.objects.select_for_update(no_key=True).filter(pk=candidate.pk, erased_at=None)
            if not rows.values_list("pk"):
                raise ErasedError
            if request.limit:
                request.limit.check(now, but=request.uuid)
        if known is not None:
            others = Attempt.objects.open_exams().filter(candidate=candidate)
            others = others.exclude(blueprint_code=drawn.blueprint.code, sitting=None)
            if others.exclude(pk__in=known).exists():
                raise _OvertakenError
        attempt = Attempt.objects.create(
            uuid=request.uuid,
            candidate=candidate,
            form=drawn.form or assembly.store_form(drawn),
            blueprint_code=drawn.blueprint.code,
            sitting=terms.sitting if terms else None,
            number=terms.number if terms else 1,
            seat=(request.seat or "") if terms else "",
            mode=Mode.EXAM,
            synthetic=request.simulated is not None,
            predicted=predicted,
            started_at=now,
            deadline=time.deadline + timedelta(minutes=request.extra + given_back),
        )
        Response.objects.bulk_create(assembly.build_responses(drawn, attempt))
        record(attempt, "started", now, **time.details, **request.browser)
        if request.extra:
            extra_time.record_choice(attempt, request.extra, now)
        if given_back:
            extra_time.record_wait(attempt, given_back, now)
        if terms and not (
            _lock_unchanged(terms.sitting)
            and _lock_present(terms.sitting, candidate)
            and _lock_answers(terms.sitting, attempt, now)
        ):
            raise TermsChangedError
    return attempt


def _lock_unchanged(sitting: Sitting) -> bool:
    """Return whether paper and window are still those read. Later changes wait until the new attempt is committed.

    Call it last: the starts of a class wait for each other from here on. The foreign key of the attempt alone locks
    nothing before the commit, when its check is due.
    """
    ends = ("last_start_at", "closes_at", "released_at", "review_opens_at", "latest_deadline")
    columns = ("form_id", "opens_at", "minutes", *ends)
    rows = Sitting.objects.filter(pk=sitting.pk, **{column: getattr(sitting, column) for column in columns})
    return bool(rows.select_for_update(no_key=True).values_list("pk"))


def _lock_present(sitting: Sitting, candidate: Candidate) -> bool:
    """Return whether staff has not removed the candidate; a removal waits, and then ends the new attempt."""
    rows = Participant.objects.present().filter(sitting=sitting, candidate=candidate)
    return bool(rows.select_for_update(no_key=True).values_list("pk"))


def _lock_answers(sitting: Sitting, attempt: Attempt, now: datetime) -> bool:
    """Return whether the answers stay closed although this start was put off: somebody else is writing.

    She cannot hand in before the new attempt is committed, which then keeps the answers closed.
    """
    opening = sitting.review_opens_at or sitting.latest_deadline
    if opening is None or now < opening:
        return True
    others = Attempt.objects.unfinished(now).filter(sitting=sitting).exclude(pk=attempt.pk)
    return bool(others.order_by("pk").select_for_update(no_key=True).values_list("pk")[:1])


def _numbered(candidate: Candidate, terms: ClassTerms) -> Attempt | None:
    rows = Attempt.objects.filter(sitting=terms.sitting, candidate=candidate, number=terms.number)
    return rows.select_related("form__blueprint").first()


def open_exam(candidate: Candidate, blueprint_code: str) -> Attempt | None:
    """Return the candidate's own open exam of this blueprint, if any. Exams of a class are not among them."""
    own = Attempt.objects.open_exams().filter(sitting=None)
    return own.filter(candidate=candidate, blueprint_code=blueprint_code).first()


def open_exams(candidate: Candidate | None) -> list[Attempt]:
    """Return the candidate's open exams with their blueprints, ordered by deadline."""
    return _open_exams([candidate.pk]) if candidate else []


def _open_exams(candidates: Collection[int], *, of_classes: bool = False) -> list[Attempt]:
    """Return the open exams; with `of_classes`, also those of a class that are handed in."""
    rows = Attempt.objects.open_exams()
    if of_classes:
        rows = Attempt.objects.filter(Q(status=Attempt.Status.OPEN) | Q(sitting__isnull=False), mode=Mode.EXAM)
    rows = rows.filter(candidate__in=candidates).select_related("form__blueprint")
    return list(rows.order_by("deadline"))
