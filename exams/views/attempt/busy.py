"""The page for a start that has to wait because the server has too much to do. It tries again by itself.

In a class the end for all does not wait. So the page carries, signed, since when this start has been put off: the time
is given back with the start, as far as the end for all has cut it.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import theme
from exams.overload import load

FIELD = "put_off"
SALT = "exams.put_off"
RETRY_SECONDS = (6, 15)  # chosen at random, so that those who were refused together come back one by one
MAX_PAUSE = timedelta(seconds=30)  # between two tries, with the response; a longer one is by choice
MAX_PUT_OFF = timedelta(minutes=15)  # of one start: beyond, staff give minutes back


def refusal(request: HttpRequest, now: datetime) -> HttpResponse | None:
    """Return the page that says to wait and sends this form again; None if the start can go on. No query."""
    if not load.is_too_high():
        return None
    posted = [(name, value) for name, values in request.POST.lists() if name != FIELD for value in values]
    since = now - time_put_off(request, now)
    token = signing.dumps([_place(request), since.timestamp(), now.timestamp()], salt=SALT)
    context = {"method": "post", "fields": [*posted, (FIELD, token)]}
    return try_again(request, "exams/attempt/busy.html", context, RETRY_SECONDS, status=503)


def try_again(
    request: HttpRequest, template: str, context: dict[str, Any], between: tuple[int, int], *, status: int
) -> HttpResponse:
    """Return a page that asks for the same again by itself, after seconds between these: no query, no log."""
    seconds = random.randint(*between)
    response = render(None, template, context | {"seconds": seconds, "theme": theme.chosen(request)}, status=status)
    response["Retry-After"] = str(seconds)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would write a line for each
    return response


def time_put_off(request: HttpRequest, now: datetime) -> timedelta:
    """Return for how long this start has been put off: since the first of the tries that the server has refused.

    A pause between two tries, or after the last one, is no waiting, and the time starts again: otherwise a candidate
    could keep a refusal and start after the end for all.
    """
    try:
        place, first, last = signing.loads(request.POST.get(FIELD, ""), salt=SALT)
    except signing.BadSignature:
        return timedelta(0)
    if place != _place(request) or now.timestamp() - last > MAX_PAUSE.total_seconds():
        return timedelta(0)
    return min(timedelta(seconds=now.timestamp() - first), MAX_PUT_OFF)


def _place(request: HttpRequest) -> list[str]:
    """Return the page, and the start that its form means: the minutes of one are not those of another."""
    return [request.path, request.POST.get("pair", "")]
