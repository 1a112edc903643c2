"""Whose attempt is this? Strangers, other candidates and ended sessions get the same 404 as for what does not exist."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest

from exams.models import Attempt, Candidate
from exams.services import answering, attempts
from exams.services.answering import Sitter

CANDIDATE_KEY, EPOCH_KEY = "candidate", "candidate_epoch"


def sitter(request: HttpRequest) -> Sitter | None:
    """Who sits in this browser, from the session alone: no user row on the hot path."""
    candidate = request.session.get(CANDIDATE_KEY)
    return Sitter(candidate, request.session.get(EPOCH_KEY, 0)) if candidate is not None else None


def remember(request: HttpRequest, candidate: Candidate) -> None:
    """Puts the candidate into this browser's session."""
    request.session[CANDIDATE_KEY] = candidate.pk
    request.session[EPOCH_KEY] = candidate.epoch


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


def own_attempt(request: HttpRequest, uuid: UUID, now: datetime) -> Attempt:
    """The attempt at this address with form, blueprint and candidate, closed first if its time is over.

    This is the one thing that a GET may write: a candidate who comes back late must not meet an open exam.
    """
    attempt = (
        answering.mine(uuid, sitter_or_404(request)).select_related("form__blueprint", "candidate", "report").first()
    )
    if attempt is None:
        raise Http404
    attempts.close_if_overdue(attempt, now)
    return attempt
