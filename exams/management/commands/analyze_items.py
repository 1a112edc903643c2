"""`manage.py analyze_items`: compute the statistics of all questions from the responses of candidates."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from exams.services.analysis import item_analysis


class Command(BaseCommand):
    help = "Computes the statistics of all questions from the responses in finished exams, and flags questions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--synthetic",
            action="store_true",
            help="use simulated exams alone, to try it out before there are real ones",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        analysis = item_analysis.analyze(timezone.now, synthetic=options["synthetic"])
        summary = {
            "revisions": len(analysis.items),
            "responses": analysis.responses,
            "seconds": round(time.monotonic() - began, 2),
            "flagged": analysis.flagged,
        }
        if not analysis.written:
            self.stderr.write("Nothing was written: statistics of simulated exams would replace those of real ones.")
        if options["json"]:
            self.stdout.write(json.dumps(summary, indent=1))
            return
        self.stdout.write(
            f"{summary['responses']} responses to {summary['revisions']} questions in {summary['seconds']} s."
        )
        for flag, codes in analysis.flagged.items():
            self.stdout.write(f"{flag}: {', '.join(codes)}")
