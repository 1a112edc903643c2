"""The log of gunicorn, written like all other lines: as text or JSON, without the tokens of sign-in links."""

import logging
import os
from typing import Any

from gunicorn.glogging import Logger

log = logging.getLogger(__name__)


class AccessLogger(Logger):
    """Hands all lines of gunicorn to the logging of the site. The access log names the client, not the proxy."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlsprep.settings")
        from django.conf import settings
        from django.utils.log import configure_logging

        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
        logging.captureWarnings(True)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        if self.access_log_enabled:
            atoms = self.atoms(resp, req, environ, request_time)
            atoms["h"] = client_address(environ)
            fields = {
                "client": atoms["h"],
                "method": atoms["m"],
                "path": atoms["U"],
                "status": int(atoms["s"]),
                "bytes": atoms["B"],
                "milliseconds": round(request_time.total_seconds() * 1000, 1),
            }
            log.info(self.cfg.access_log_format, self.atoms_wrapper_class(atoms), extra={"fields": fields})


def client_address(environ: dict[str, Any]) -> str:
    """Return the address that rate limits count by, that of the connection if the proxy sent none."""
    from allauth.account.adapter import get_adapter
    from django.core.exceptions import PermissionDenied
    from django.http import HttpRequest

    request = HttpRequest()
    request.META = environ
    try:
        return str(get_adapter(request).address(request))
    except PermissionDenied:  # not an address, or a socket file
        return environ.get("REMOTE_ADDR") or "-"
