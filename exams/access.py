"""Access to attempts. Strangers, other candidates and ended sessions get the same 404 as a missing attempt."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.db.models import Exists, F, OuterRef, Q
from django.http import Http404, HttpRequest
from django.utils.crypto import salted_hmac

from exams.models import Attempt, Candidate
from exams.services.attempt import answering, ending, standing
from exams.services.attempt.answering import Sitter
from exams.services.attempt.standing import Standing
from exams.services.people import candidates
from questions.content.syllabus import Syllabus
from questions.models import Blueprint
from questions.services import stored_bank

CANDIDATE_KEY, EPOCH_KEY, PENDING_GUEST_KEY = "candidate", "candidate_epoch", "pending_guest"
# Session key: the name of this browser in logs and as a seat, an attempt, and the epoch seconds of its last entry.
SEAT_KEY = "seat"
DATA_DELETED_KEY = "data_deleted"  # session key of a browser whose last candidate was erased
TOKEN_DIGITS = 8
DATA_DELETED_SECONDS = 24 * 3600


class SessionEndedError(Exception):
    """This session was invalidated: by a new password, a deactivated account, a renewed link, or a claim of a guest."""


class DataDeletedError(Exception):
    """The data behind this session was deleted, perhaps in another tab or browser."""


class StandingError(Exception):
    """This exam is paused, or its deadline is held until somebody decides about an outage."""

    def __init__(self, attempt: Attempt, reason: Standing, now: datetime) -> None:
        super().__init__("This exam stands still.")
        self.attempt, self.reason, self.now = attempt, reason, now


class SeatTakenError(Exception):
    """Another browser writes this exam of a class.

    `last_request` says what happened to what this browser had not sent: it was stored, it was outdated, or (None) its
    last request had been before.
    """

    def __init__(self, uuid: UUID, last_request: bool | None = None) -> None:
        super().__init__("Another browser writes this exam.")
        self.uuid, self.last_request = uuid, last_request


def sitter(request: HttpRequest) -> Sitter | None:
    """Return the candidate of this session, without a query for the user on the hot path."""
    candidate_id = request.session.get(CANDIDATE_KEY)
    if candidate_id is None:
        return _user_sitter(request)
    guest = request.session.get(PENDING_GUEST_KEY)
    epoch = request.session.get(EPOCH_KEY, 0)
    return Sitter(candidate_id, epoch, pending_guest=Sitter(*guest) if guest else None, seat=seat(request))


def _user_sitter(request: HttpRequest) -> Sitter | None:
    """Return the candidate of a user who signed in here before the candidate was created in another browser."""
    row = _user_candidate(request)
    return Sitter(row.pk, row.epoch, seat=seat(request)) if row else None


def _user_candidate(request: HttpRequest) -> Candidate | None:
    if SESSION_KEY not in request.session or not request.user.is_authenticated:
        return None
    return Candidate.objects.filter(user=request.user).first()


def seat(request: HttpRequest) -> str:
    """Return the name of this browser, "" before its first exam. It is in the session alone: no request claims it."""
    return str(request.session.get(SEAT_KEY, [""])[0])


def remember(request: HttpRequest, candidate: Candidate, pending_guest: Candidate | None = None) -> None:
    """Store the candidate in the session, and the guest whose open exam has to be finished first.

    A session that was somebody else's, or nobody's, gets another key: the person who used this browser before may have
    copied it. A sign-in has already changed the key.
    """
    former = request.session.get(CANDIDATE_KEY)
    is_new_guest = former is None and SESSION_KEY not in request.session
    if request.session.session_key and (is_new_guest or former not in (None, candidate.pk)):
        request.session.cycle_key()
    if request.session.pop(DATA_DELETED_KEY, None) and SESSION_KEY not in request.session:
        request.session.set_expiry(None)
    request.session[CANDIDATE_KEY] = candidate.pk
    request.session[EPOCH_KEY] = candidate.epoch
    request.session.pop(PENDING_GUEST_KEY, None)
    if pending_guest:
        request.session[PENDING_GUEST_KEY] = [pending_guest.pk, pending_guest.epoch]
    _keep(request, candidate)


def forget(request: HttpRequest) -> None:
    """Remove the candidate from the session."""
    for key in (CANDIDATE_KEY, EPOCH_KEY, PENDING_GUEST_KEY):
        request.session.pop(key, None)
    _keep(request, None)


def note_deletion(request: HttpRequest) -> None:
    """Forget the erased candidate, and remember for a day that there was one, for other tabs of this browser."""
    forget(request)
    request.session[DATA_DELETED_KEY] = True
    request.session.set_expiry(DATA_DELETED_SECONDS)


def sitter_or_404(request: HttpRequest) -> Sitter:
    """Return the candidate of this session. Raise Http404 without one, DataDeletedError if it was erased here."""
    current = sitter(request)
    if current is None:
        raise DataDeletedError if DATA_DELETED_KEY in request.session else Http404
    return current


def candidate_ids(request: HttpRequest) -> list[int]:
    """Return the candidate of this session and the guest of this browser whose open exam is not merged yet.

    Neither of them if the session was invalidated for it: that person reads nothing more, and starts nothing.
    """
    return [owner.pk for owner in _owners(request) if owner]


def beside(request: HttpRequest) -> list[int]:
    """Return the guest beside the candidate, alone in a list; empty without one."""
    _candidate, guest = _owners(request)
    return [guest.pk] if guest else []


def browser_owners(request: HttpRequest) -> dict[str, Any]:
    """Context processor: whose data the scripts may keep in this browser, by tokens, and delete those of others.

    The first is the candidate of this session, another the guest whose open exam is not merged yet. No query.
    """
    session = getattr(request, "session", {})
    guest = session.get(PENDING_GUEST_KEY) or [None]
    owners = [pk for pk in (session.get(CANDIDATE_KEY), guest[0]) if pk is not None]
    tokens = [salted_hmac("browser_owners", str(pk), algorithm="sha256").hexdigest() for pk in owners]
    return {"browser_owners": [token[:TOKEN_DIGITS] for token in tokens]}


def candidate(request: HttpRequest) -> Candidate | None:
    """Return the candidate of this session, None without one or if the session was invalidated."""
    return _keep(request, _present_owners(request)[0])


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Return the reading preferences for a page of this request: no query if its view has read the candidate."""
    row = read_candidate(request)
    return row.preferences if row else {}


