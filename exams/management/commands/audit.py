"""`manage.py audit`: recounts every attempt and says what is not as it should be."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from exams.models import Attempt
from exams.services.results import audit


class Command(BaseCommand):
    """Prints each difference as a sentence."""

    help = "Recount forms, deadlines, responses and scores of all attempts. Exits with 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        attempts = Attempt.objects.count()
        found = []
        for difference in audit.differences(timezone.now()):
            found.append(difference)
            if not options["json"]:
                place = f"Attempt {difference.attempt}: " if difference.attempt else ""
                self.stdout.write(f"{place}{difference.sentence}")
        if options["json"]:
            result = {"attempts": attempts, "differences": [asdict(difference) for difference in found]}
            self.stdout.write(json.dumps(result, indent=1))
        else:
            self.stdout.write(f"Attempts recounted: {attempts}. Differences: {len(found) or 'none'}.")
        if found:
            sys.exit(1)
