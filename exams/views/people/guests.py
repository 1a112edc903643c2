"""Guests on their way: back by a guest code, away from this browser; and what is kept of whom."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from exams import access
from exams.models import Attempt
from exams.services.people import candidates

THROTTLE = "guest_code"  # its rate stands in ACCOUNT_RATE_LIMITS; counted in the cache, shared where there is Redis


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponseBase:
    """The guest code: binds this browser to the guest, or brings the guest's exams into the account."""
    signed_in = request.user.is_authenticated
    if not settings.GUESTS and not signed_in:
        return render(
            request, "exams/people/return.html", {"closed": True}, status=403 if request.method == "POST" else 200
        )
    if request.method != "POST":
        return render(request, "exams/people/return.html")
    typed = request.POST.get("code", "")[:100]
    if not ratelimit.consume(request, action=THROTTLE, dry_run=True):
        error = _("Too many codes were wrong. Wait a minute, then try again.")
        return render(request, "exams/people/return.html", {"typed": typed, "error": error}, status=429)
    access.settle(request)
    if access.BESIDE_KEY in request.session:
        error = _("Two of your exams are running already. Finish the one you started as a guest, then come back.")
        return render(request, "exams/people/return.html", {"typed": typed, "error": error}, status=409)
    guest = candidates.by_code(typed)
    if guest is None:
        ratelimit.consume(request, action=THROTTLE)
        error = _(
            "No guest has this code. Check each character. A code ends when its guest makes an account "
            "or stays away for a long time; with an account, sign in instead."
        )
        return render(request, "exams/people/return.html", {"typed": typed, "error": error}, status=422)
    owner, newcomer = (request.user, guest) if signed_in else (guest, access.candidate(request))
    claim = candidates.claim(owner, newcomer)
    request.session.cycle_key()
    access.adopt(request, claim)
    if signed_in:
        text = ngettext("%(n)d exam is in your account now.", "%(n)d exams are in your account now.", claim.moved) % {
            "n": claim.moved
        }
        messages.success(request, text)
    else:
        messages.success(request, _("Welcome back. This browser shows your exams again."))
    return _there("account" if claim.beside else "history")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponseBase:
    """Two steps: the guest code once more, then this browser forgets the guest. Users sign out instead."""
    if request.user.is_authenticated:
        return redirect("account_logout")
    candidate = access.candidate(request)
    if request.method == "POST":
        request.session.flush()
        messages.success(request, _("This browser has forgotten you."))
        return _there("front")
    if candidate is None:
        return render(request, "exams/people/leave.html")
    context = {
        "guest_code": candidates.guest_code(candidate) if candidate.user_id is None else "",
        "running": Attempt.objects.exams_running().filter(candidate=candidate).exists(),
        "preferences": candidate.preferences,
    }
    return render(request, "exams/people/leave.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored of candidates, for how long, and who can see it."""
    return render(request, "exams/site/privacy.html", {"guest_days": settings.GUEST_DAYS})


def _there(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
