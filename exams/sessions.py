"""Middleware that renews sessions, logs which session continues an exam, and reports sessions that were ended."""

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
from django.utils.cache import add_never_cache_headers

from exams import access
from exams.services.attempt import attempt_log

RENEWED_KEY = "renewed"  # session key: ordinal of the day on which the session was last renewed
SEAT_KEY = "seat"  # session key: its name in the logs, the attempt, and the time (epoch seconds) of the last log entry
PRESENCE_INTERVAL = timedelta(minutes=5)  # between checks of the log; the precision of a known silence


class SessionMiddleware:
    """After a POST, renew the session once a day, merge a pending guest, and log the presence in an exam.

    Pages that do not say otherwise are never stored by browsers and proxies.

    Sessions of guests last SESSION_COOKIE_AGE, those of users USER_SESSION_AGE, from the last renewal.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            # The header of every page names the user, and its theme is the candidate's.
            add_never_cache_headers(response)
        if request.method == "POST" and response.status_code < 500:
            access.settle(request)
            renew(request)
            if response.status_code < 400:
                record_presence(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Explain why the session of a candidate is over: 401 where signing in helps, 410 for deleted data."""
        if isinstance(exception, access.DataDeletedError):
            return self._data_deleted(request)
        if not isinstance(exception, access.SessionEndedError):
            return None
        if SESSION_KEY in request.session and request.user.is_authenticated:
            # The user is still signed in here; only the candidate in this session is outdated.
            access.forget(request)
            if request.method in ("GET", "HEAD"):
                return redirect(request.get_full_path())
        context = {"next": request.path, "user": AnonymousUser()}
        response = render(request, "exams/people/session_ended.html", context, status=401)
        response["Cache-Control"] = "no-store"
        return response

    def _data_deleted(self, request: HttpRequest) -> HttpResponse:
        """Return 410; for htmx 409 with the whole page, which it shows instead of the room."""
        if not request.user.is_authenticated:
            access.note_deletion(request)
        is_htmx = bool(getattr(request, "htmx", None))
        response = render(request, "exams/people/data_deleted.html", status=409 if is_htmx else 410)
        if is_htmx:
            response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
        response["Cache-Control"] = "no-store"
        return response


def renew(request: HttpRequest) -> None:
    """Renew the session of a candidate or user by saving it, at most once a day."""
    today = timezone.now().toordinal()
    has_candidate = access.CANDIDATE_KEY in request.session or SESSION_KEY in request.session
    if has_candidate and request.session.get(RENEWED_KEY) != today:
        request.session[RENEWED_KEY] = today


def seat(request: HttpRequest, attempt: UUID) -> str:
    """Return the name of this session in the logs of its attempts; the first start creates it.

    It is derived from the UUID of the attempt, so that ten equal requests give one name in any session.
    """
    if SEAT_KEY not in request.session:
        _set_seat(request, attempt.hex[:8], attempt, timezone.now())
    return str(request.session[SEAT_KEY][0])


def record_presence(request: HttpRequest) -> None:
    """Log that this session continues the attempt of this URL, at most once in PRESENCE_INTERVAL."""
    parameters = request.resolver_match.kwargs if request.resolver_match else {}
    sitter = access.sitter(request) if "uuid" in parameters else None
    if sitter is None:
        return
    now = timezone.now()
    name, attempt, logged_at = request.session.get(SEAT_KEY) or (secrets.token_hex(4), "", 0)
    silence = None
    if attempt == parameters["uuid"].hex:
        silence = now - datetime.fromtimestamp(logged_at, now.tzinfo)
        if timedelta(0) <= silence < PRESENCE_INTERVAL:
            return
    attempt_log.note_presence(
        parameters["uuid"], sitter, name, now, position=parameters.get("position"), silence=silence
    )
    _set_seat(request, name, parameters["uuid"], now)


def _set_seat(request: HttpRequest, name: str, attempt: UUID, now: datetime) -> None:
    request.session[SEAT_KEY] = [name, attempt.hex, int(now.timestamp())]


def extend_for_user(request: HttpRequest) -> None:
    """Set the session age of users. Call it at sign-in."""
    request.session.set_expiry(settings.USER_SESSION_AGE)
