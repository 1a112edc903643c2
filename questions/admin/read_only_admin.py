"""Base classes of admin pages for tables that are written elsewhere."""

from typing import Any

from django.contrib import admin
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


def account_column(field: str, description: Any) -> Any:
    """Return a column with the account of this field as its name and user name: anybody can choose the first."""

    @admin.display(description=description, ordering=f"{field}__username")
    def label(row: Any) -> str | None:
        account = getattr(row, field)
        return account.full_label if account else None

    label.__name__ = field  # for the class of the cells
    return label


class ReadOnlyAdmin(ReadOnly, FilteredAdmin):
    """An admin with the permissions of ReadOnly."""

    show_full_result_count = False  # it would count the whole table
