"""The summary: the whole answer sheet before the finish, with what is unanswered, incomplete or flagged."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exams import access, disclosure
from exams.models import Attempt, Response
from exams.services.attempt import answering
from exams.views.attempt.answer import elsewhere
from exams.views.attempt.room import Clock
from exams.views.attempt.sheet import sheet

FILTERS = ("all", "unanswered", "incomplete", "flagged")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    if attempt.status != Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    if now >= attempt.deadline:
        return redirect("finish", uuid=uuid)
    total = attempt.form.n_scored + attempt.form.n_unscored
    go = request.POST.get("go", "")
    if request.method == "POST" and go.isascii() and go.isdigit() and 1 <= int(go) <= total:
        answering.go_to(uuid, access.sitter_or_404(request), int(go), now)
        return elsewhere(request, reverse("question", args=[uuid, int(go)]))
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
        "clock": Clock(now, attempt.deadline),
        "preferences": attempt.candidate.preferences,
    }
    return render(request, "exams/attempt/summary.html", context)
