"""Tables that are looked at here and written elsewhere."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly:
    """For admins and inlines: shows rows to those who may view them; nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    pass
