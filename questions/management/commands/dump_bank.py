"""`manage.py dump_bank`: the database's bank as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.bank_files.dump import dump
from questions.services.stored import exam_codes


class Command(BaseCommand):
    """Writes syllabus.yaml and one file a question; with several exams, a directory for each."""

    help = "Write the bank of the database, local questions too, as the files that load_bank reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="where to write; made if it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        exams = exam_codes()
        if not exams:
            raise CommandError("There is no bank in the database yet. Load one with load_bank.")
        for exam in exams:
            place = directory if len(exams) == 1 else directory / exam.lower()
            try:
                result = dump(place, exam)
            except OSError as error:
                raise CommandError(f"{error.filename or place} cannot be written: {error.strerror}.") from error
            questions = "1 question" if result.written == 1 else f"{result.written} questions"
            self.stdout.write(f"{exam}: {questions} and the syllabus in {place}")
            for code in result.wordless:
                self.stdout.write(f"no wording yet, not written: {code}")
            for path in result.foreign:
                self.stdout.write(f"not in the database, left as it is: {path}")
