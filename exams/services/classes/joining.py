"""Join a sitting by its code or by a personal link, and start its exam. Every refusal is a sentence for candidates."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from exams.models import Attempt, Candidate, Participant, RosterEntry, Sitting
from exams.models.roster import MAX_NAME_CHARS
from exams.models.sitting import CODE_LETTERS, LATE_START
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import ClassTerms, Clock, StartRequest, StartResult, TermsChangedError
from exams.services.classes import participants, sittings
from exams.services.people import candidates, used_places, usernames
from exams.services.progress import readiness
from exams.services.results.shown_scores import shown_scores
from questions.models import User
from questions.services.errors import RefusedError

NUMBER_CHARS = 6  # of ' (999)'
log = logging.getLogger(__name__)

MAX_READS = 3  # of a sitting that staff changes during a start
AT_ONCE = timedelta(0)


class Obstacle(Enum):
    """Why an exam cannot start now."""

    EARLY = "early"
    LATE = "late"
    CLOSED = "closed"
    REMOVED = "removed"
    NO_ATTEMPT_LEFT = "no attempt left"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a participant, or somebody who has not joined yet, stands in a sitting."""

    obstacle: Obstacle | None
    running: Attempt | None
    finished: tuple[Attempt, ...]
    attempts_left: int
    clock: Clock  # that a start now would give
    minutes: int  # that a start in time gives
    put_off: timedelta  # for which a busy server has let a start wait that was possible

    @property
    def starts_late(self) -> bool:
        """Whether the end for all cuts the time."""
        return self.clock.minutes < self.minutes


def find_sitting(typed: str) -> Sitting | None:
    """Return the sitting with this code, typed in any case, with spaces or hyphens."""
    code = participants.letters(typed)
    if len(code) != CODE_LETTERS:
        return None
    return Sitting.objects.select_related("blueprint", "owner", "form").filter(code=code).first()


def participant_of(sitting: Sitting, candidate_ids: list[int]) -> Participant | None:
    """Return the participant of this browser: the candidate, or the guest beside an account."""
    rows = Participant.objects.filter(sitting=sitting, candidate__in=candidate_ids).select_related("candidate")
    return rows.order_by("pk").first()


def standing(
    sitting: Sitting,
    participant: Participant | None,
    now: datetime,
    candidate: Candidate | None = None,
    *,
    put_off: timedelta = AT_ONCE,
) -> Standing:
    """Return what this person, or this candidate who has not joined, can do now.

    Whose start was put off by a busy server can still start if that was possible before, until the answers open. An
    exam past its deadline is closed first.
    """
    own: list[Attempt] = []
    if participant and participant.candidate_id:
        rows = Attempt.objects.filter(sitting=sitting, candidate=participant.candidate_id)
        own = list(rows.select_related("form__blueprint").defer("form__plan").order_by("number"))
    running = next((attempt for attempt in own if not ending.close_if_overdue(attempt, now)), None)
    possible_at = max([sitting.opens_at, *(attempt.submitted_at for attempt in own if attempt.submitted_at)])
    put_off = max(AT_ONCE, min(put_off, now - possible_at))
    extra_attempts = participant.extra_attempts if participant else 0
    left = max(0, sitting.attempts_allowed + extra_attempts - len(own))
    candidate = (participant.candidate if participant else candidate) or Candidate()
    terms = ClassTerms(sitting, len(own) + 1, participant.extra_minutes if participant else 0)
    clock = attempts.clock(sitting.blueprint, candidate, max(now, sitting.opens_at), terms)
    return Standing(
        obstacle=Obstacle.REMOVED if participant and participant.removed_at else _obstacle(sitting, left, now, put_off),
        running=running,
        finished=tuple(attempt for attempt in own if attempt != running),
        attempts_left=left,
        clock=clock,
        minutes=sitting.minutes_allowed + clock.standing,
        put_off=put_off,
    )


