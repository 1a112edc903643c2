"""The summary: the whole answer sheet before the finish, filtered by state. A practice ends here."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access, disclosure
from exams.browser_choices import reader_zone
from exams.models import Attempt, Mode, Response
from exams.services.attempt import annotations, answering, scoring_rules
from exams.services.practice import practice
from exams.views.attempt.clock import Clock
from exams.views.attempt.sheet import ALL, AnswerSheet, address, chosen_filter
from exams.views.pages import form_page, see_other
from questions.content.typed_numbers import whole_number


@form_page
def summary(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Show the answer sheet on GET. POST go=<position> goes to a question, finish=yes ends a practice."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    if now >= attempt.deadline:
        return redirect("finish", uuid=uuid)
    is_practice = attempt.mode == Mode.PRACTICE
    if request.method == "POST" and request.POST.get("finish") == "yes" and is_practice:
        practice.finish(attempt, now, zone=reader_zone(request.COOKIES))
        return see_other("attempt", uuid)
    total = attempt.form.n_questions
    position = whole_number(request.POST.get("go"), 0, maximum=total)
    if request.method == "POST" and position:
        answering.set_position(uuid, access.sitter_or_404(request), position, now)
        return see_other(address("question", uuid, position, show=chosen_filter(request)))
    show = chosen_filter(request)
    rows = Response.objects.filter(attempt=attempt).order_by("position")
    # As in the room: nothing about a question of an exam that was started after the practice.
    verdicts = is_practice and not practice.hidden_questions(access.sitter_or_404(request))
    noted = annotations.read(attempt).noted
    sheet = AnswerSheet(disclosure.cells(rows, noted=noted, verdicts=verdicts), show)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "rule": scoring_rules.of_attempt(attempt),
        "sheet": sheet,
        "show": show,
        "no_later_match": show != ALL and sheet.count(show) and sheet.next_position(attempt.position) is None,
        "total": total,
        "clock": Clock.at(now, attempt),
    }
    return render(request, "exams/attempt/summary.html", context)
