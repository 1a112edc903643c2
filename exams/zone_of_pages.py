"""The time zone of all pages: that of the reader's browser, which a script reports in a cookie."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from exams.browser_choices import reader_zone


class ReaderZoneMiddleware:
    """Show all times and days in the zone of the browser; before it has reported one, in that of the server."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = reader_zone(request.COOKIES)
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
