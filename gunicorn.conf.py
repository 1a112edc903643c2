"""The web server of a large installation; gunicorn reads this file when it starts in this directory."""

import gc
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

worker_class = "gthread"  # requests spend most of their time waiting for the database
threads = 8
preload_app = True  # the processes share the memory of what they import
keepalive = 75  # longer than the idle timeout of common proxies
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms "%(f)s" "%(a)s"'
logger_class = "mlsprep.access_log.AccessLogger"
forwarder_headers = ""  # PUBLIC_URL names the path prefix; the header SCRIPT_NAME of a client must not
control_socket_disable = True


# The counters of all processes, which the one that is asked for /metrics adds up. Each start has its own.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters = tempfile.mkdtemp(prefix="mlsprep-metrics-")
MASTER = os.getpid()


def when_ready(server: Any) -> None:
    """Refuse HUP, which would keep the old code, and load before the fork what Django loads with the first request."""
    signal.signal(signal.SIGHUP, lambda *_: server.log.warning("HUP loads no new code: see docs/operations.md"))
    _load(server)


def child_exit(server: Any, worker: Any) -> None:
    """Remove what a process that has ended said of itself; its counters stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Remove the counters."""
    if os.getpid() == MASTER:
        shutil.rmtree(counters, ignore_errors=True)


def _load(server: Any) -> None:
    """Load the views, the admin and the templates."""
    from django.template import engines
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    for engine in engines.all():
        for directory in map(Path, engine.template_dirs):
            for path in directory.rglob("*.html"):
                engine.get_template(str(path.relative_to(directory)))


def post_worker_init(server: Any) -> None:
    """Start the heartbeat of this process, after the fork, and say to systemd that it lives."""
    from mlsprep.pulse import PulseThread
    from mlsprep.watchdog import WatchdogThread

    PulseThread().start_and_wait()
    WatchdogThread().start()


def pre_fork(server: Any, worker: Any) -> None:
    """Keep the garbage collector away from what the processes share: to look at an object is to copy its page."""
    gc.collect()
    gc.freeze()
