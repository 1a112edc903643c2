"""The end page of a practice: how many answers were right, and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from exams import access
from exams.models import Attempt
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice import practice
from exams.views.practice.today import step_context


def result_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Render the result of a finished practice."""
    context = {
        "section": "practice",
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "result": practice.result(attempt, hidden_from(access.candidate_ids(request))),
        "guest_code": candidates.shown_guest_code(attempt.candidate),
        **step_context(request, attempt.candidate, attempt.form.blueprint, timezone.now()),
    }
    return render(request, "exams/practice/result.html", context)
