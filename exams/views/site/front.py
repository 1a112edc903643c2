"""The front page: what this is in ten seconds, the way to start, and the exam that is running."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.services.attempt import assembly, attempts
from exams.services.results import corrections
from exams.views.attempt.room import Clock
from exams.views.attempt.start import retired_on
from exams.views.results.scale import ScaleChart
from questions.models import Blueprint

SPECIMEN = ScaleChart(minimum=100, passing=750, maximum=1000, scaled=739, band_lo=674, band_hi=790)
CORRECTION_SHOWN_FOR = timedelta(days=30)  # how long the front page mentions a score that a key ruling changed


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What this is, in ten seconds, and the way to start; or the exam that is running."""
    now = timezone.now()
    blueprint = Blueprint.objects.current(settings.FRONT_EXAM)
    if blueprint is None:
        return render(request, "exams/attempt/empty.html", status=503)
    candidate = access.candidate(request)
    found = attempts.open_exams(candidate) if candidate else []
    running = [(each, Clock(now, each.deadline)) for each in found if not attempts.close_if_overdue(each, now)]
    context = {
        "section": "exams",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "others": [row for row in Blueprint.objects.newest().filter(offered=True) if row.code != blueprint.code],
        "retired_on": retired_on(blueprint),
        "running": running,
        "sitting": any(each.blueprint_code == blueprint.code for each, _clock in running),
        "correction": corrections.newest(candidate, now - CORRECTION_SHOWN_FOR) if candidate else None,
        "bank_size": len(assembly.pool_for(blueprint).items),
        "guests_allowed": settings.GUESTS or request.user.is_authenticated,
        "specimen": SPECIMEN,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/front.html", context)
