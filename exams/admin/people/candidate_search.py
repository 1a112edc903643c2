"""Search in a list of rows that belong to candidates: by name, e-mail, guest code, or a part of a UUID."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from exams.services.people import candidates

_NAMES = ("user__username", "user__display_name", "user__email")
_UUID_PART = re.compile(r"[0-9a-f-]{4,}", re.IGNORECASE)


class CandidateSearch(admin.ModelAdmin):
    """`to_candidate` are the lookups from a row to its candidate; `uuids` are the fields with UUIDs of a row."""

    to_candidate: tuple[str, ...] = ()
    uuids: tuple[str, ...] = ()
    search_fields = _NAMES  # shows the field; `get_search_fields` says where to look
    search_help_text = _("Name, e-mail or guest code")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the names, and the UUIDs if a word may be a part of one: PostgreSQL reads all rows for these."""
        names = tuple("__".join((*self.to_candidate, name)) for name in _NAMES)
        words = request.GET.get(SEARCH_VAR, "").split()
        return (*names, *self.uuids) if any(map(_UUID_PART.fullmatch, words)) else names

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if guest := candidates.find_by_guest_code(search_term):
            return queryset.filter(**{"__".join((*self.to_candidate, "pk")): guest.pk}), False
        return super().get_search_results(request, queryset, search_term)