def _obstacle(sitting: Sitting, attempts_left: int, now: datetime, put_off: timedelta = AT_ONCE) -> Obstacle | None:
    review, asked = sitting.review_opens_at, now - min(put_off, LATE_START)
    if sitting.released_at or (review and now >= review) or (sitting.closes_at and asked >= sitting.closes_at):
        return Obstacle.CLOSED  # a person who starts now could know the answers
    if sitting.last_start_at and asked >= sitting.last_start_at:
        return Obstacle.LATE
    if sitting.latest_deadline and now >= sitting.latest_deadline and sittings.is_disclosed(sitting, now):
        return Obstacle.CLOSED  # a start that was put off, after the others are through
    if not attempts_left:
        return Obstacle.NO_ATTEMPT_LEFT
    return Obstacle.EARLY if now < sitting.opens_at else None


def refusal(obstacle: Obstacle) -> str:
    """Return the sentence for this obstacle."""
    return {
        Obstacle.EARLY: _("This exam has not opened yet."),
        Obstacle.LATE: _("The time for the last start is over, so you can no longer start."),
        Obstacle.CLOSED: _("This exam is closed."),
        Obstacle.REMOVED: _("Your instructor has removed you from this exam. If that is a mistake, tell them."),
        Obstacle.NO_ATTEMPT_LEFT: _("You have handed in this exam, and you have no attempt left."),
    }[obstacle]


def checked_name(typed: str) -> str:
    """Return what others see of a name. Raise RefusedError if that is nothing, too long, or imitates."""
    name = usernames.visible(typed)
    if not usernames.has_letters(name):
        raise RefusedError(_("Enter your name. Your instructor sees it beside your result."))
    if len(name) > MAX_NAME_CHARS:
        raise RefusedError(_("Enter a name of at most %(most)d characters.") % {"most": MAX_NAME_CHARS})
    if usernames.has_mixed_words(name):
        raise RefusedError(_("Write each word with letters of one script: mixed, they can look like another name."))
    return name


def account_name(account: User) -> str:
    """Return the name with which an account joins, short enough for a number that tells two of one name apart."""
    name = usernames.display_name(account.display_name)
    if not name or usernames.has_mixed_words(name):  # which can look like the name of somebody else
        name = account.username
    return name[: MAX_NAME_CHARS - NUMBER_CHARS].rstrip()


def check_open(sitting: Sitting, now: datetime, put_off: timedelta = AT_ONCE) -> None:
    """Raise RefusedError if nobody can join this sitting by its code now."""
    obstacle = _obstacle(sitting, 1, now, put_off)
    if obstacle in (Obstacle.LATE, Obstacle.CLOSED):
        raise RefusedError(refusal(obstacle))
    _check_joining(sitting, now)
    if Participant.objects.present().filter(sitting=sitting).count() >= sitting.joins_allowed:
        text = _("This exam is full: %(most)d people have joined. Tell your instructor, who can let more people join.")
        raise RefusedError(text % {"most": sitting.joins_allowed})


def _check_joining(sitting: Sitting, now: datetime) -> None:
    if sitting.joining_closed_at and now >= sitting.joining_closed_at:
        raise RefusedError(joining_closed())


def joining_closed() -> str:
    """Return the sentence for somebody who comes after the instructor has closed the joining."""
    return _(
        "Joining is closed: your instructor admits nobody else to this exam. Tell them if you belong to the class."
    )


def name_taken(name: str) -> RefusedError:
    """Return the refusal of a name that somebody else has."""
    text = _(
        "Somebody has joined as %(name)s already. If that was you, go back to the browser in which you joined. "
        "Otherwise add something that tells you apart, such as a second initial."
    )
    return RefusedError(text % {"name": name})


def check_unused(
    sitting: Sitting, name: str, *, entry: RosterEntry | None = None, candidate: Candidate | None = None
) -> None:
    """Raise RefusedError if this person has used a place and has erased herself."""
    if used_places.is_used(sitting, name, entry=entry, candidate=candidate):
        raise RefusedError(
            _(
                "This place was used and erased. Your instructor can allow another attempt; if you have not sat this "
                "exam, tell them."
            )
        )


