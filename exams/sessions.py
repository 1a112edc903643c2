"""Keeps a browser's session alive while it is used, notes in which exam it sits, and says when it was ended."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access
from exams.services.attempt import attempt_log

SLID_KEY = "slid"  # the day (an ordinal) on which the session was last renewed
SEAT_KEY = "seat"  # the session's name in the logs, the exam it sits, and when (epoch seconds) it last told that log
SEAT_CHECK = timedelta(minutes=5)  # no POST in between costs a query; a silence is known to this precision


class Sessions:
    """After a POST: renews a session that was not renewed today, settles who sits, and where. A GET does nothing.

    Guests' sessions last SESSION_COOKIE_AGE, users' USER_SESSION_AGE (set at sign-in), from the last renewal.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code < 500:
            access.settle(request)
            slide(request)
            if response.status_code < 400:
                sit(request)
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
        response = render(request, "exams/attempt/ended.html", context, status=401)
        response["Cache-Control"] = "no-store"
        return response


def slide(request: HttpRequest) -> None:
    """Renews the session of a candidate or user by saving it, at most once a day."""
    today = timezone.now().toordinal()
    known = access.CANDIDATE_KEY in request.session or SESSION_KEY in request.session
    if known and request.session.get(SLID_KEY) != today:
        request.session[SLID_KEY] = today


def seat(request: HttpRequest, attempt: UUID) -> str:
    """The name of this session in the logs of its attempts; made by the first start, for `attempt`.

    It is made of the attempt's, so that ten equal starts give one name, whichever session the browser keeps.
    """
    if SEAT_KEY not in request.session:
        _say(request, attempt.hex[:8], attempt, timezone.now())
    return str(request.session[SEAT_KEY][0])


def sit(request: HttpRequest) -> None:
    """Tells the log of the attempt at this address, unless it has just been told, that this session goes on with it."""
    address = request.resolver_match.kwargs if request.resolver_match else {}
    sitter = access.sitter(request) if "uuid" in address else None
    if sitter is None:
        return
    now = timezone.now()
    name, attempt, said = request.session.get(SEAT_KEY) or (secrets.token_hex(4), "", 0)
    silence = None
    if attempt == address["uuid"].hex:
        silence = now - datetime.fromtimestamp(said, now.tzinfo)
        if timedelta(0) <= silence < SEAT_CHECK:
            return
    attempt_log.note_presence(address["uuid"], sitter, name, now, position=address.get("position"), silence=silence)
    _say(request, name, address["uuid"], now)


def _say(request: HttpRequest, name: str, attempt: UUID, now: datetime) -> None:
    request.session[SEAT_KEY] = [name, attempt.hex, int(now.timestamp())]


def signed_in(request: HttpRequest) -> None:
    """From sign-in on, the session lasts as long as those of users do."""
    request.session.set_expiry(settings.USER_SESSION_AGE)
