"""Write practice attempts: start one, and reveal the solution of an answered question. The room does the rest."""

import logging
import math
import secrets
import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from operator import attrgetter

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Coalesce

from exams.models import Attempt, Candidate, Mode, Response
from exams.models.response import complete
from exams.psychometrics.drawing import FormPlan, FormSlot, Recipe
from exams.services.attempt import assembly, attempts, ending, question_pool
from exams.services.attempt.answering import Sitter, sitter_attempt
from exams.services.attempt.attempt_log import record
from exams.services.attempt.attempts import StartResult
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.start_limit import StartLimit
from exams.services.practice import repetition
from exams.services.practice.practice_pool import PracticeItem, practice_pool
from exams.services.results.history import PLAN_OF_FORM
from questions.models import Blueprint

log = logging.getLogger(__name__)

MAX_OPEN = 10  # practices of a candidate at the same time
UNTIMED_MINUTES = 30 * 24 * 60  # after its start, an untimed practice closes itself
FEEDBACKS = FEEDBACK_EACH, FEEDBACK_END = "each", "end"


class NothingToPracticeError(Exception):
    """None of the questions may be asked now."""


def minutes_for(blueprint: Blueprint, candidate: Candidate, size: int) -> int:
    """Return the minutes for a timed practice: the candidate's time for a whole exam in proportion, rounded up."""
    return math.ceil(attempts.minutes_for(blueprint, candidate) * size / blueprint.exam.questions)


def start(
    candidate: Candidate,
    blueprint: Blueprint,
    kind: str,
    questions: Sequence[int],
    *,
    feedback: str,
    timed: bool,
    now: datetime,
    beside: Collection[int] = (),
    limit: StartLimit | None = None,
    uuid: uuids.UUID | None = None,
    seat: str | None = None,
    title: str = "",
) -> StartResult:
    """Start practice with these questions in this order, without those that may not be asked now.

    Left out are questions outside of the practice collections, those in an exam that the candidate or one of
    `beside` (the guest of the same browser) has open, and enemies. A second click, with the same `uuid`, returns the
    open practice of the first one. Beyond MAX_OPEN, one that is open ends. Raise NothingToPracticeError if no question
    remains, and exams.services.attempt.start_limit.TooManyStartsError beyond the limit of starts in an hour.
    """
    still_open = _open(candidate)
    if earlier := _started(still_open, uuid, now):
        return StartResult(earlier, created=False)
    pool = practice_pool(blueprint)
    hidden = hidden_from([candidate.pk, *beside])
    items = [pool.items[question] for question in pool.allowed(questions, hidden)]
    if not items:
        raise NothingToPracticeError
    drawn = _draw(blueprint, candidate, items, pool.version)
    minutes = minutes_for(blueprint, candidate, len(items)) if timed else UNTIMED_MINUTES
    try:
        with transaction.atomic():
            if limit:
                # The lock serializes the starts of a candidate: each counts those before it.
                list(Candidate.objects.select_for_update(no_key=True).filter(pk=candidate.pk).values_list("pk"))
                limit.check(now, but=uuid)
            attempt = Attempt.objects.create(
                uuid=uuid or uuids.uuid4(),
                candidate=candidate,
                form=assembly.store_form(drawn, Mode.PRACTICE),
                blueprint_code=blueprint.code,
                mode=Mode.PRACTICE,
                practice_kind=kind,
                feedback=feedback,
                timed=timed,
                title=title,
                started_at=now,
                deadline=now + timedelta(minutes=minutes),
            )
            Response.objects.bulk_create(assembly.build_responses(drawn, attempt))
            record(attempt, "started", now, minutes=minutes, **({"seat": seat} if seat else {}))
    except IntegrityError:  # a second click was faster, or an old page was posted again
        if earlier := _started(_open(candidate), uuid, now):
            return StartResult(earlier, created=False)
        if uuid is None or not Attempt.objects.filter(uuid=uuid).exists():
            raise
        return start(
            *(candidate, blueprint, kind, questions),
            feedback=feedback,
            timed=timed,
            now=now,
            beside=beside,
            limit=limit,
            seat=seat,
            title=title,
        )
    _make_room(still_open, now)  # last: a start that is refused ends nothing
    log.info("practice %s started, %s, %d questions", attempt.uuid, kind, len(items))
    return StartResult(attempt, created=True)


