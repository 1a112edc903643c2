"""Erases idle guests now; the sweeper does the same once a day."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from exams.services import erasure


class Command(BaseCommand):
    help = "Erases guests who have been idle for GUEST_DAYS; their responses stay, anonymous."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=None, help=f"idle days ({settings.GUEST_DAYS})")

    def handle(self, *args: Any, days: int | None, **options: Any) -> None:
        self.stdout.write(f"Guests erased: {erasure.erase_guests(timezone.now(), days)}.")
