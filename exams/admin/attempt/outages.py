"""The page *Outages* of staff: what each took from running exams, and whether they get it back."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.admin.attempt.extra_time import GRANT
from exams.models import Outage, Sitting
from exams.services.people import candidates
from exams.services.upkeep import outages
from exams.services.upkeep.outages import Loss
from questions.admin.staff_page import current_user, log, staff_action, staff_page
from questions.content.typed_numbers import whole_number
from questions.services.errors import RefusedError

MAX_LISTED = 20
MAX_LISTED_EXAMS = 500
MAX_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class OutageRow:
    """An outage with the exams that can still get minutes back: with their names, and counted by class."""

    outage: Outage
    losses: list[tuple[Loss, str]]
    classes: list[tuple[Sitting, int]]
    n_losses: int
    n_held: int
    n_given: int


@staff_page(GRANT, "admin/exams/attempt/outages.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """List the newest outages, with the lost minutes of each running exam."""
    newest = Outage.objects.select_related("by")[:MAX_LISTED]
    return {"title": _("Outages"), "rows": [_row(outage) for outage in newest]}


@staff_action(GRANT)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the minutes back to all, to a class or to chosen exams (`give`), or let the exams close as they are."""
    outage, now = get_object_or_404(Outage, pk=pk), timezone.now()
    try:
        if request.POST.get("decision") == "close":
            outages.close(outage, current_user(request), now)
            text = _("Exams whose deadlines were held end at them.")
        else:
            n = _give(request, outage)
            text = ngettext("%(n)d exam got its minutes back.", "%(n)d exams got their minutes back.", n) % {"n": n}
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        log(request, outage, text)
        messages.success(request, text)
    return redirect("admin:exams_outages")


def _give(request: HttpRequest, outage: Outage) -> int:
    post, whom = request.POST, request.POST.get("give", "")
    reason = " ".join(post.get("reason", "").split())[:MAX_REASON_CHARS]
    whose: dict[str, Any] = {}
    if whom == "chosen":
        whose["chosen"] = [whole_number(key, 0) for key in post.getlist("exam")[:MAX_LISTED_EXAMS]]
    elif whom != "all":
        whose["sitting"] = Sitting.objects.filter(pk=whole_number(whom, 0)).first()
        if whose["sitting"] is None:
            raise RefusedError(_("Choose who gets the minutes back."))
    return outages.give_back(outage, current_user(request), reason, timezone.now(), **whose)


def _row(outage: Outage) -> OutageRow:
    losses = outages.losses(outage, timezone.now())
    sittings = {loss.attempt.sitting_id: loss.attempt.sitting for loss in losses if loss.attempt.sitting}
    counts = Counter(loss.attempt.sitting_id for loss in losses)
    return OutageRow(
        outage,
        [(loss, candidates.name(loss.attempt.candidate)) for loss in losses[:MAX_LISTED_EXAMS]],
        [(sitting, counts[key]) for key, sitting in sittings.items()],
        len(losses),
        sum(loss.is_held for loss in losses) if outage.decision == Outage.Decision.NONE else 0,
        outages.given_in(outage),
    )
