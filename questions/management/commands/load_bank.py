"""`manage.py load_bank`: load questions, syllabus and blueprints from files into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.bank_files.load import BankBusyError, LoadResult, load, load_shipped


class Command(BaseCommand):
    """Merge a bank directory with the database, and report the result for each question."""

    help = "Load a bank directory and the blueprints. Local edits are kept. If a file has a fault, nothing is loaded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "directory", nargs="?", type=Path, metavar="DIR", help="the bank directory; default: all shipped banks"
        )
        parser.add_argument("--dry-run", action="store_true", help="report the changes without writing anything")
        parser.add_argument("--theirs", action="store_true", help="overwrite local edits with the files")
        parser.add_argument(
            "--good-only", action="store_true", help="load the valid questions even if others have faults"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        modes = {name: options[name] for name in ("dry_run", "theirs", "good_only")}
        try:
            if options["directory"]:
                result = load(options["directory"], now=timezone.now(), **modes)
            else:
                result = load_shipped(now=timezone.now(), **modes)
        except BankBusyError as error:
            raise CommandError(str(error)) from error
        for fault in result.faults:
            self.stderr.write(str(fault))
        if options["dry_run"] or not result.faults or result.written:
            self._print(result, dry_run=options["dry_run"])
        if result.faults and not result.written:
            faults = "1 fault" if len(result.faults) == 1 else f"{len(result.faults)} faults"
            raise CommandError(
                f"{faults}. Nothing was loaded. Correct the files, or load the valid questions with --good-only."
            )

    def _print(self, result: LoadResult, *, dry_run: bool) -> None:
        for code, names in result.kept.items():
            self.stdout.write(f"kept yours: {code} ({', '.join(names)})")
        for code, names in result.conflicts.items():
            self.stdout.write(f"changed here and in the file: {code} ({', '.join(names)})")
        for code in result.missing:
            self.stdout.write(f"no longer in the files: {code}")
        if result.by_hand:
            places = ", ".join(result.by_hand)
            self.stdout.write(f"None is retired: questions were also loaded from {places}, and may be among these.")
        for code in result.retired:
            self.stdout.write(f"retired, since its file is gone: {code}")
        counts = {
            "created": result.created,
            "updated": result.updated,
            "unchanged": result.unchanged,
            "kept yours": result.kept,
            "conflicts": result.conflicts,
            "no longer in the files": result.missing,
            "retired": result.retired,
        }
        summary = ", ".join(f"{len(codes)} {name}" for name, codes in counts.items())
        self.stdout.write(f"Dry run, nothing was written: {summary}" if dry_run else summary)
        if result.retired and not dry_run:
            count = len(result.retired)
            gone = "1 question whose file is gone" if count == 1 else f"{count} questions whose files are gone"
            self.stdout.write(f"Retired {gone}.")
