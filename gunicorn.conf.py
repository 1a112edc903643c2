"""The web server of a large installation; gunicorn reads this file when it starts in this directory."""

import gc
from typing import Any

worker_class = "gthread"  # requests spend most of their time waiting for the database
threads = 8
preload_app = True  # the processes share the memory of what they import
keepalive = 75  # longer than the idle timeout of common proxies
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
logger_class = "mlsprep.access_log.AccessLogger"
forwarder_headers = ""  # PUBLIC_URL names the path prefix; the header SCRIPT_NAME of a client must not
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """Keep the garbage collector away from what the processes share: to look at an object is to copy its page."""
    gc.collect()
    gc.freeze()
