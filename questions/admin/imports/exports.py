"""The page that exports questions: all, a collection, or those selected in the list, whose keys are in the address."""

import threading
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.admin.imports import work_list
from questions.admin.staff_page import download, staff_page
from questions.content.typed_numbers import whole_number
from questions.formats import export as export_formats
from questions.formats import registry
from questions.models import Question
from questions.models.question import rating_known

MAX_SELECTED = 300  # keys in one address, which web servers limit to 4,000 characters
_one_at_a_time = threading.Lock()  # an export of all questions takes a process seconds: it must have time for others


@staff_page("questions.view_question")
def page(request: HttpRequest) -> HttpResponse:
    """The list of formats, or the exported file."""
    collections = sorted(Question.objects.order_by().values_list("collection", flat=True).distinct())
    collection, chosen = request.GET.get("collection", ""), request.GET.get("format")
    keys = _selected_keys(request)
    if collection and collection not in collections:
        raise Http404
    scope = urlencode({"questions": request.GET["questions"]}, safe=",") if keys else ""
    where = Q(pk__in=keys) if keys else None
    if collection:
        scope, where = urlencode({"collection": collection}), Q(collection=collection)
    if chosen is None:
        return work_list.page(
            request, "export", _("Export questions"), losses=registry.losses(), collections=collections,
            collection=collection, scope=scope, selected=Question.objects.filter(where).count() if keys else 0,
        )  # fmt: skip
    format = registry.FORMATS.get(chosen)
    if format is None or not format.writes:
        raise Http404
    if not _one_at_a_time.acquire(blocking=False):
        messages.error(request, _("Another export is being made. Try again when it is done, in some seconds."))
        return redirect(f"{reverse('admin:questions_export')}?{scope}")
    try:
        exported = export_formats.export(format, where, secret_ratings=~rating_known(request.user.pk))
    finally:
        _one_at_a_time.release()
    if exported.left_out and "accepted_only" not in request.GET:
        return work_list.page(
            request, "left_out", _("Export to %(format)s") % {"format": format.title}, format=format,
            exported=exported, total=exported.count + len(exported.left_out), scope=scope,
        )  # fmt: skip
    return download(f"{collection or 'questions'}{format.ending}", exported.data)


@admin.action(description=gettext_lazy("Export"), permissions=["view"])
def export(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Lead to the formats for the selected questions."""
    keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MAX_SELECTED + 1])
    if len(keys) > MAX_SELECTED:
        message = _("The limit of an export of selected questions is %(limit)d. Export a collection or all questions.")
        messages.error(request, message % {"limit": MAX_SELECTED})
        return None
    return redirect(f"{reverse('admin:questions_export')}?questions={','.join(map(str, keys))}")


def _selected_keys(request: HttpRequest) -> list[int]:
    """Return the keys in the address of the export page."""
    numbers = (whole_number(key, None) for key in request.GET.get("questions", "").split(",")[:MAX_SELECTED])
    return [number for number in numbers if number is not None]
