"""The log of gunicorn, written like all other lines: as text or JSON, without the tokens of sign-in links."""

import logging
import os
from ipaddress import ip_address
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
            atoms["h"] = client_address(environ, trusted_proxies())
            fields = {
                "client": atoms["h"],
                "method": atoms["m"],
                "path": atoms["U"],
                "status": int(atoms["s"]),
                "bytes": atoms["B"],
                "milliseconds": round(request_time.total_seconds() * 1000, 1),
            }
            log.info(self.cfg.access_log_format, self.atoms_wrapper_class(atoms), extra={"fields": fields})


def trusted_proxies() -> int:
    """Return how many proxies set X-Forwarded-For."""
    from django.conf import settings

    return int(settings.TRUSTED_PROXIES)


def client_address(environ: dict[str, Any], proxies: int) -> str:
    """Return the address that the outermost trusted proxy saw; that of the connection without one."""
    forwarded = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    peer = environ.get("REMOTE_ADDR") or "-"
    if not proxies or len(forwarded) < proxies:
        return str(peer)
    try:
        return str(ip_address(forwarded[-proxies]))
    except ValueError:
        return str(peer)