def read_candidate(request: HttpRequest) -> Candidate | None:
    """Return the candidate as this request has read it before: no query, unless this is the first reading."""
    if not hasattr(request, "_candidate"):
        return candidate(request) if hasattr(request, "session") else None
    row: Candidate | None = request._candidate
    return row


def _keep(request: HttpRequest, row: Candidate | None) -> Candidate | None:
    """Keep the row with the request, for `read_candidate` alone: other readers need its present state."""
    request._candidate = row  # type: ignore[attr-defined]
    return row


def pending_guest(request: HttpRequest) -> Candidate | None:
    """Return the guest of this browser whose open exam has to be finished before it can be merged."""
    return _present_owners(request)[1] if PENDING_GUEST_KEY in request.session else None


type _Owners = tuple[Candidate | None, Candidate | None]


def _owners(request: HttpRequest) -> _Owners:
    """Return the candidate and the guest as this request has read them before, or read them."""
    session, owners = getattr(request, "_owners", (None, None))
    if owners is None or session != _names_in(request):
        owners = _read_owners(request)
        if not hasattr(request, "_candidate"):
            _keep(request, owners[0])
    return owners


def _present_owners(request: HttpRequest) -> _Owners:
    """Return both as they are now: a request that changes something reads them again, a page once."""
    return _owners(request) if request.method in ("GET", "HEAD") else _read_owners(request)


def _read_owners(request: HttpRequest) -> _Owners:
    """Read the candidate of this session and the guest beside it with one query, each if the session is still valid."""
    if CANDIDATE_KEY not in request.session:
        return _keep_owners(request, (_user_candidate(request), None))
    current = sitter(request)
    assert current is not None
    is_own, guest = Q(pk=current.candidate_id, epoch=current.epoch), current.pending_guest
    if guest:
        is_own |= Q(pk=guest.candidate_id, epoch=guest.epoch)
    rows = {row.pk: row for row in Candidate.objects.filter(is_own)}
    return _keep_owners(request, (rows.get(current.candidate_id), rows.get(guest.candidate_id) if guest else None))


def _keep_owners(request: HttpRequest, owners: _Owners) -> _Owners:
    """Keep who was read, for as long as the session names the same."""
    request._owners = _names_in(request), owners  # type: ignore[attr-defined]
    return owners


