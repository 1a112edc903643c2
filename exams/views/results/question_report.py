"""A candidate reports a problem with a question, during the exam or from the review."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import access, disclosure, rate_limits
from exams.models import Attempt, Response
from exams.rate_limits import Limit
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results import question_reports
from exams.views.attempt.clock import Clock
from exams.views.pages import SeeOther, form_page
from questions.models.collection import with_language
from questions.services.errors import RefusedError


class QuestionReportForm(forms.Form):
    """The text of a report."""

    text = forms.CharField(error_messages={"required": gettext_lazy("Describe what is wrong.")})


@form_page
def question_report(request: HttpRequest, uuid: UUID, position: int) -> HttpResponseBase:
    """Show the report form on GET; send it on POST. Return to the question, its review with filters, or the end."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    total = attempt.form.n_questions
    if not 1 <= position <= total:
        raise Http404
    is_open = attempt.status == Attempt.Status.OPEN
    if is_open and now >= attempt.deadline:
        back_url = reverse("finish", args=[uuid])
    elif is_open:
        back_url = reverse("question", args=[uuid, position])
    else:
        back_url = reverse("review_question", args=[uuid, position], query=request.GET, fragment="about")
    form = QuestionReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        error = _send(request, attempt, position, form.cleaned_data["text"], now)
        if not error:
            thanks = _("Thank you. Your report was sent to the authors of the question.")
            messages.success(request, thanks, extra_tags=f"q{position}")  # the review shows it at this question
            return SeeOther(back_url)
        form.add_error("text", error)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "position": position,
        "is_open": is_open,
        "back_url": back_url,
        "reported": _card(request, attempt, position),
        "text": form["text"].value() or "",
        "error": " ".join(str(message) for message in form["text"].errors),
        "max_chars": question_reports.MAX_REPORT_CHARS,
        "clock": Clock.at(now, attempt),
    }
    return render(request, "exams/results/question_report.html", context, status=400 if form.errors else 200)


def _send(request: HttpRequest, attempt: Attempt, position: int, text: str, now: datetime) -> str:
    """Send the report. Return why it was not sent, "" if it was.

    Guests outside of classes are counted by network, too: everybody can become a new one.
    """
    counted = None
    if attempt.candidate.user_id is None and attempt.sitting_id is None:
        counted = Limit.REPORT_OF_GUEST, rate_limits.network(request)
    if counted and rate_limits.is_reached(request, *counted):
        return _(
            "As many problems were reported from your network today as one network can report without an account. "
            "Sign in to report this one, or send it tomorrow."
        )
    try:
        report = question_reports.send(attempt, position, text, now)
    except RefusedError as refused:
        return str(refused)
    if report is None:
        return _("You already have three open reports on this question. Wait for an answer before you send more.")
    if counted:
        rate_limits.count(request, *counted)
    return ""


def _card(request: HttpRequest, attempt: Attempt, position: int) -> disclosure.Card | None:
    """Return the question as the candidate saw it, so that the letters of the report are clear; None if hidden."""
    rows = Response.objects.select_related("revision__question__topic")
    response = get_object_or_404(rows, attempt=attempt, position=position)
    hidden = hidden_from(access.candidate_ids(request))
    if attempt.status != Attempt.Status.OPEN and not disclosure.is_disclosed(attempt, response, hidden):
        return None
    options = with_language(response.revision.options, "revision__question")
    return disclosure.card(attempt, response, options, open_questions=hidden)
