"""The pages for requests that fail the CSRF check."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _

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
