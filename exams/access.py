"""Whose attempt is this? Strangers, other candidates and ended sessions get the same 404 as for what does not exist."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.http import Http404, HttpRequest

from exams.models import Attempt, Candidate
from exams.services.attempt import annotations, answering, attempts
from exams.services.attempt.answering import Sitter
from exams.services.people import candidates

CANDIDATE_KEY, EPOCH_KEY, BESIDE_KEY = "candidate", "candidate_epoch", "beside"


class SessionEnded(Exception):
    """This browser's session was ended from elsewhere: a new password, a deactivated account, a guest who joined."""


def sitter(request: HttpRequest) -> Sitter | None:
    """Who sits in this browser, from the session alone: no user row on the hot path."""
    candidate = request.session.get(CANDIDATE_KEY)
    if candidate is None:
        return _of_user(request)
    beside = request.session.get(BESIDE_KEY)
    return Sitter(candidate, request.session.get(EPOCH_KEY, 0), beside=Sitter(*beside) if beside else None)


def _of_user(request: HttpRequest) -> Sitter | None:
    """A user who signed in here before her first exam began in another browser."""
    if SESSION_KEY not in request.session or not request.user.is_authenticated:
        return None
    row = Candidate.objects.filter(user=request.user).values_list("pk", "epoch").first()
    return Sitter(*row) if row else None


def remember(request: HttpRequest, candidate: Candidate, beside: Candidate | None = None) -> None:
    """Puts the candidate into this browser's session, and the guest whose running exam has to be finished first."""
    request.session[CANDIDATE_KEY] = candidate.pk
    request.session[EPOCH_KEY] = candidate.epoch
    request.session.pop(BESIDE_KEY, None)
    if beside:
        request.session[BESIDE_KEY] = [beside.pk, beside.epoch]


def forget(request: HttpRequest) -> None:
    """Takes the candidate out of this browser's session."""
    for key in (CANDIDATE_KEY, EPOCH_KEY, BESIDE_KEY):
        request.session.pop(key, None)


def sitter_or_404(request: HttpRequest) -> Sitter:
    who = sitter(request)
    if who is None:
        raise Http404
    return who


def candidate(request: HttpRequest) -> Candidate | None:
    """The candidate of this browser, if the session is still good."""
    who = sitter(request)
    if who is None:
        return None
    return Candidate.objects.filter(pk=who.candidate_id, epoch=who.epoch).first()


def beside(request: HttpRequest) -> Candidate | None:
    """The guest of this browser whose running exam has to be finished before the two are one."""
    who = sitter(request)
    if who is None or who.beside is None:
        return None
    return Candidate.objects.filter(pk=who.beside.candidate_id, epoch=who.beside.epoch).first()


def missing(request: HttpRequest) -> Exception:
    """What to raise when the attempt is not this sitter's: the 404 of everybody, or that the session has ended."""
    who = sitter(request)
    if who and not Candidate.objects.filter(pk=who.candidate_id, epoch=who.epoch).exists():
        return SessionEnded()
    return Http404()


def adopt(request: HttpRequest, claim: candidates.Claim) -> None:
    """Makes this browser's session what a claim has made of its candidates."""
    if claim.candidate:
        remember(request, claim.candidate, claim.beside)
    else:
        forget(request)


def settle(request: HttpRequest) -> None:
    """Joins the guest beside a candidate once her exam is closed; learns of a candidate made in another browser."""
    if BESIDE_KEY in request.session:
        owner, guest = candidate(request), beside(request)
        if owner and not (guest and Attempt.objects.open().filter(candidate=guest).exists()):
            adopt(request, candidates.claim(owner, guest))
    elif SESSION_KEY in request.session and CANDIDATE_KEY not in request.session and (owner := candidate(request)):
        remember(request, owner)


def own_attempt(request: HttpRequest, uuid: UUID, now: datetime, notes_on: int | None = None) -> Attempt:
    """The attempt at this address with form, blueprint and candidate, closed first if its time is over.

    `notes_on` reads the note on that question and the scratchpad along.

    This is the one thing that a GET may write: a candidate who comes back late must not meet an open exam.
    """
    mine = answering.mine(uuid, sitter_or_404(request)).select_related("form__blueprint", "candidate")
    attempt = (mine if notes_on is None else annotations.with_notes(mine, notes_on)).first()
    if attempt is None:
        raise missing(request)
    attempts.close_if_overdue(attempt, now)
    return attempt
