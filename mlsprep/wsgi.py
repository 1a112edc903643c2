"""The WSGI entry point; it strips the path of PUBLIC_URL if the proxy has not."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    from django.conf import settings

    from mlsprep.path_prefix import path_inside_site

    environ["SCRIPT_NAME"] = ""  # PUBLIC_URL names the path prefix; a client must not
    environ["PATH_INFO"] = path_inside_site(environ.get("PATH_INFO", ""), settings.PATH_PREFIX)
    return site(environ, start_response)
