"""The page that checks the bank, 100 questions at a time, and lists questions with findings."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from questions.content.typed_numbers import whole_number
from questions.services import lint_queue


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Check the 100 questions after the primary key `after`; list those with errors or warnings."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    after = whole_number(request.GET.get("after"), 0)
    context = {
        **admin.site.each_context(request),
        "title": _("Check results"),
        "page": lint_queue.page(after, timezone.localdate()),
        "after": after,
    }
    return TemplateResponse(request, "admin/questions/question_list/lint_queue.html", context)
