"""The page that checks the bank, 100 questions at a time, and lists questions with findings."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.staff_page import staff_page
from questions.content.typed_numbers import whole_number
from questions.services import lint_queue


@staff_page("questions.view_question", "admin/questions/question_list/lint_queue.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Check the 100 questions after the primary key `after`; list those with errors or warnings."""
    after = whole_number(request.GET.get("after"), 0)
    return {"title": _("Check results"), "page": lint_queue.page(after, timezone.localdate()), "after": after}
