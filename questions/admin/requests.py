"""What views of the bank's admin read from a request: the user, and a question with the permission to act on it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from questions.models import Question


def current_user(request: HttpRequest) -> Any:
    """Return the signed-in user; the admin requires one."""
    return request.user


def require_permission(request: HttpRequest, action: str, model: str = "question") -> None:
    """Raise PermissionDenied unless the user has a permission of the bank, such as `change` for questions."""
    if not request.user.has_perm(f"questions.{action}_{model}"):
        raise PermissionDenied


def permitted_question(request: HttpRequest, pk: int, action: str) -> Question:
    """Return a question with its place. Raise PermissionDenied without the permission, Http404 if it is missing."""
    require_permission(request, action)
    rows = Question.objects.select_related("exam_domain", "topic__task", "author", "current")
    return get_object_or_404(rows, pk=pk)
