"""The leave page: this browser forgets the guest."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exams import access
from exams.services.attempt import attempts
from exams.services.people import candidates
from exams.views.pages import form_page, see_other


@form_page
def leave(request: HttpRequest) -> HttpResponseBase:
    """Show the guest code once more on GET; end the session on POST. Users sign out instead."""
    if request.user.is_authenticated:
        return redirect("account_logout")
    candidate = access.candidate(request)
    if request.method == "POST":
        request.session.flush()
        rotate_token(request)  # the next person cannot start from a rules page in the history of this browser
        messages.success(
            request,
            _("This browser has forgotten your exams. They stay on the server, and your guest code opens them."),
        )
        return see_other("front")
    if candidate is None:
        return render(request, "exams/people/leave.html")
    context = {
        "is_guest": candidate.user_id is None,
        "guest_code": candidates.shown_guest_code(candidate),
        "guest_days": settings.GUEST_DAYS,
        "has_open_exam": bool(attempts.open_exams(candidate)),
    }
    return render(request, "exams/people/leave.html", context)
