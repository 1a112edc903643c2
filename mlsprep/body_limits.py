"""The largest request body of each page, checked before anything reads the body."""

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from exams import theme
from mlsprep.path_prefix import path_inside_site
from questions.content.picture_files import MAX_PICTURE_BYTES
from questions.formats.zip_packages import MAX_UPLOAD_BYTES

MULTIPART_BYTES = 1_000_000  # the other fields of a form with a file, and the lines between the fields
MAX_IMPORT_BYTES = MAX_UPLOAD_BYTES + MULTIPART_BYTES
MAX_FORM_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # of a form without a file
UPLOAD_PAGES = {
    "admin:questions_import": MAX_IMPORT_BYTES,
    "admin:questions_question_picture": MAX_PICTURE_BYTES + MULTIPART_BYTES,
}


def max_body_bytes(path: str) -> int:
    """Return the limit for a path of the site, without or with the prefix of PUBLIC_URL."""
    try:
        page = resolve(path_inside_site(path, settings.PATH_PREFIX)).view_name
    except Resolver404:
        return MAX_FORM_BYTES
    return UPLOAD_PAGES.get(page, MAX_FORM_BYTES)


class BodyLimitMiddleware:
    """Refuse a request that announces a body above the limit of its page, without reading it.

    A file above the limit of a form is for users only. Visitors are led to sign in, also unread: the
    page itself would do so after the check of the form's token, for which Django stores the whole file.

    Django reads no more than the announced length, so a body without a length counts as empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        announced = int(length) if length.isdigit() else 0
        if announced <= MAX_FORM_BYTES:
            return self.get_response(request)
        if announced > max_body_bytes(request.path_info):
            return HttpResponse(render_to_string("413.html", {"theme": theme.chosen(request)}), status=413)
        if not _is_signed_in(request):
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)


def _is_signed_in(request: HttpRequest) -> bool:
    """Return whether the session of this browser is known and has a user; no middleware has read it yet."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return bool(key) and SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(key)
