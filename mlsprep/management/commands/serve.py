"""Starts mlsprep on this machine: web server, Celery worker and sweeper in one process, over SQLite."""

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
from exams.services.people import sign_in
from mlsprep.serving import preparation, threads, web
from mlsprep.serving.lock import Held, owned
from questions.imports import run

STOPPED_AFTER = 2.8  # seconds from the signal to the end of the process, whatever hangs


class Command(BaseCommand):
    help = "Starts mlsprep on this machine: makes what is missing, then serves until it is stopped."
    requires_system_checks = []  # they open the database, which may be damaged: `serve` runs them when it is ready

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the next free one is taken (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets the network in (127.0.0.1)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if settings.DATABASE_URL or settings.REDIS_URL:
            raise CommandError(
                "`serve` runs everything in one process over SQLite, but DATABASE_URL or REDIS_URL is set. With "
                "them, web, worker and beat are processes of their own: README.md, 'Many people at once', says "
                "how to start each. To practice on this machine alone, unset both."
            )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        with ExitStack() as held:
            try:
                settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
                held.enter_context(owned(settings.DATA_DIR))
            except Held as error:
                raise CommandError(
                    f"mlsprep is running on {settings.DATA_DIR} already: open the address that it printed, or stop "
                    "it first (Ctrl-C in its window). A second one needs a MLSPREP_DATA_DIR of its own."
                ) from error
            except (OSError, sqlite3.Error) as error:
                raise CommandError(f"Nothing can be written in {settings.DATA_DIR}: {error}.") from error
            try:
                self.serve(host, port)
            except (preparation.Unprepared, web.NoPort) as error:
                raise CommandError(str(error)) from error

    def serve(self, host: str, port: int) -> None:
        """Prepares, serves until a signal comes, stops."""
        preparation.tables(self.say)
        self.check()
        preparation.bank(self.say)
        server = web.listen(host, port)
        run.take_over(timezone.now())  # this process has the data to itself
        try:
            threads.start()
            self.welcome(host, port, int(server.effective_port))
            server.run()
        finally:
            with suppress(OSError):
                (settings.DATA_DIR / "address").unlink(missing_ok=True)
            self.say("Stopping ...")
            self.say(clocks())
            server.close()
            threads.stop()
        self.say("Stopped.")

    def welcome(self, host: str, wanted: int, port: int) -> None:
        """Says where the pages and the data are, how to become administrator, how to stop."""
        url = settings.PUBLIC_URL + "/" if settings.PUBLIC_URL else web.address(host, port)
        if port != wanted:
            self.say(f"Port {wanted} is taken, so this is port {port}.")
        self.say(f"\nmlsprep runs at {url}")
        if settings.PUBLIC_URL:
            self.say(f"(on this machine: {web.address(host, port)})")
        if host in web.EVERYWHERE:
            self.say(self.open_to_the_network(port))
        elif host not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS.append(host)
        with suppress(OSError):  # `admin_link` prints links to it; without it exams go on all the same
            (settings.DATA_DIR / "address").write_text(url)
        self.say(f"Your data lie in {settings.DATA_DIR}")
        if not get_user_model()._default_manager.filter(is_superuser=True).exists():
            self.say(self.way_to_the_admin(url))
        self.say("Stop with Ctrl-C. A running exam's clock goes on.\n")

    def way_to_the_admin(self, url: str) -> str:
        """The link that makes the first administrator, in a sentence."""
        try:
            link = sign_in.admin_link(url)
        except sign_in.NotAdministrator as error:
            return f"There is no administrator yet. {error}"
        return f"To become administrator, open this link (once, within 24 hours):\n  {link}"

    def open_to_the_network(self, port: int) -> str:
        """Lets the network in by this machine's address, and returns the sentence that says so."""
        address = web.network_address()
        if address is None:
            return "This machine is in no network now, so only it can open the pages."
        settings.ALLOWED_HOSTS.append(address)
        return (
            f"On a phone or computer in the same network: {web.address(address, port)}\n"
            "WARNING: everyone in this network can open it, and nothing is encrypted. Use it at home only."
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # also into a pipe: what is said meanwhile is of no use afterwards


def stop(number: int, frame: FrameType | None) -> None:
    """Ends the process in good order, or after STOPPED_AFTER in any case: the database bears that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    last = threading.Timer(STOPPED_AFTER, os._exit, [0])
    last.daemon = True
    last.start()
    sys.exit(0)  # waitress takes it as its order to stop


def clocks() -> str:
    """How long running exams go on without us, in a sentence."""
    try:
        now = timezone.now()
        running = Attempt.objects.exams_running().filter(deadline__gt=now).order_by("deadline")
        deadlines = list(running.values_list("deadline", flat=True))
    except Error:
        return "A running exam's clock goes on."
    if not deadlines:
        return "No exam is running."
    left = [f"{minutes // 60} h {minutes % 60:02} min" for minutes in ((end - now).seconds // 60 for end in deadlines)]
    if len(left) == 1:
        return f"One exam is running. Its clock goes on for {left[0]}: start mlsprep again before that."
    return f"{len(left)} exams are running. Their clocks go on, the first for {left[0]}, the last for {left[-1]}."
