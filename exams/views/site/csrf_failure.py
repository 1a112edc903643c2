"""The pages for requests that fail the CSRF check, and the check of forms without a token."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

# An answer must not be lost because the candidate signed in or out in another tab. No other page repeats what was
# posted: one click would send a form that another person has filled in.
RESENDABLE_PAGES = {"question", "finish"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Offer to send the fields of the room again if its own page posted them. Repeat nothing on any other page."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page == "sync":  # the script reads the cookie again and repeats
        get_token(request)  # the cookie may be gone
        message = _("This page was out of date, perhaps because you signed in or out in another tab.")
        return JsonResponse({"message": message}, status=403, headers={"Cache-Control": "no-store"})
    context = {}
    if page in RESENDABLE_PAGES and is_same_origin(request):
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            "fields": [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"],
            "action": request.get_full_path(),
        }
    response = render(request, "403_csrf.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def without_token(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let this view take posts of forms without a token by their origin.

    Header and footer have such forms: a token would be different on each page.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def of_this_site(request: HttpRequest) -> HttpResponse:
        if not is_same_origin(request):
            raise BadRequest(_("Another site asked for this. Nothing was changed."))
        return view(request)

    return of_this_site


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the request names this site as its origin; without an Origin header, the Referer decides."""
    origin = request.headers.get("Origin") or _origin(request.headers.get("Referer", ""))
    return origin in {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
