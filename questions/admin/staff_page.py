"""The pages of staff: who may open one, which methods it takes, and how it is rendered.

A page is a function of the request that returns what its template shows, or a response of its own such as a redirect
or a file. Its address stands in `urls.py` of its app.
"""

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

type Permission = str | tuple[str, ...]  # several: all of them
type Page = Callable[..., HttpResponse]


def staff_page(
    permission: Permission, template: str = "", *, post: Permission | None = None
) -> Callable[[Callable[..., dict[str, Any] | HttpResponse]], Page]:
    """Make a page of staff of a view. `post` is the permission that a POST needs too; without it the page takes none.

    Visitors are sent to sign in; staff without the permission get 403.
    """
    needed = {"GET": _names(permission), "HEAD": _names(permission)}
    if post is not None:
        needed["POST"] = _names(permission) + _names(post)
    return _page(needed, template)


def staff_form(permission: Permission, template: str = "") -> Callable[[Callable[..., Any]], Page]:
    """Make a page of staff with a form of a view: the permission to open it is that to send it."""
    return staff_page(permission, template, post=())


def staff_action(permission: Permission, template: str = "") -> Callable[[Callable[..., Any]], Page]:
    """Make an action of staff of a view, which takes POST only."""
    return _page({"POST": _names(permission)}, template)


def render_page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of staff. Faults in its `form` make the status 422."""
    if status == 200 and getattr(context.get("form"), "errors", None):
        status = 422
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)


def download(name: str, content: bytes | str, content_type: str = "application/octet-stream") -> HttpResponse:
    """Return a file as a download. By default no browser renders it, since its content is not trusted."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "-", name)}"'
    return response


def current_user(request: HttpRequest) -> Any:
    """Return the signed-in member of staff."""
    return request.user


def log(request: HttpRequest, rows: Model | Sequence[Model], message: str, action: int = CHANGE) -> None:
    """Record in the log of the admin what the user has done to one or many rows."""
    changed = [rows] if isinstance(rows, Model) else rows
    LogEntry.objects.log_actions(current_user(request).pk, changed, action, change_message=message)


def _names(permission: Permission) -> tuple[str, ...]:
    return (permission,) if isinstance(permission, str) else permission


def _page(needed: dict[str, tuple[str, ...]], template: str) -> Callable[[Callable[..., Any]], Page]:
    """Return the decorator of a page that takes the methods of `needed`, each with its permissions."""

    def decorate(view: Callable[..., Any]) -> Page:
        @require_http_methods(list(needed))
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not current_user(request).has_perms(needed[request.method or ""]):
                raise PermissionDenied
            content = view(request, *args, **kwargs)
            return render_page(request, template, content) if isinstance(content, dict) else content

        return admin.site.admin_view(page)

    return decorate
