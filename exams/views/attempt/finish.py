"""The finish page: submit the exam for a score, or end it without one; end a practice."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access, disclosure
from exams.browser_choices import reader_zone
from exams.models import Attempt, Mode, Response
from exams.services.attempt import ending, scoring_rules
from exams.services.practice import practice
from exams.views.attempt.clock import Clock
from exams.views.pages import form_page, see_other
from questions.models import Blueprint


@form_page
def finish(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Ask on GET, with the counts of open questions. POST finish=yes submits, end=without-score abandons one's own.

    An exam that is paused or held waits: finish=at-once submits it nevertheless.
    """
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now, may_stand=request.method == "POST")
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    is_practice = attempt.mode == Mode.PRACTICE  # it has no score to end without
    may_abandon = not is_practice and attempt.sitting_id is None  # an exam of a class is scored, whatever happens
    if request.method == "POST" and request.POST.get("finish") in ("yes", "at-once"):
        practice.finish(attempt, now, at_once=request.POST["finish"] == "at-once", zone=reader_zone(request.COOKIES))
        return see_other("report", uuid)
    if request.method == "POST" and request.POST.get("end") == "without-score" and may_abandon:
        ending.abandon(attempt, now)
        return see_other("report", uuid)
    without_score = request.GET.get("end") == "without-score" and may_abandon
    cells = disclosure.cells(Response.objects.filter(attempt=attempt).order_by("position"))
    unanswered = sum(cell.state == "unanswered" for cell in cells)
    incomplete = sum(cell.state == "incomplete" for cell in cells)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "rule": scoring_rules.of_attempt(attempt),
        "total": len(cells),
        "answered": sum(cell.state == "answered" for cell in cells),
        "unanswered": unanswered,
        "incomplete": incomplete,
        "wrong": unanswered + incomplete,  # they count as wrong answers
        "open": [cell.position for cell in cells if cell.state != "answered"],
        "flagged": [cell.position for cell in cells if cell.flagged],
        "time_is_up": now >= attempt.deadline,
        "without_score": without_score,
        "can_start_again": without_score and _can_start_again(attempt),
        "clock": Clock.at(now, attempt),
    }
    template = "exams/practice/end.html" if is_practice else "exams/attempt/finish.html"
    return render(request, template, context)


def _can_start_again(attempt: Attempt) -> bool:
    """Return whether the candidate could start this exam again now."""
    current = Blueprint.objects.current(attempt.form.blueprint.code)
    return bool(current and current.admits)
