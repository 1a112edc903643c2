"""The review: the questions of a finished attempt as shown, with key, rationales and the candidate's ticks."""

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
    """Show the disclosed questions that match the filter `?show=`."""
    attempt = access.own_attempt(request, uuid, timezone.now())
    if attempt.status == Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    exam = attempt.form.blueprint.exam
    open_questions = reviews.questions_in_open_exams(access.candidate_ids(request))
    responses = reviews.responses(attempt)
    disclosed = [row for row in responses if disclosure.is_disclosed(attempt, row, open_questions)]
    hidden = sum(disclosure.is_disclosed(attempt, row) for row in responses) - len(disclosed)
    show = request.GET.get("show", "all")
    labels = {
        "all": _("All"),
        "missed": _("Missed (scored)"),
        "wrong": _("Wrong"),
        "unanswered": _("Unanswered"),
        "flagged": _("Flagged"),
        "unscored": _("Unscored"),
    } | {str(domain.number): domain.title for domain in exam.exam_domains}
    if show not in labels:
        show = "all"
    responses = [response for response in disclosed if reviews.matches(response, show)]
    options = reviews.options_by_revision(responses)
    reports = question_reports.reports_by_revision(attempt, options)
    filters = [
        {"show": name, "label": label, "count": sum(reviews.matches(response, name) for response in disclosed)}
        for name, label in labels.items()
    ]
    cards = [
        disclosure.card(
            attempt, response, options[response.revision_id], reports.get(response.revision_id, ()), open_questions
        )
        for response in responses
    ]
    context = {
        "attempt": attempt,
        "exam": exam,
        "section": "history",
        "preferences": attempt.candidate.preferences,
        "cards": cards,
        "anchors": [card.anchor for card in cards],  # messages about a question stand at the question
        "filters": filters,
        "filter_label": labels[show],
        "hidden": hidden,
        "show": show,
        "total": attempt.form.n_scored + attempt.form.n_unscored,
    }
    return render(request, "exams/results/review.html", context)
