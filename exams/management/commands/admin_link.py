"""`manage.py admin_link`: print a one-time sign-in link for an administrator. Create the account if missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.services.people import second_factor, sign_in_links
from questions.models import User
from questions.services.errors import RefusedError


def server_url() -> str:
    """Return the URL of the running `serve` of this data directory, or the default."""
    try:
        return (settings.DATA_DIR / "address").read_text().strip()
    except OSError:
        return "http://127.0.0.1:8000"


class Command(BaseCommand):
    help = "Print a link that signs an administrator in once within 24 hours. Create the account if it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", nargs="?", default="", help="user name; the first administrator, or 'admin', if omitted"
        )
        parser.add_argument(
            "--url",
            default=settings.PUBLIC_URL or server_url(),
            help="base URL of the server (default: PUBLIC_URL, else the URL of the running `serve`)",
        )

        parser.add_argument(
            "--reset-second-factor",
            action="store_true",
            help="remove the app, the passkeys and the recovery codes of this administrator, who lost them",
        )

    def handle(self, *args: Any, name: str, url: str, reset_second_factor: bool, **options: Any) -> None:
        name = name or sign_in_links.administrator_name()
        try:
            link = sign_in_links.admin_link(url, name)
            if reset_second_factor:
                second_factor.reset(User.objects.get(username__iexact=name), by=None)
        except (sign_in_links.NotAdministratorError, RefusedError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(link)
