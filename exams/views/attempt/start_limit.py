"""The page for candidates who have started as many exams and practices as they can, in an hour or in total."""

import math
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import access, rate_limits
from exams.models import Candidate
from exams.services.attempt import start_limit
from exams.services.attempt.start_limit import StartLimit, TooManyStartsError
from exams.services.people import candidates


def refusal(
    request: HttpRequest, candidate: Candidate, now: datetime, *, but: UUID | None = None
) -> HttpResponse | None:
    """Return the page that says why this candidate cannot start this attempt now; None if she can.

    It says when the next start is possible, or that none is.
    """
    if start_limit.has_all(candidate.pk, but=but):
        context = {"most": f"{candidates.MAX_ATTEMPTS:,}", "is_guest": candidate.user_id is None}
        return render(request, "exams/attempt/attempt_limit.html", context, status=409)
    try:
        limit_for(request, candidate).check(now, but=but)
    except TooManyStartsError as error:
        return too_many(request, error)
    return None


def limit_for(request: HttpRequest, candidate: Candidate) -> StartLimit:
    """Return the limit of an hour for this candidate and the guest of the same browser, in its network."""
    return StartLimit([candidate.pk, *access.beside(request)], settings.LIMIT_STARTS * rate_limits.factor(request))


def too_many(request: HttpRequest, error: TooManyStartsError) -> HttpResponse:
    """Return the page that says when the next start is possible."""
    context = {"limit": error.limit, "minutes": math.ceil(error.seconds / 60)}
    response = render(request, "exams/attempt/start_limit.html", context, status=429)
    response["Retry-After"] = str(error.seconds)
    return response
