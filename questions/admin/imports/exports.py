"""The page that exports questions: all, a collection, or those selected in the list."""

import re
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from questions.admin.imports import work_list
from questions.admin.question_list.export_selection import selected_keys
from questions.admin.staff_page import staff_page
from questions.formats import registry
from questions.formats.export import export
from questions.models import Question


@staff_page("questions.view_question")
def page(request: HttpRequest) -> HttpResponse:
    """The list of formats, or the exported file."""
    collections = sorted(Question.objects.order_by().values_list("collection", flat=True).distinct())
    collection, chosen = request.GET.get("collection", ""), request.GET.get("format")
    keys = selected_keys(request)
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
    exported = export(format, where)
    if exported.left_out and "accepted_only" not in request.GET:
        return work_list.page(
            request, "left_out", _("Export to %(format)s") % {"format": format.title}, format=format,
            exported=exported, total=exported.count + len(exported.left_out), scope=scope,
        )  # fmt: skip
    return download(f"{collection or 'questions'}{format.ending}", exported.data)


def download(name: str, content: bytes) -> HttpResponse:
    """Return a file as a download; the browser must not render it, since its content is not trusted."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}"'
    return response
