"""The action that exports the selected questions of the list; the address of the export page has their keys."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.content.typed_numbers import whole_number

MAX_SELECTED = 300  # keys in one address, which web servers limit to 4,000 characters


@admin.action(description=gettext_lazy("Export"), permissions=["view"])
def export(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Lead to the formats for the selected questions."""
    keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MAX_SELECTED + 1])
    if len(keys) > MAX_SELECTED:
        message = _("The limit of an export of selected questions is %(limit)d. Export a collection or all questions.")
        messages.error(request, message % {"limit": MAX_SELECTED})
        return None
    return redirect(f"{reverse('admin:questions_export')}?questions={','.join(map(str, keys))}")


def selected_keys(request: HttpRequest) -> list[int]:
    """Return the keys in the address of the export page."""
    numbers = (whole_number(key, None) for key in request.GET.get("questions", "").split(",")[:MAX_SELECTED])
    return [number for number in numbers if number is not None]
