"""The history: all exams of this candidate, also those ended without a score."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.services.attempt import attempts
from exams.services.people import candidates
from exams.services.results import corrections
from exams.services.results import history as histories


@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    candidate = access.candidate(request)
    sat = list(histories.of(candidate)) if candidate else []
    for attempt in sat:
        attempts.close_if_overdue(attempt, now)
    corrected = corrections.by_attempt(sat)
    context = {
        "section": "history",
        "attempts": [(attempt, corrected.get(attempt.pk, [])) for attempt in sat],
        "preferences": candidate.preferences if candidate else {},
        "guest_code": candidates.guest_code(candidate) if candidate and sat and candidate.user_id is None else "",
    }
    return render(request, "exams/results/history.html", context)
