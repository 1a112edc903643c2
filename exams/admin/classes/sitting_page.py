"""What all pages of an exam for a class share: whose it is, and how a page is rendered."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from exams.models import Sitting
from exams.services.classes import sittings
from questions.admin.readonly import ReadOnlyAdmin
from questions.models import User

ADD, CHANGE, VIEW = "exams.add_sitting", "exams.change_sitting", "exams.view_sitting"


def user_of(request: HttpRequest) -> User:
    """Return the signed-in member of staff."""
    assert isinstance(request.user, User)
    return request.user


def own_sitting(request: HttpRequest, pk: int, permission: str = CHANGE) -> Sitting:
    """Return a sitting of this user, or of anybody for administrators. Raise PermissionDenied or Http404."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return get_object_or_404(sittings.visible_to(user_of(request)).select_related("form__blueprint"), pk=pk)


class SittingPages(ReadOnlyAdmin):
    """The base of the pages; SittingAdmin puts them together."""

    def page(self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/exams/classes/{name}.html", context, status=status)