def _draw(
    blueprint: Blueprint, candidate: Candidate, items: Sequence[PracticeItem], version: int
) -> assembly.DrawnForm:
    """Return these questions as a form: all count, in the given order."""
    shown = assembly.last_shown(candidate)
    ratings = sum(item.frozen.rating for item in items)
    plan = FormPlan(
        slots=tuple(FormSlot(item.revision, scored=True, repeat=item.question in shown) for item in items),
        pass_line_100=ratings,
        target_100=ratings,
        relaxations=(),
        unscored_live=0,
        seed=secrets.token_hex(8),
    )
    recipe = Recipe(scored=len(items), unscored=0, weights={})
    frozen = {item.revision: item.frozen for item in items}
    return assembly.DrawnForm(blueprint, recipe, plan, question_pool.QuestionPool(version, (), frozen, ()))


def _open(candidate: Candidate) -> list[Attempt]:
    """Return the open practices of a candidate, oldest first, with `is_touched`: whether anything was answered."""
    answered = Response.objects.filter(attempt=OuterRef("pk"), ticked__gt=0)
    rows = Attempt.objects.open_practices().filter(candidate=candidate).annotate(is_touched=Exists(answered))
    return list(rows.select_related("form__blueprint").order_by("started_at", "pk"))


def _started(practices: Sequence[Attempt], uuid: uuids.UUID | None, now: datetime) -> Attempt | None:
    """Return the open practice that an earlier click on the same page has started."""
    attempt = next((row for row in practices if row.uuid == uuid), None)
    return None if attempt is None or ending.close_if_overdue(attempt, now) else attempt


def _make_room(practices: Sequence[Attempt], now: datetime) -> None:
    """Discard the oldest open practice that nobody has answered, else end the oldest, so that one more may be open."""
    still_open = [row for row in practices if not ending.close_if_overdue(row, now)]
    oldest = sorted(still_open, key=attrgetter("is_touched"))
    for attempt in oldest[: max(0, len(oldest) - MAX_OPEN + 1)]:
        discard(attempt, now)


def discard(attempt: Attempt, now: datetime, zone: tzinfo | None = None) -> bool:
    """End an open practice: with its answers if it has any, which then count; otherwise as if it had never been.

    Return whether this call did it.
    """
    if attempt.responses.filter(ticked__gt=0).exists():
        return finish(attempt, now, zone=zone)
    return ending.abandon(attempt, now)


def finish(attempt: Attempt, now: datetime, *, at_once: bool = False, zone: tzinfo | None = None) -> bool:
    """End a practice or an exam with its answers, as `ending.finish`. Return whether this call ended it.

    Of a practice, write the cards, by the days of the reader's `zone`.
    """
    is_finished = ending.finish(attempt, now, at_once=at_once)
    if is_finished and attempt.mode == Mode.PRACTICE:
        write_cards(attempt, zone)
    return is_finished


def write_cards(attempt: Attempt, zone: tzinfo | None = None) -> None:
    """Write the cards of a practice that is over: pages would compute them again in each request."""
    questions = list(attempt.responses.values_list("revision__question", flat=True))
    repetition.update_cards(attempt.candidate_id, questions, zone)


def open_practices(candidates: Collection[int], but: Collection[str] = ()) -> list[Attempt]:
    """Return the open practice of these candidates, newest first, with `n_answered`; `but` are codes left out.

    With `is_answered`, only its end is left to do: in study mode, all solutions were shown. One query, two if there are
    any.
    """
    practices = Attempt.objects.open_practices().filter(candidate__in=candidates).exclude(blueprint_code__in=but)
    found = list(practices.select_related("form__blueprint").order_by("-started_at"))
    answered = Response.objects.filter(complete(), attempt__in=found).order_by() if found else Response.objects.none()
    rows = answered.values_list("attempt").annotate(Count("pk"), Count("revealed_at"))
    counts = {attempt: (n_answered, n_revealed) for attempt, n_answered, n_revealed in rows}
    for attempt in found:
        n_answered, n_revealed = counts.get(attempt.pk, (0, 0))
        n_done = n_revealed if attempt.feedback == FEEDBACK_EACH else n_answered
        attempt.n_answered = n_answered  # type: ignore[attr-defined]
        attempt.is_answered = n_done == attempt.form.n_scored  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True, slots=True)
class Check:
    """What asks for the solution of a response: its stored answer, and how sure the candidate was.

    The confidence is 1 to 3, or None from a candidate who does not want to be asked.
    """

    mask: int
    confidence: int | None


