"""Wordings with their options, to look at: they are written on the page of their question."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from questions.admin.readonly import ReadOnly, ReadOnlyAdmin
from questions.models import Option, Revision


class OptionInline(ReadOnly, admin.TabularInline):
    model = Option
    fields = ["code", "text", "is_key", "rationale"]
    readonly_fields = ["is_key"]
    ordering = ["ordinal"]

    @admin.display(description=gettext_lazy("correct"), boolean=True)
    def is_key(self, option: Option) -> bool:
        return bool(option.revision.key >> option.bit & 1)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["question", "number", "kind", "published_at", "made_by"]
    list_select_related = ["question", "made_by"]
    list_filter = [("published_at", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["question__code", "stem"]
    inlines = [OptionInline]
    fields = ["question", "number", "kind", "stem", "explanation", "references", "reason", "published_at", "made_by"]
