"""`manage.py audit`: recompute every attempt and print the differences."""

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
    """Print each difference as a sentence."""

    help = "Audit forms, deadlines, responses and scores of all attempts. Exit with 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        n_attempts = Attempt.objects.count()
        differences = []
        for difference in audit.differences(timezone.now()):
            differences.append(difference)
            if not options["json"]:
                prefix = f"Attempt {difference.attempt}: " if difference.attempt else ""
                self.stdout.write(f"{prefix}{difference.sentence}")
        if options["json"]:
            result = {"attempts": n_attempts, "differences": [asdict(difference) for difference in differences]}
            self.stdout.write(json.dumps(result, indent=1))
        else:
            self.stdout.write(f"Attempts recounted: {n_attempts}. Differences: {len(differences) or 'none'}.")
        if differences:
            sys.exit(1)
