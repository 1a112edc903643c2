"""`manage.py erase_guests`: erase idle guests now. The sweeper does the same once a day."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from exams.services.people import erasure
from exams.services.upkeep import daily_erasure


class Command(BaseCommand):
    help = "Erase guests who have been idle for GUEST_DAYS. Their responses are kept without identity."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=None, help=f"idle days ({settings.GUEST_DAYS}); 0 erases no guest"
        )

    def handle(self, *args: Any, days: int | None, **options: Any) -> None:
        if days is not None and days < 0:
            raise CommandError("--days must be a whole number, 0 or more. 0 erases no guest.")
        now = timezone.now()
        if daily_erasure.unconfirmed_leap(now):
            raise CommandError(
                f"No guest was erased. The date of this machine, {now:%Y-%m-%d}, is far ahead of the last daily run. "
                "If it is wrong, correct it. If it is right, let the server run for a day, which confirms it."
            )
        self.stdout.write(f"Guests erased: {erasure.erase_guests(now, days)}.")
