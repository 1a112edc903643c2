"""The review: all questions of a finished attempt as they were seen, with key, rationales and the candidate's ticks."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.models import Attempt
from exams.services.results import question_reports
from exams.services.results import review as reviews


@never_cache
@require_safe
def review(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    attempt = access.own_attempt(request, uuid, timezone.now())
    if attempt.status == Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    exam = attempt.form.blueprint.exam
    everything = [r for r in reviews.responses(attempt) if disclosure.reveals(attempt, r)]
    show = request.GET.get("show", "all")
    labels = {
        "all": _("All"),
        "missed": _("Missed, counted"),
        "wrong": _("Wrong"),
        "unanswered": _("Unanswered"),
        "flagged": _("Flagged"),
        "unscored": _("Unscored"),
    } | {str(domain.number): domain.title for domain in exam.exam_domains}
    if show not in labels:
        show = "all"
    shown = [response for response in everything if reviews.matches(response, show)]
    options = reviews.options(shown)
    reported = question_reports.of(attempt, options)
    chips = [
        {"show": name, "label": label, "count": sum(reviews.matches(r, name) for r in everything)}
        for name, label in labels.items()
    ]
    context = {
        "attempt": attempt,
        "exam": exam,
        "section": "history",
        "preferences": attempt.candidate.preferences,
        "cards": [disclosure.card(attempt, r, options[r.revision_id], reported.get(r.revision_id, ())) for r in shown],
        "chips": chips,
        "show": show,
        "total": attempt.form.n_scored + attempt.form.n_unscored,
    }
    return render(request, "exams/results/review.html", context)
