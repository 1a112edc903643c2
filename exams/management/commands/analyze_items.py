"""`manage.py analyze_items`: compute the statistics of all questions from the responses of candidates."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams.services.analysis import item_analysis
from exams.services.analysis.analyzed_exams import chosen_exams
from questions.services.errors import RefusedError


class Command(BaseCommand):
    help = "Computes the statistics of all questions from the responses in finished exams, and flags questions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", metavar="CODE", help="code of the exam; default: each with finished exams apart")
        parser.add_argument(
            "--synthetic",
            action="store_true",
            help="use simulated exams alone, to try it out before there are real ones",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            exams = chosen_exams(options["exam"], synthetic=options["synthetic"])
        except RefusedError as refused:
            raise CommandError(str(refused)) from refused
        analyses = [item_analysis.analyze(exam, timezone.now, synthetic=options["synthetic"]) for exam in exams]
        flagged: dict[str, list[str]] = {}
        for analysis in analyses:
            for flag, codes in analysis.flagged.items():
                flagged[flag] = sorted([*flagged.get(flag, []), *codes])
        summary = {
            "exams": exams,
            "revisions": sum(len(analysis.items) for analysis in analyses),
            "responses": sum(analysis.responses for analysis in analyses),
            "seconds": round(time.monotonic() - began, 2),
            "flagged": flagged,
        }
        if not all(analysis.written for analysis in analyses):
            self.stderr.write("Nothing was written: statistics of simulated exams would replace those of real ones.")
        if options["json"]:
            self.stdout.write(json.dumps(summary, indent=1))
            return
        names = ", ".join(exams) or "no exam"
        self.stdout.write(
            f"{summary['responses']} responses to {summary['revisions']} questions of {names} in "
            f"{summary['seconds']} s."
        )
        for flag, codes in flagged.items():
            self.stdout.write(f"{flag}: {', '.join(codes)}")
