"""The account page of a user or a guest."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.services.attempt import attempts
from exams.services.people import candidates


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponseBase:
    """Show a user with an account, or a guest with a guest code."""
    candidate, pending_guest = access.candidate(request), access.pending_guest(request)
    if not request.user.is_authenticated and (candidate is None or candidate.user_id):
        return redirect("account_login")
    guest = pending_guest if request.user.is_authenticated else candidate
    context = {
        "section": "account",
        "guest_code": candidates.guest_code(guest) if guest and guest.user_id is None else "",
        "open_exams": attempts.open_exams(candidate),
        "guest_open_exams": attempts.open_exams(pending_guest),
        "time_zone": settings.DISPLAY_TZ,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/people/account.html", context)
