"""The reviewer's queue: the questions in review."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from questions.admin.staff_page import current_user, staff_page
from questions.services import approval_queue, authorship


@staff_page("questions.view_question", "admin/exams/approval/queue.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """List the questions in review, the longest waiting first."""
    user = current_user(request)
    rows = approval_queue.first(user)
    waits_for_others = any(row.is_own for row in rows) and user.has_perm(authorship.APPROVE)
    return {
        "title": _("Review queue"),
        "rows": rows,
        "waits_for_others": waits_for_others and not authorship.may_approve_own(user),
        "max_listed": approval_queue.MAX_LISTED,
    }