def reveal(attempt: uuids.UUID, sitter: Sitter, checks: Mapping[int, Check], now: datetime) -> dict[int, int]:
    """Reveal the solutions of responses, by position: as many statements as for one.

    Return the questions revealed, by position.

    From then on these responses take no more saves. Left out is one whose answer is incomplete, that another page has
    changed or revealed, or whose question is in an exam that the sitter has open or is held back by a class. Nothing
    is revealed, at the cost of one query, if the practice is over, or if the attempt does not show each solution.
    """
    writable = sitter_attempt(attempt, sitter).writable(now).filter(mode=Mode.PRACTICE, feedback=FEEDBACK_EACH)
    with transaction.atomic(savepoint=False):
        # The lock serializes this with a save: what is revealed is what was answered.
        pk = writable.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True).first()
        if pk is None:
            return {}
        unsolved = Response.objects.filter(attempt=pk, position__in=checks, revealed_at=None)
        answered = {
            position: question
            for position, ticked, choose, question in unsolved.order_by().values_list(
                "position", "ticked", "choose", "revision__question"
            )
            if ticked == checks[position].mask and ticked.bit_count() == choose
        }
        hidden = hidden_questions(sitter) if answered else frozenset()
        revealed = {position: question for position, question in answered.items() if question not in hidden}
        if revealed:
            positions_by_confidence: dict[int | None, list[int]] = defaultdict(list)
            for position in revealed:
                positions_by_confidence[checks[position].confidence].append(position)
            confidences = [When(position__in=at, then=Value(sure)) for sure, at in positions_by_confidence.items()]
            smallint = Response._meta.get_field("confidence")
            unsolved.filter(position__in=revealed).update(
                # PostgreSQL takes a CASE of nothing but NULL for text.
                confidence=Cast(Case(*confidences, output_field=smallint), smallint),
                revealed_at=now,
                first_shown=Coalesce("first_shown", Value(now)),
            )
    return revealed


def shows_all_solutions(attempt: Attempt) -> bool:
    """Return whether each solution was shown, so that no answer can change: one query."""
    return not attempt.responses.filter(revealed_at=None).exists()


def first_unsolved(attempt: Attempt) -> int | None:
    """Return the first question of study mode whose solution was not shown: one query. None for any other attempt."""
    if attempt.feedback != "each":
        return None
    unsolved = attempt.responses.filter(revealed_at=None).order_by("position")
    return unsolved.values_list("position", flat=True).first()


def hidden_questions(sitter: Sitter) -> frozenset[int]:
    """Return the questions that practice does not show now: of open exams, or held back by a class, and their enemies.

    An exam may have been started after the practice, so the room asks again before it shows a question.
    """
    sitters = (sitter, sitter.pending_guest)
    return hidden_from([row.candidate_id for row in sitters if row])


def candidate_practices(
    candidate: Candidate, place: slice, hidden: Collection[int] = (), but: Collection[str] = ()
) -> list[Attempt]:
    """Return the practice at this place, newest first, with counts; discarded ones are left out.

    `n_counted` are answered and `n_right` right, both without the `hidden` questions, those of open exams: a count of
    right answers that includes one of them tells its key. `n_hidden` is how many those are. `n_answered` is 0 after the
    end. `but` are codes left out. One query.
    """
    every = Attempt.objects.filter(candidate=candidate, mode=Mode.PRACTICE).exclude(blueprint_code__in=but)
    every = every.exclude(status=Attempt.Status.ABANDONED)
    # Chosen first: else the responses of all practice would be counted.
    rows = Attempt.objects.filter(pk__in=every.order_by("-started_at", "-pk").values("pk")[place])
    rows = rows.select_related("form").defer(*PLAN_OF_FORM)
    is_answered = Q(responses__ticked__gt=0)
    is_right = is_answered & Q(responses__correct=True)
    is_hidden = Q(responses__revision__question__in=[0, *hidden])  # no question is 0: an empty list would be NULL
    counts = {
        "n_counted": Count("responses", filter=is_answered) - Count("responses", filter=is_answered & is_hidden),
        "n_hidden": Count("responses", filter=is_hidden),
        "n_right": Count("responses", filter=is_right) - Count("responses", filter=is_right & is_hidden),
        "n_answered": Count("responses", filter=Q(status=Attempt.Status.OPEN) & complete("responses__")),
    }
    return list(rows.annotate(**counts).order_by("-started_at", "-pk"))


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """How a practice went. `missed` were answered, and not right; `hidden` ones are not counted."""

    total: int
    right: int
    answered: int
    missed: int
    hidden: int

    @property
    def unanswered(self) -> int:
        return self.total - self.answered


def result(attempt: Attempt, hidden: Collection[int] = ()) -> PracticeResult:
    """Return how a practice went, without the `hidden` questions, those of open exams: one query."""
    is_hidden = Q(revision__question__in=hidden)
    counts = Response.objects.filter(attempt=attempt).aggregate(
        total=Count("pk", filter=~is_hidden),
        right=Count("pk", filter=Q(correct=True, ticked__gt=0) & ~is_hidden),
        answered=Count("pk", filter=Q(ticked__gt=0) & ~is_hidden),
        missed=Count("pk", filter=Q(correct=False, withdrawn=False, ticked__gt=0) & ~is_hidden),
        hidden=Count("pk", filter=is_hidden),
    )
    return PracticeResult(**counts)