def _names_in(request: HttpRequest) -> list[Any]:
    return [request.session.get(key) for key in (SESSION_KEY, CANDIDATE_KEY, EPOCH_KEY, PENDING_GUEST_KEY)]


def attempt_not_found(request: HttpRequest) -> Exception:
    """Return the exception for an attempt that is not the sitter's: Http404, or why the session is over."""
    current = sitter(request)
    if current is None:
        return Http404()
    row = Candidate.objects.filter(pk=current.candidate_id).values_list("epoch", "erased_at").first()
    if row and row[0] == current.epoch:
        return Http404()
    return DataDeletedError() if row and row[1] else SessionEndedError()


def ended_candidate_id(request: HttpRequest) -> int | None:
    """Return the candidate whose session this was before it was invalidated, None if it is valid, or nobody's."""
    return None if _owners(request)[0] else request.session.get(CANDIDATE_KEY)


def adopt(request: HttpRequest, claim: candidates.Claim) -> None:
    """Store the result of a claim in the session."""
    if claim.candidate:
        remember(request, claim.candidate, claim.pending_guest)
    else:
        forget(request)


def settle(request: HttpRequest) -> None:
    """Merge the pending guest once their exam is closed; store a candidate that was created in another browser."""
    if PENDING_GUEST_KEY in request.session:
        owner, guest = candidate(request), pending_guest(request)
        # Exams of a class stay with the guest, so there is nothing more to merge before the next sign-in.
        unmerged = Attempt.objects.filter(Q(status="open") | Q(sitting__isnull=False), candidate=guest)
        if owner and not (guest and unmerged.exists()):
            adopt(request, candidates.claim(owner, guest, seat(request)))
    elif SESSION_KEY in request.session and CANDIDATE_KEY not in request.session and (owner := candidate(request)):
        remember(request, owner)


def own_attempt(
    request: HttpRequest,
    uuid: UUID,
    now: datetime,
    *,
    with_report: bool = False,
    any_seat: bool = False,
    may_stand: bool = False,
) -> Attempt:
    """Return the sitter's attempt with form, blueprint and candidate. Close it first if it is overdue.

    Raise SeatTakenError for an open exam of a class that another browser writes, unless `any_seat`, and StandingError
    for one that is paused or held, unless `may_stand`. `with_report` also
    reads the score report. Closing an overdue attempt is the only write that a GET may do: a candidate who returns late
    must not get an open exam.
    """
    rows = answering.read_attempt(uuid, sitter_or_404(request))
    rows = rows.select_related("form__blueprint", "candidate")
    rows = rows.defer("form__plan")  # no page needs it, and it is long
    rows = rows.annotate(offline_reload=F("sitting__offline_reload"))  # None of an exam that is not of a class
    in_class = Attempt.objects.open().filter(candidate=OuterRef("candidate"), sitting__isnull=False)
    rows = rows.annotate(in_class=Exists(in_class))
    if with_report:
        rows = rows.select_related("report", "sitting")
    try:
        attempt = rows.get()
    except Attempt.DoesNotExist:
        raise attempt_not_found(request) from None
    attempt.candidate.in_class_exam = attempt.in_class
    _keep(request, attempt.candidate)
    if PENDING_GUEST_KEY not in request.session:
        _keep_owners(request, (attempt.candidate, None))
    is_open = not ending.close_if_overdue(attempt, now)
    if is_open and not may_stand and (reason := standing.reason(attempt, now)):
        raise StandingError(attempt, reason, now)
    if is_open and not any_seat and attempt.seat not in ("", seat(request)):
        raise SeatTakenError(uuid)
    return attempt


def check_seats(request: HttpRequest, owners: Collection[Candidate]) -> None:
    """Raise SeatTakenError while another browser writes an exam of a class as one of these candidates."""
    taken = Attempt.objects.seated_elsewhere(seat(request)).filter(candidate__in=owners).first()
    if taken:
        raise SeatTakenError(taken.uuid)


def blueprint_or_404(code: str) -> Blueprint:
    """Return the newest version of a blueprint. Raise Http404 for an unknown code."""
    blueprint = Blueprint.objects.current(code.upper())
    if blueprint is None:
        raise Http404
    return blueprint


def syllabus_or_404(exam: str) -> Syllabus:
    """Return the syllabus of an exam. Raise Http404 without one."""
    syllabus = stored_bank.kept_syllabus(exam)
    if syllabus is None:
        raise Http404
    return syllabus
