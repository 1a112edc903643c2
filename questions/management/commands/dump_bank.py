"""`manage.py dump_bank`: write the bank of the database as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.bank_files.dump import dump
from questions.services.stored_bank import exam_codes


class Command(BaseCommand):
    """Write syllabus.yaml and one file for each question; with several exams, a directory for each exam."""

    help = "Write all questions in the database, including local ones, to files that load_bank can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "directory", type=Path, metavar="DIR", help="the directory to write, created if it is missing"
        )
        parser.add_argument(
            "--collection", default="", metavar="NAME", help="one collection; default: all but those for practice only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        exams = exam_codes()
        if not exams:
            raise CommandError("The database contains no bank. Load one with load_bank.")
        for exam in exams:
            target = directory if len(exams) == 1 else directory / exam.lower()
            try:
                result = dump(target, exam, options["collection"])
            except OSError as error:
                raise CommandError(f"{error.filename or target} cannot be written: {error.strerror}.") from error
            questions = "1 question" if result.written == 1 else f"{result.written} questions"
            self.stdout.write(f"{exam}: {questions} and the syllabus in {target}")
            for code in result.without_wording:
                self.stdout.write(f"no text, not written: {code}")
            for path in result.unknown_files:
                self.stdout.write(f"not in the database, not changed: {path}")
