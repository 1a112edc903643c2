"""The front page: open exams, then the last result, or for newcomers what the site offers."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.services.attempt import assembly, attempts
from exams.services.results.corrections import newest_correction
from exams.services.results.history import newest_result
from exams.views.attempt.clock import Clock
from exams.views.attempt.rules import StartToken, retirement_date
from exams.views.results.scale import ScaleChart
from exams.views.site import sample_question
from questions.models import Blueprint

EXAMPLE_CHART = ScaleChart(minimum=100, passing=750, maximum=1000, scaled=739, band=(674, 790))
CORRECTION_SHOWN_FOR = timedelta(days=30)  # after a key ruling has changed a score


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the candidate's open exams and last result. Without a result, present the exam and a sample question."""
    now = timezone.now()
    blueprint = Blueprint.objects.current(settings.FRONT_EXAM)
    if blueprint is None:
        return render(request, "exams/site/front_empty.html", status=503)
    candidate = access.candidate(request)
    open_exams = [
        (attempt, Clock.at(now, attempt))
        for attempt in attempts.open_exams(candidate)
        if not attempts.close_if_overdue(attempt, now)
    ]
    last = newest_result(candidate) if candidate else None
    sample_options = sample_question.options(request.GET.get("sample", ""))
    context = {
        "section": "exams",
        "last": last,
        "last_chart": ScaleChart.of(last.report, last.form.blueprint.exam.scale) if last and last.report else None,
        "sample_options": sample_options,
        "sample_answer": any(option.ticked for option in sample_options),
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "other_blueprints": [
            row for row in Blueprint.objects.newest().filter(offered=True) if row.code != blueprint.code
        ],
        "retired_on": retirement_date(blueprint),
        "open_exams": open_exams,
        "is_open": any(attempt.blueprint_code == blueprint.code for attempt, _clock in open_exams),
        "correction": newest_correction(candidate, now - CORRECTION_SHOWN_FOR) if candidate else None,
        "bank_size": len(assembly.pool_for(blueprint).items),
        "has_practice": bool(blueprint.exam.practice),
        "start_token": StartToken.new().signed(request),
        "guests_allowed": settings.GUESTS or request.user.is_authenticated,
        "example_chart": EXAMPLE_CHART,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/front.html", context)
