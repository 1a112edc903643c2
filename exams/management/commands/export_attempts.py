"""`manage.py export_attempts`: attempts as JSON lines, for statistics and for checking scores from outside."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

from exams.services.results import export


def moment(text: str) -> datetime:
    """A day or a time in ISO 8601; UTC where it names no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time. Write it like 2026-04-01 or 2026-04-01T09:30Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Writable(Protocol):
    """What takes lines of text."""

    def write(self, text: str, /) -> Any: ...


class Command(BaseCommand):
    """Writes one JSON object a line while it reads, however many there are."""

    help = "Write finished exams as JSON lines. The file holds the keys of the questions: keep it from candidates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write, or - for the terminal")
        parser.add_argument("--since", type=moment, metavar="TIME", help="only what was handed in or scored since then")
        parser.add_argument("--all", action="store_true", help="running and abandoned attempts and practice too")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        with self._target(options["file"]) as target:
            for one in export.stream(export.selection(since=options["since"], everything=options["all"])):
                target.write(json.dumps(one, ensure_ascii=False) + "\n")
                count += 1
        self.stderr.write(f"Attempts written: {count}.", self.style.SUCCESS)

    @contextmanager
    def _target(self, name: str) -> Iterator[Writable]:
        """The terminal, or a file that takes its name only when it is whole."""
        if name == "-":
            yield self.stdout
            return
        path = Path(name)
        special = path.exists() and not path.is_file()  # a pipe cannot be replaced
        half = path if special else path.with_name(f"{path.name}.part")
        try:
            with half.open("w", encoding="utf-8") as file:
                yield file
            if not special:
                half.replace(path)
        except OSError as error:
            raise CommandError(f"{name} could not be written: {error.strerror}. Choose another place.") from error
