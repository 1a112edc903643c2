"""The history: the exams of this candidate, including those ended without a score."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.services.attempt import attempts
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.results.corrections import corrections_by_attempt
from exams.services.results.history import candidate_exams


@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """List the candidate's exams, newest first."""
    now = timezone.now()
    candidate = access.candidate(request)
    exams = list(candidate_exams(candidate)) if candidate else []
    for attempt in exams:
        attempts.close_if_overdue(attempt, now)
    corrections = corrections_by_attempt(exams)
    practices = practice.candidate_practices(candidate) if candidate else []
    for attempt in practices:
        attempts.close_if_overdue(attempt, now)
    is_guest = candidate is not None and candidate.user_id is None
    context = {
        "section": "history",
        "attempts": [(attempt, corrections.get(attempt.pk, [])) for attempt in exams],
        "practices": practices,
        "is_signed_out": candidate is None and not request.user.is_authenticated,
        "preferences": candidate.preferences if candidate else {},
        "guest_code": candidates.guest_code(candidate) if candidate and is_guest and (exams or practices) else "",
    }
    return render(request, "exams/results/history.html", context)
