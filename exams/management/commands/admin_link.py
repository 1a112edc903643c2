"""Prints a one-time link that signs an administrator in, and makes her account if it is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.services.people import sign_in


def served() -> str:
    """The address at which `serve` runs on this data directory, or its usual one."""
    try:
        return (settings.DATA_DIR / "address").read_text().strip()
    except OSError:
        return "http://127.0.0.1:8000"


class Command(BaseCommand):
    help = "Prints a link that signs an administrator in, once, within 24 hours. Makes the account if it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="the first administrator, or 'admin', if left out")
        parser.add_argument(
            "--url",
            default=settings.PUBLIC_URL or served(),
            help="where people reach the server (PUBLIC_URL, else the address of the running `serve`)",
        )

    def handle(self, *args: Any, name: str, url: str, **options: Any) -> None:
        try:
            link = sign_in.admin_link(url, name or sign_in.administrator())
        except sign_in.NotAdministrator as error:
            raise CommandError(str(error)) from error
        self.stdout.write(link)
