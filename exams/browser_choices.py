"""What a browser keeps in a cookie of its own, so that it needs no candidate: the theme, the exam, its time zone."""

from collections.abc import Mapping
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponseBase

from exams.services.people.candidates import zone_named


def remember(response: HttpResponseBase, name: str, value: str) -> None:
    """Store a choice in this browser; an empty value removes it."""
    if not value:
        response.delete_cookie(name, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
        return
    response.set_cookie(
        name,
        value,
        max_age=settings.SESSION_COOKIE_AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def reader_zone(cookies: Mapping[str, str]) -> ZoneInfo | None:
    """Return the time zone that the browser last reported (`static/js/local-times.js`), None for none that exists."""
    return zone_named(unquote(cookies.get("zone", "")))


def zone_name(cookies: Mapping[str, str]) -> str:
    """Return the name of that zone, "" without one."""
    zone = reader_zone(cookies)
    return zone.key if zone else ""
