"""The history of questions and the version of the bank: written by load and lifecycle alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from questions.admin.readonly import ReadOnlyAdmin
from questions.models import Bank, History


@admin.register(History)
class HistoryAdmin(ReadOnlyAdmin):
    list_display = ["at", "question", "action", "by"]
    list_select_related = ["question", "by"]
    list_filter = ["action"]
    search_fields = ["question__code"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Ratings stand on the question's own history, for those who may know them."""
        return ["before", "after"] if obj and obj.action == "rated" else []


@admin.register(Bank)
class BankAdmin(ReadOnlyAdmin):
    list_display = ["version", "manifest"]
