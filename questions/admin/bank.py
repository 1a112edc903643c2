"""The history of questions and the version of the bank: written by load and lifecycle alone."""

from django.contrib import admin

from questions.admin.readonly import ReadOnlyAdmin
from questions.models import Bank, History


@admin.register(History)
class HistoryAdmin(ReadOnlyAdmin):
    list_display = ["at", "question", "what", "by"]
    list_select_related = ["question", "by"]
    list_filter = ["what"]
    search_fields = ["question__code"]


@admin.register(Bank)
class BankAdmin(ReadOnlyAdmin):
    list_display = ["version", "manifest"]
