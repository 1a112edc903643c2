"""Say why a request is refused, and when to come back: Django leaves the page of a wrong method empty."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from mlsprep import outages

RETRY_AFTER_SECONDS = 60  # the shortest span of ACCOUNT_RATE_LIMITS; the pages say 'Wait a minute'


class RefusalMiddleware:
    """Put a page with a sentence on each refusal of a method, and Retry-After on each of a rate limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            context = {"opens": "GET" in response["Allow"], **outages.theme_context(request)}
            page = HttpResponseNotAllowed(response["Allow"].split(", "), render_to_string("405.html", context))
            for name, value in response.headers.items():
                page.headers.setdefault(name, value)
            return page
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond with 400 and the reason, in the theme of this browser; not if the database is the reason."""
    if page := outages.outage_page(request, exception):
        return page
    context = {"reason": _reason(exception), **outages.theme_context(request)}
    return HttpResponse(render_to_string("400.html", context), status=400)


def _reason(exception: Exception) -> str:
    match exception:
        case DisallowedHost():
            return _(
                "This server does not know the host name in the address. Operators: set PUBLIC_URL or ALLOWED_HOSTS to "
                "the public address of this server."
            )
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return _("The request is too large, or has too many fields or files. Nothing was changed.")
        case BadRequest():
            return str(exception)
    return _("The request is not in a form that this server can process. Nothing was changed.")
