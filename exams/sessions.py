"""Middleware that renews sessions, logs which session continues an exam, and reports sessions that were ended."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from exams import access
from exams.models import Attempt
from exams.services.attempt import attempt_log, attempts, standing
from exams.services.people.candidates import SAME_START

SEAT_DIGITS = 16
MAX_NETWORKS = 20  # of one browser in one exam that its session remembers
RENEWED_KEY = "renewed"  # session key: ordinal of the day on which the session was last renewed
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
        """Explain why nobody goes on here: 401 where signing in helps, 410 for deleted data, 409 for another seat.

        An exam that is paused or held says so in its place.
        """
        if isinstance(exception, access.SeatTakenError):
            return self._seat_taken(request, exception)
        if isinstance(exception, access.StandingError):
            return self._stands(request, exception)
        if isinstance(exception, access.DataDeletedError | attempts.ErasedError):
            return self._data_deleted(request)
        if not isinstance(exception, access.SessionEndedError):
            return None
        if SESSION_KEY in request.session and request.user.is_authenticated:
            # The user is still signed in here; only the candidate in this session is outdated.
            access.forget(request)
            if request.method in ("GET", "HEAD"):
                return redirect(request.get_full_path())
        context = {"next": request.path, "user": AnonymousUser()}
        return _unstored(render(request, "exams/people/session_ended.html", context, status=401))

    def _seat_taken(self, request: HttpRequest, taken: access.SeatTakenError) -> HttpResponse:
        """Ask whether the exam continues in this browser. A POST was refused, or was the last one from here."""
        if request.method in ("GET", "HEAD"):
            return redirect("seat", uuid=taken.uuid)
        context = {"uuid": taken.uuid, "is_refused": True, "last_request": taken.last_request}
        return _unstored(render(request, "exams/attempt/seat.html", context, status=409))

    def _stands(self, request: HttpRequest, stands: access.StandingError) -> HttpResponse:
        """Say why the exam stands still, and what the candidate can do. A POST was not saved."""
        is_refused = request.method not in ("GET", "HEAD")
        context = {
            "attempt": stands.attempt,
            "reason": stands.reason,
            "outage": standing.holding(stands.attempt, stands.now),
            "is_refused": is_refused,
        }
        return _unstored(render(request, "exams/attempt/standing.html", context, status=409 if is_refused else 200))

    def _data_deleted(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            access.note_deletion(request)
        return _unstored(render(request, "exams/people/data_deleted.html", status=410))


def _unstored(response: HttpResponse) -> HttpResponse:
    """Return a page that no browser stores."""
    response["Cache-Control"] = "no-store"
    return response


def renew(request: HttpRequest) -> None:
    """Renew the session of a candidate or user by saving it, at most once a day."""
    today = timezone.now().toordinal()
    has_candidate = access.CANDIDATE_KEY in request.session or SESSION_KEY in request.session
    if has_candidate and request.session.get(RENEWED_KEY) != today:
        request.session[RENEWED_KEY] = today


def seat(request: HttpRequest, attempt: UUID) -> str:
    """Return the name of this session in the logs of its attempts, and as their seat; the first start creates it.

    It is chosen by chance, so that no form or cookie that was copied before leads to it.
    """
    if access.SEAT_KEY not in request.session:
        # The log has no network yet, and it may never get this one: the start can be refused.
        request.session[access.SEAT_KEY] = [_random_name(), attempt.hex, int(timezone.now().timestamp())]
    return access.seat(request)


def remember_entry(request: HttpRequest, attempt: UUID, now: datetime) -> None:
    """Remember that the log has an entry of this browser and its network: it has just started, or taken over.

    A session that remembers another attempt is left as it is: saving it would take a query.
    """
    name, remembered, *_rest = request.session[access.SEAT_KEY]
    if remembered == attempt.hex:
        _set_seat(request, name, attempt, now, [])


def repeat_start(request: HttpRequest, attempt: Attempt, now: datetime) -> None:
    """Give this session the seat of the one that has just started this attempt, where it is the same browser.

    A double click sends two requests without a session, and the browser keeps that of the second response. Both come
    within SAME_START from one network; anybody else is asked.
    """
    first = attempt.events.filter(kind="started").first()
    if first and now - attempt.started_at <= SAME_START and first.data.get("address") == short_address(request):
        _set_seat(request, first.data["seat"], attempt.uuid, now, [])


def _random_name() -> str:
    return secrets.token_hex(SEAT_DIGITS // 2)


def short_address(request: HttpRequest) -> str:
    """Return the network that a request comes from, like 192.0.2.x or 2001:db8:1::x; "" if it is not known."""
    try:
        address = ip_address(get_adapter(request).get_client_ip(request))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return f"{ip_network((address, 48), strict=False).network_address}x"
    return f"{str(address).rpartition('.')[0]}.x"


def record_presence(request: HttpRequest) -> None:
    """Log that this session continues the attempt of this URL, at most once in PRESENCE_INTERVAL.

    Each network from which it does so is logged once, of an exam of a class: the cookie of a session can be copied. The
    networks in the session only save reading the log, which is the truth. So nothing is remembered of an attempt that
    this session does not write: it may start later.
    """
    parameters = request.resolver_match.kwargs if request.resolver_match else {}
    sitter = access.sitter(request) if "uuid" in parameters else None
    if sitter is None:
        return
    now = timezone.now()
    name, attempt, logged_at, *networks = request.session.get(access.SEAT_KEY) or (_random_name(), "", 0)
    uuid, silence, network = parameters["uuid"], None, short_address(request)
    if attempt == uuid.hex:
        silence = now - datetime.fromtimestamp(logged_at, now.tzinfo)
        if timedelta(0) <= silence < PRESENCE_INTERVAL and network in networks:
            return
    else:
        networks = []
    position = parameters.get("position")
    if attempt_log.note_presence(uuid, sitter, name, network, now, position=position, silence=silence):
        _set_seat(request, name, uuid, now, networks)


def record_reading(request: HttpRequest, attempt: Attempt, now: datetime) -> None:
    """Log the network in which this session reads an exam of a class, once: the paper is worth as much as an answer.

    No query where the session knows the network, and a GET never changes the session.
    """
    _name, known, _logged_at, *networks = request.session.get(access.SEAT_KEY) or ("", "", 0)
    network = short_address(request)
    if attempt.seat and not (known == attempt.uuid.hex and network in networks):
        attempt_log.note_network(attempt, network, now)


def _set_seat(request: HttpRequest, name: str, attempt: UUID, now: datetime, networks: list[str]) -> None:
    """Store the name with the time of its entry in the log, and the network of this request among those known."""
    network = short_address(request)
    known = [*(other for other in networks if other != network), network][-MAX_NETWORKS:]
    request.session[access.SEAT_KEY] = [name, attempt.hex, int(now.timestamp()), *known]


def extend_for_user(request: HttpRequest) -> None:
    """Set the session age of users. Call it at sign-in."""
    request.session.set_expiry(settings.USER_SESSION_AGE)
