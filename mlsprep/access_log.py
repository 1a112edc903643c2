"""The access log of gunicorn, written like all other lines: as text or JSON, without the tokens of sign-in links."""

import logging
from typing import Any

from gunicorn.glogging import Logger

log = logging.getLogger(__name__)


class AccessLogger(Logger):
    """Hands the lines of the access log to the logging of the site."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        if self.access_log_enabled:
            log.info(self.cfg.access_log_format, self.atoms_wrapper_class(self.atoms(resp, req, environ, request_time)))
