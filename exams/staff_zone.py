"""The time zone of the pages of staff: that of the reader's browser, which a script reports in a cookie."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from exams.browser_choices import reader_zone


class StaffZoneMiddleware:
    """Show all times of the admin in the zone of the browser; before it has reported one, in that of the server.

    Times on pages of candidates have a script of their own, so that these pages can be the same for everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = reader_zone(request.COOKIES) if request.path.startswith(reverse("admin:index")) else None
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
