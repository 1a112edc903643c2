"""The reviewer's queue: the questions in review."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from questions.services import approval_queue, authorship


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List the questions in review, the longest waiting first."""
    user: Any = request.user
    if not user.has_perm("questions.view_question"):
        raise PermissionDenied
    rows = approval_queue.first(user)
    waits_for_others = any(row.is_own for row in rows) and user.has_perm(authorship.APPROVE)
    context = {
        **admin.site.each_context(request),
        "title": _("Review queue"),
        "rows": rows,
        "waits_for_others": waits_for_others and not authorship.may_approve_own(user),
        "max_listed": approval_queue.MAX_LISTED,
    }
    return TemplateResponse(request, "admin/exams/approval/queue.html", context)
