"""Say when to come back to those who were refused because of too many requests."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

SECONDS = 60  # the shortest span of ACCOUNT_RATE_LIMITS; the pages say 'Wait a minute'


class RetryAfterMiddleware:
    """Give each refusal of a rate limit the header Retry-After."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", str(SECONDS))
        return response
