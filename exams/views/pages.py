"""The pages of candidates: which methods they take, that nobody stores them, and redirects after a POST."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from questions.services.bank_version import one_version


def safe_page[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """Make a page that shows and changes nothing; browsers ask for it again each time."""
    return never_cache(require_safe(_with_one_version(view)))


def form_page[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """Make a page with a form, which takes a POST too."""
    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(_with_one_version(view)))


def _with_one_version[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """Let a page that is only shown read the version of the bank once."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        with one_version():
            return view(request, *args, **kwargs)

    return cast("View", page)


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with GET, and a reload does not post again."""

    status_code = 303


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx requested a fragment. A history restore requests the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.history_restore_request)


def started(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """Lead to an attempt that has started; give its script the address alone, since fetch would load the page."""
    location = reverse("attempt", args=[attempt])
    is_script = request.headers.get("Accept") == "application/json"
    return JsonResponse({"location": location}) if is_script else SeeOther(location)


def see_other(to: str, *args: Any) -> HttpResponse:
    """Redirect to a URL or a named view with 303."""
    return SeeOther(resolve_url(to, *args))


def page_of_the_form(request: HttpRequest) -> str:
    """Return the address of the page with the form that was sent, by its Referer; "/" for another site's or none."""
    try:
        referer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    if referer.netloc != request.get_host():
        return "/"
    return f"/{referer.path.lstrip('/')}{f'?{referer.query}' if referer.query else ''}"
