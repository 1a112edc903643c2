"""`manage.py export_questions`: write the bank in a format of other systems."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.formats.export import export
from questions.formats.registry import FORMATS

WRITABLE_FORMATS = {name: format for name, format in FORMATS.items() if format.writes}


class Command(BaseCommand):
    """Write all questions to one file, and report what the format cannot carry."""

    help = "Write all questions of the database to one file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file to write")
        parser.add_argument("--format", required=True, help=f"one of: {', '.join(WRITABLE_FORMATS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        format = WRITABLE_FORMATS.get(options["format"])
        if format is None:
            raise CommandError(
                f"The format '{options['format']}' is not known. Known formats: {', '.join(WRITABLE_FORMATS)}."
            )
        exported = export(format)
        try:
            file.write_bytes(exported.data)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        questions = "1 question is" if exported.count == 1 else f"{exported.count} questions are"
        self.stdout.write(f"{questions} in {file}")
        for code, reason in exported.left_out.items():
            self.stdout.write(f"not exported: {code}: {reason}")
        if format.loses:
            self.stdout.write(f"{format.title} omits: {'; '.join(format.loses)}.")
