"""The summary: the whole answer sheet before the finish, filtered by state."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exams import access, disclosure
from exams.models import Attempt, Response
from exams.services.attempt import answering
from exams.views.attempt.clock import Clock
from exams.views.attempt.sheet import sheet
from exams.views.redirects import see_other
from questions.content.typed_numbers import whole_number

FILTERS = ("all", "unanswered", "incomplete", "flagged")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Show the answer sheet on GET; go to a question on POST go=<position>."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    if now >= attempt.deadline:
        return redirect("finish", uuid=uuid)
    total = attempt.form.n_scored + attempt.form.n_unscored
    position = whole_number(request.POST.get("go"), 0, maximum=total)
    if request.method == "POST" and position:
        answering.set_position(uuid, access.sitter_or_404(request), position, now)
        return see_other(request, "question", uuid, position)
    cells = disclosure.cells(Response.objects.filter(attempt=attempt).order_by("position"))
    show = request.GET.get("show", "all")
    show = show if show in FILTERS else "all"
    counts = {state: sum(cell.state == state for cell in cells) for state in ("answered", "unanswered", "incomplete")}
    counts |= {"all": len(cells), "flagged": sum(cell.flagged for cell in cells)}
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "sheet": sheet(cell for cell in cells if show in ("all", cell.state) or (show == "flagged" and cell.flagged)),
        "show": show,
        "counts": counts,
        "total": total,
        "clock": Clock.at(now, attempt),
        "preferences": attempt.candidate.preferences,
    }
    return render(request, "exams/attempt/summary.html", context)
