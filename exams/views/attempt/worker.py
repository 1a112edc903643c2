"""The service worker of the room, which answers a reload while the server does not respond."""

from functools import cache
from pathlib import Path
from uuid import UUID

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from exams import access
from exams.models import Attempt
from exams.views.pages import safe_page


@safe_page
def worker(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return the script under the address of one attempt: it can only answer for the room of this attempt."""
    attempt = access.own_attempt(request, uuid, timezone.now())
    if attempt.status != Attempt.Status.OPEN:
        raise Http404
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8")


@cache
def _script() -> str:
    return Path(str(finders.find("js/room-worker.js"))).read_text()
