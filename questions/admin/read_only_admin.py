"""Base classes of admin pages for tables that are written elsewhere."""

from typing import Any

from django.http import HttpRequest

from questions.admin.filter_bar import FilteredAdmin


class ReadOnly:
    """A mixin for admins and inlines: rows can be viewed, but not added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, FilteredAdmin):
    """An admin with the permissions of ReadOnly."""

    show_full_result_count = False  # it would count the whole table
