"""The page for candidates who have started as many exams and practices as they can in an hour."""

import math
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import access
from exams.services.attempt import start_limit


def refusal(request: HttpRequest, now: datetime, *, but: UUID | None = None) -> HttpResponse | None:
    """Return the page that says when the next start is possible; None if the candidate can start this attempt now."""
    seconds = start_limit.seconds_to_wait(access.candidate_ids(request), settings.LIMIT_STARTS, now, but=but)
    if not seconds:
        return None
    context = {"limit": settings.LIMIT_STARTS, "minutes": math.ceil(seconds / 60)}
    response = render(request, "exams/attempt/start_limit.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
