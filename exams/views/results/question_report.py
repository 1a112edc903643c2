"""A candidate reports a problem with a question, during the exam or from the review."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exams import access
from exams.models import Attempt
from exams.services.results import question_reports
from exams.views.attempt.answer import SeeOther
from exams.views.attempt.room import Clock


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question_report(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    total = attempt.form.n_scored + attempt.form.n_unscored
    if not 1 <= position <= total:
        raise Http404
    running = attempt.status == Attempt.Status.OPEN
    back = reverse("question", args=[uuid, position]) if running else reverse("review", args=[uuid]) + f"#q{position}"
    text, error = request.POST.get("text", ""), ""
    if request.method == "POST":
        if not text.strip():
            error = _("Say in a few words what is wrong.")
        elif question_reports.send(attempt, position, text, now) is None:
            error = _("You have three open reports on this question. They are read before more can be sent.")
        else:
            messages.success(request, _("Thank you. Your report goes to the people who write the questions."))
            return SeeOther(back)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "position": position,
        "running": running,
        "back": back,
        "text": text,
        "error": error,
        "longest": question_reports.LONGEST,
        "clock": Clock(now, attempt.deadline),
        "preferences": attempt.candidate.preferences,
    }
    return render(request, "exams/results/question_report.html", context, status=400 if error else 200)
