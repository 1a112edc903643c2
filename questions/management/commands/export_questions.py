"""`manage.py export_questions`: the bank in a format of others."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.interchange import json_export

FORMATS: dict[str, Callable[[], str]] = {"json": json_export.dump}


class Command(BaseCommand):
    """Writes all questions into one file."""

    help = "Write all questions of the database into one file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file to write")
        parser.add_argument("--format", required=True, help=f"one of: {', '.join(FORMATS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        write = FORMATS.get(options["format"])
        if write is None:
            raise CommandError(f"The format '{options['format']}' is not known. Known are: {', '.join(FORMATS)}.")
        text = write()
        try:
            file.write_bytes(text.encode())
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"The questions are in {file}")
