"""The WSGI entry point; it strips the path of PUBLIC_URL if the proxy has not."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    from django.conf import settings

    environ["PATH_INFO"] = path_inside_site(environ.get("PATH_INFO", ""), settings.PATH_PREFIX)
    return site(environ, start_response)


def path_inside_site(path: str, prefix: str) -> str:
    """Return the path without the prefix, whether or not the proxy has stripped it.

    With a prefix like /exams, the path alone does not tell: /exams/mls-c01/ is also a page of the site. So a path
    that is a page as it is loses the prefix only if the rest is a page, too.
    """
    from django.urls import is_valid_path

    if not prefix or not (path == prefix or path.startswith(prefix + "/")):
        return path
    rest = path.removeprefix(prefix) or "/"
    return path if is_valid_path(path) and not is_valid_path(rest) else rest
