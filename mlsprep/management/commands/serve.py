"""`manage.py serve`: run web server, Celery worker and sweeper in one process, with SQLite."""

import os
import signal
import sqlite3
import sys
import threading
from contextlib import ExitStack, suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from exams.models import Attempt
from exams.services.people import sign_in_links
from mlsprep.serving import preparation, threads, web
from mlsprep.serving.lock import DataDirectoryInUse, data_directory_lock
from questions.services import jobs

STOP_TIMEOUT_SECONDS = 2.8  # from the signal to the end of the process, even if a thread hangs


class Command(BaseCommand):
    help = "Prepares the data directory, then serves mlsprep on this machine until it is stopped."
    requires_system_checks = []  # they open the database, which may be damaged: they run after the preparation

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the first port to try (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 allows access from the network (127.0.0.1)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if settings.DATABASE_URL or settings.REDIS_URL:
            raise CommandError(
                "`serve` runs everything in one process with SQLite, but DATABASE_URL or REDIS_URL is set. With "
                "them, web and worker are processes of their own: see README.md, 'Many people at once'. "
                "To practice on this machine only, unset both variables."
            )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        with ExitStack() as stack:
            try:
                settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
                stack.enter_context(data_directory_lock(settings.DATA_DIR))
            except DataDirectoryInUse as error:
                raise CommandError(
                    f"mlsprep is running on {settings.DATA_DIR} already. Open the address that it printed, or stop it "
                    "first (Ctrl-C in its window). To run a second one, set MLSPREP_DATA_DIR to another directory."
                ) from error
            except (OSError, sqlite3.Error) as error:
                raise CommandError(f"Cannot write to {settings.DATA_DIR}: {error}.") from error
            try:
                self.serve(host, port)
            except (preparation.PreparationFailed, web.CannotListen) as error:
                raise CommandError(str(error)) from error

    def serve(self, host: str, port: int) -> None:
        """Prepare the data, serve until a signal arrives, stop."""
        preparation.update_tables(self.write_line)
        self.check()
        preparation.load_bank(self.write_line)
        server = web.listen(host, port)
        jobs.release_all()  # no other process uses this data directory
        try:
            threads.start()
            self.announce(host, port, int(server.effective_port))
            server.run()
        finally:
            with suppress(OSError):
                (settings.DATA_DIR / "address").unlink(missing_ok=True)
            self.write_line("Stopping ...")
            self.write_line(running_exams_notice())
            server.close()
            threads.stop()
        self.write_line("Stopped.")

    def announce(self, host: str, requested_port: int, port: int) -> None:
        """Print the URLs, the data directory, the link for the first administrator and how to stop."""
        url = settings.PUBLIC_URL + "/" if settings.PUBLIC_URL else web.local_url(host, port)
        if port != requested_port:
            self.write_line(f"Port {requested_port} is in use, so mlsprep uses port {port}.")
        self.write_line(f"\nmlsprep runs at {url}")
        if settings.PUBLIC_URL:
            self.write_line(f"(on this machine: {web.local_url(host, port)})")
        if host in web.ALL_INTERFACES:
            self.write_line(self.allow_network_access(port))
        elif host not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS.append(host)
        with suppress(OSError):  # `admin_link` reads it; exams work without it
            (settings.DATA_DIR / "address").write_text(url)
        self.write_line(f"Your data is stored in {settings.DATA_DIR}")
        if not get_user_model()._default_manager.filter(is_superuser=True).exists():
            self.write_line(self.first_administrator_notice(url))
        self.write_line("Stop with Ctrl-C. The clock of a running exam keeps running.\n")

    def first_administrator_notice(self, url: str) -> str:
        """Return the sentence with the link that makes the first administrator."""
        try:
            link = sign_in_links.admin_link(url)
        except sign_in_links.NotAdministratorError as error:
            return f"There is no administrator yet. {error}"
        return f"To become administrator, open this link (once, within 24 hours):\n  {link}"

    def allow_network_access(self, port: int) -> str:
        """Allow requests to this machine's network address; return the sentence to print."""
        address = web.network_address()
        if address is None:
            return "This machine is not connected to a network, so only this machine can open the pages."
        settings.ALLOWED_HOSTS.append(address)
        return (
            f"On a phone or computer in the same network: {web.local_url(address, port)}\n"
            "WARNING: everyone in this network can open it, and nothing is encrypted. Use it at home only."
        )

    def write_line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # a pipe would keep the lines until the process ends


def stop(number: int, frame: FrameType | None) -> None:
    """End the process in an orderly way, but no later than STOP_TIMEOUT_SECONDS from now; the database is safe."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    exit_timer = threading.Timer(STOP_TIMEOUT_SECONDS, os._exit, [0])
    exit_timer.daemon = True
    exit_timer.start()
    sys.exit(0)  # waitress stops on SystemExit


def running_exams_notice() -> str:
    """Return one sentence with the time that open exams have left while the server is stopped."""
    try:
        now = timezone.now()
        running = Attempt.objects.open_exams().filter(deadline__gt=now).order_by("deadline")
        deadlines = list(running.values_list("deadline", flat=True))
    except Error:
        return "The clock of a running exam keeps running."
    if not deadlines:
        return "No exam is running."
    minutes_left = [(deadline - now).seconds // 60 for deadline in deadlines]
    remaining = [f"{minutes // 60} h {minutes % 60:02} min" for minutes in minutes_left]
    if len(remaining) == 1:
        return f"One exam is running. Its clock keeps running for {remaining[0]}: start mlsprep again before that."
    return (
        f"{len(remaining)} exams are running. Their clocks keep running, "
        f"the first for {remaining[0]}, the last for {remaining[-1]}."
    )