def join(
    sitting: Sitting, candidate: Candidate, name: str, now: datetime, *, put_off: timedelta = AT_ONCE
) -> Participant:
    """Make this candidate a participant under this name. A second click joins once. Raise RefusedError."""
    with transaction.atomic():
        # The lock serializes the joins, so that no more than allowed join at once.
        check_open(Sitting.objects.select_for_update(of=("self",), no_key=True).get(pk=sitting.pk), now, put_off)
        check_unused(sitting, name, candidate=candidate)
        if candidate.user_id:  # an account cannot choose another name, so two of one name are told apart here
            others = Participant.objects.present().filter(sitting=sitting).exclude(candidate=candidate)
            name = participants.free_name(name, {other.lower() for other in others.values_list("name", flat=True)})
        participant = participants.add(sitting, candidate, name, now)
    if participant is None:
        raise name_taken(name)
    log.info("participant %s joined sitting %s", participant.uuid, sitting.uuid)
    return participant


def use_link(participant: Participant, candidate: Candidate | None, now: datetime) -> Candidate | None:
    """Return the candidate who goes on in this browser; None if the caller has to create one and call again.

    A renewed link takes the exam along, and nothing else of the person who used it before: she may be somebody else,
    with exams of her own. So the place and its attempts move to the candidate of this browser. A guest who has nothing
    but this exam goes on in a browser without a candidate: her session and code elsewhere end. Raise RefusedError when
    the link was used in another browser, and for an account that has joined by the code.
    """
    owner = participant.candidate
    if participant.removed_at:
        raise RefusedError(refusal(Obstacle.REMOVED))
    if owner and candidate == owner:
        return owner
    if participant.link_used_at:
        raise RefusedError(
            _(
                "This link has been used in another browser. If that was you, go back to that browser. If it was not, "
                "or if you cannot go back, ask your instructor for a new link."
            )
        )
    joined_with_account = _("You have joined with an account. Sign in, then open the link again.")
    if owner and owner.user_id and participant.entry_id is None:
        raise RefusedError(joined_with_account)
    if owner is None:
        _check_joining(participant.sitting, now)
        check_unused(participant.sitting, participant.name, entry=participant.entry, candidate=candidate)
    guest = owner if owner and participants.is_only_here(participant) else None
    person = candidate or guest
    if person is None:
        return None
    with transaction.atomic():
        if guest and not candidates.end_guest_sessions(guest):
            raise RefusedError(joined_with_account)
        if not participants.bind(participant, person, now):
            raise RefusedError(
                _("This browser belongs to somebody else in this exam. Select 'Somebody else', then go on.")
            )
    return person


def start(
    participant: Participant,
    now: datetime,
    *,
    uuid: UUID | None = None,
    seat: str | None = None,
    address: str = "",
    extra: int = 0,
    put_off: timedelta = AT_ONCE,
) -> StartResult:
    """Start the participant's next attempt, or return the one that is running. Raise RefusedError, ShortageError.

    `put_off` is for how long a busy server has let this start wait.
    """
    candidate = participant.candidate
    assert candidate is not None, "only who has joined can start"
    for _read in range(MAX_READS):
        sitting = Sitting.objects.select_related("blueprint", "form__blueprint").get(pk=participant.sitting_id)
        state = standing(sitting, participant, now, put_off=put_off)
        if state.running:
            return StartResult(state.running, created=False)
        if state.obstacle:
            raise RefusedError(refusal(state.obstacle))
        terms = ClassTerms(sitting, len(state.finished) + 1, participant.extra_minutes, state.put_off)
        past = readiness.past_results(candidate, sitting.blueprint.code, shown_scores([candidate.pk]))
        request = StartRequest(
            *(candidate, sitting.blueprint, now),
            uuid=uuid or uuid4(),
            seat=seat,
            address=address,
            extra=extra,
            past=past,
            terms=terms,
        )
        try:
            return attempts.start(request)
        except TermsChangedError:
            continue
    raise RefusedError(_("Your instructor is changing this exam. Wait a moment, then select Start exam again."))
