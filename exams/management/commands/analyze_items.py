"""`manage.py analyze_items`: compute the statistics of all questions from the responses of candidates."""

import json
import os
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from exams.services.analysis import item_analysis

BACKGROUND_NICENESS = 10  # a run in the background gives way to pages


class Command(BaseCommand):
    help = "Computes the statistics of all questions from the responses in finished exams, and flags questions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--synthetic",
            action="store_true",
            help="use simulated exams alone, to try it out before there are real ones",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--run", type=int, metavar="ID", help="start or continue a requested run, with low priority"
        )

        parser.add_argument(
            "--claimed-at", type=datetime.fromisoformat, metavar="TIME", help="when the worker has claimed this run"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        if options["run"] is None:
            analysis = item_analysis.analyze(timezone.now, synthetic=options["synthetic"])
        else:
            if hasattr(os, "nice"):  # Windows has none
                os.nice(BACKGROUND_NICENESS)
            performed = item_analysis.perform(options["run"], timezone.now, options["claimed_at"])
            if performed is None:
                self.stderr.write(f"Run {options['run']} is finished, or another process works on it.")
                return
            analysis = performed
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
