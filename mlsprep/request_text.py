"""Refuse text that the database cannot store, search or compare with a key, before a page reads it."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from questions.content.typed_numbers import whole_number

# Each word is a condition on several columns: with 500, PostgreSQL plans one search for half a minute.
MAX_SEARCH_CHARS, MAX_SEARCH_WORDS = 1000, 40


class RequestTextMiddleware:
    """Respond with 400 to NUL characters, which PostgreSQL cannot store, to searches that are too long, and to ids that
    no row can have in an action of the admin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        texts = [request.path_info, *request.COOKIES.values()]
        for name, values in request.GET.lists():
            texts += [name, *values]
        refuse_nul(texts)
        search = request.GET.get(SEARCH_VAR, "")
        if len(search) > MAX_SEARCH_CHARS or len(search.split()) > MAX_SEARCH_WORDS:
            limits = {"characters": MAX_SEARCH_CHARS, "words": MAX_SEARCH_WORDS}
            raise BadRequest(_("A search has at most %(words)d words and %(characters)d characters.") % limits)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Check the posted fields, which the CSRF check reads as well."""
        if request.method == "POST":
            texts = [upload.name or "" for _, uploads in request.FILES.lists() for upload in uploads]
            for name, values in request.POST.lists():
                texts += [name, *values]
            refuse_nul(texts)
            if any(whole_number(pk, None) is None for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)):
                raise BadRequest("A selected row has an id that no row can have.")


def refuse_nul(texts: list[str]) -> None:
    """Raise BadRequest if one of the texts contains a NUL character."""
    if any("\0" in text for text in texts):
        raise BadRequest(_("The request contains a NUL character, which cannot be stored. Nothing was changed."))
