"""The two steps to the end: hand in for a score, or end without one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exams import access, disclosure
from exams.models import Attempt, Response
from exams.services.attempt import attempts
from exams.views.attempt.answer import elsewhere
from exams.views.attempt.room import Clock


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """GET asks, naming what is unanswered; POST finish=… hands in, POST end=without-score ends without a score."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    if request.method == "POST" and request.POST.get("finish") == "yes":
        attempts.finish(attempt, now)
        return elsewhere(request, reverse("attempt", args=[uuid]))
    if request.method == "POST" and request.POST.get("end") == "without-score":
        attempts.abandon(attempt, now)
        return elsewhere(request, reverse("attempt", args=[uuid]))
    cells = disclosure.cells(Response.objects.filter(attempt=attempt).order_by("position"))
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "total": len(cells),
        "answered": sum(cell.state == "answered" for cell in cells),
        "unanswered": sum(cell.state == "unanswered" for cell in cells),
        "incomplete": sum(cell.state == "incomplete" for cell in cells),
        "flagged": sum(cell.flagged for cell in cells),
        "time_is_up": now >= attempt.deadline,
        "without_score": request.GET.get("end") == "without-score",
        "clock": Clock(now, attempt.deadline),
        "preferences": attempt.candidate.preferences,
    }
    return render(request, "exams/attempt/finish.html", context)
