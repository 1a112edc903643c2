"""The seat page: an exam of a class is written by one browser, and another one asks before it takes over."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access, sessions
from exams.models import Attempt
from exams.services.attempt import seats
from exams.views.pages import form_page, see_other


@form_page
def seat(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Ask on GET whether to continue here; on POST take over. A browser that writes, or may not ask, goes on."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now, any_seat=True)
    if attempt.status != Attempt.Status.OPEN or attempt.seat in ("", access.seat(request)):
        return redirect("attempt", uuid=uuid)
    if request.method != "POST":
        return render(request, "exams/attempt/seat.html", {"uuid": uuid})
    sessions.seat(request, uuid)
    if seats.take_over(uuid, access.sitter_or_404(request), now, sessions.short_address(request)):
        sessions.remember_entry(request, uuid, now)
    return see_other("attempt", uuid)
