"""Keeps a browser's session alive while it is used, and says what to do when it was ended from elsewhere."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access

SLID_KEY = "slid"  # the day (an ordinal) on which the session was last renewed


class Sessions:
    """After a POST: renews a session that was not renewed today, and settles who sits. A GET renews nothing.

    Guests' sessions last SESSION_COOKIE_AGE, users' USER_SESSION_AGE (set at sign-in), from the last renewal.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code < 500:
            access.settle(request)
            slide(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """401 for a session that was ended; the page says that nothing is lost and where to sign in."""
        if not isinstance(exception, access.SessionEnded):
            return None
        if SESSION_KEY in request.session and request.user.is_authenticated:
            # The account is still signed in here: only what this browser knew of its candidate is old.
            access.forget(request)
            if request.method in ("GET", "HEAD"):
                return redirect(request.get_full_path())
        context = {"next": request.path, "user": AnonymousUser()}
        response = render(request, "exams/ended.html", context, status=401)
        response["Cache-Control"] = "no-store"
        return response


def slide(request: HttpRequest) -> None:
    """Renews the session of a candidate or user by saving it, at most once a day."""
    today = timezone.now().toordinal()
    known = access.CANDIDATE_KEY in request.session or SESSION_KEY in request.session
    if known and request.session.get(SLID_KEY) != today:
        request.session[SLID_KEY] = today


def signed_in(request: HttpRequest) -> None:
    """From sign-in on, the session lasts as long as those of users do."""
    request.session.set_expiry(settings.USER_SESSION_AGE)
