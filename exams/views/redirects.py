"""Redirects after a POST, for browsers and for htmx."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with GET, and a reload does not post again."""

    status_code = 303


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx requested a fragment. A history restore requests the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.history_restore_request)


def see_other(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """Redirect to a URL or a named view with 303; for htmx, with its own header."""
    url = resolve_url(to, *args)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return SeeOther(url)
