"""The queue of questions that break a rule of the checks, a page of the bank at a time."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from questions.admin.typed import whole
from questions.services import lint_queue


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The next hundred questions after the key `after`, of them those with errors or warnings."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    after = whole(request.GET.get("after"))
    context = {
        **admin.site.each_context(request),
        "title": _("What the checks say"),
        "page": lint_queue.page(after, timezone.localdate()),
        "after": after,
    }
    return TemplateResponse(request, "admin/questions/lint_queue.html", context)
