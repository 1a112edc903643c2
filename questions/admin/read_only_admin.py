"""Base classes of admin pages for tables that are written elsewhere."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly:
    """A mixin for admins and inlines: rows can be viewed, but not added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """An admin with the permissions of ReadOnly."""
