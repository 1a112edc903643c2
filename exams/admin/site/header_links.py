"""The links in the header of the admin, by the permissions of the user."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from exams.admin.people.accounts import MANAGE_ACCOUNTS
from questions.models import Question
from questions.services import job_state


@dataclass(frozen=True, slots=True)
class BankHeader:
    """Which links the header shows, and how many questions await review, and how much work has failed."""

    may_view: bool
    may_add: bool
    may_see_tables: bool
    n_in_review: int
    n_failed: int


def header_links(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy, so that pages without this header need no query."""
    return {"bank_header": SimpleLazyObject(lambda: _bank_header(request))}


def _bank_header(request: HttpRequest) -> BankHeader:
    user = request.user
    may_view = user.is_staff and user.has_perm("questions.view_question")
    return BankHeader(
        may_view=may_view,
        may_add=may_view and user.has_perm("questions.add_question"),
        may_see_tables=user.is_staff and user.has_perm(MANAGE_ACCOUNTS),
        n_in_review=Question.objects.in_review().count() if may_view else 0,
        n_failed=job_state.failed().count() if user.is_staff and user.has_perm("questions.view_job") else 0,
    )
