"""`manage.py export_attempts`: write attempts as JSON lines, for statistics and independent checks of scores."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

from exams.services.results import export


def iso_time(text: str) -> datetime:
    """Parse a date or time in ISO 8601; UTC without a zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a time. Write it like 2026-04-01 or 2026-04-01T09:30Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Writable(Protocol):
    """A target for lines of text."""

    def write(self, text: str, /) -> Any: ...


class Command(BaseCommand):
    """Write one JSON object per line, in constant memory."""

    help = (
        "Write finished exams as JSON lines. The file contains the keys of the questions. Do not give it to candidates."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write, or - for the terminal")
        parser.add_argument(
            "--since", type=iso_time, metavar="TIME", help="only attempts submitted or scored since then"
        )
        parser.add_argument("--all", action="store_true", help="include open and abandoned attempts and practice")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        with self._target(options["file"]) as target:
            attempts = export.exportable_attempts(since=options["since"], everything=options["all"])
            for attempt in export.export_attempts(attempts):
                target.write(json.dumps(attempt, ensure_ascii=False) + "\n")
                count += 1
        self.stderr.write(f"Attempts written: {count}.", self.style.SUCCESS)

    @contextmanager
    def _target(self, name: str) -> Iterator[Writable]:
        """Open the terminal, or a file that is renamed to its final name when it is complete."""
        if name == "-":
            yield self.stdout
            return
        path = Path(name)
        is_special = path.exists() and not path.is_file()  # a pipe cannot be replaced
        part = path if is_special else path.with_name(f"{path.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                yield file
            if not is_special:
                part.replace(path)
        except OSError as error:
            raise CommandError(f"{name} could not be written: {error.strerror}. Choose another place.") from error
