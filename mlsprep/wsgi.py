"""The WSGI entry point; it strips PUBLIC_URL's path when a proxy passes it on."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    from django.conf import settings

    environ["PATH_INFO"] = within(environ.get("PATH_INFO", ""), settings.PATH_PREFIX)
    return site(environ, start_response)


def within(path: str, prefix: str) -> str:
    """The path inside the site, whether the proxy passed the prefix on or took it away.

    With a prefix like /exams the two look alike: /exams/mls-c01/ is a page of ours already. So a path
    that is a page as it stands is stripped only if the rest is a page too.
    """
    from django.urls import is_valid_path

    if not prefix or not (path == prefix or path.startswith(prefix + "/")):
        return path
    rest = path.removeprefix(prefix) or "/"
    return path if is_valid_path(path) and not is_valid_path(rest) else rest
