"""The numbers in the header of the admin; its links depend on `perms` in the template."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from questions.models import Question
from questions.services import job_state


def header_links(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy, so that pages without this header need no query."""
    return {"bank_header": SimpleLazyObject(lambda: _numbers(request.user))}


def _numbers(user: Any) -> dict[str, int]:
    """Return how many questions wait for a review, and how much work has failed, as far as the user may know."""
    return {
        "n_in_review": Question.objects.in_review().count() if user.has_perm("questions.view_question") else 0,
        "n_failed": job_state.failed().count() if user.has_perm("questions.view_job") else 0,
    }
