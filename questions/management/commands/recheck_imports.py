"""`manage.py recheck_imports`: list questions imported from Markdown that may have lost a number."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.formats import bounded_reading, checkbox_markdown
from questions.formats.text_files import first_words
from questions.imports import recheck


class Command(BaseCommand):
    """Print the questions to check, or with the imported file exactly those whose stem differs from it."""

    help = "List questions imported from Markdown whose stem may lack a number; with the file, those that differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the Markdown file that was imported")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["file"]
        stems = recheck.markdown_imports() if file is None else self._differences(file)
        for stem in stems:
            self.stdout.write(f"{stem.code}: {first_words(stem.stem)}")
            if stem.in_file:
                self.stdout.write(f"  the file says: {first_words(stem.in_file, 200)}")
        if not stems:
            self.stdout.write("No question needs to be checked.")

    def _differences(self, file: Path) -> list[recheck.ImportedStem]:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.") from error
        parsed_file = bounded_reading.read(data, file.name, checkbox_markdown.FORMAT)
        if parsed_file.faults:
            raise CommandError(str(parsed_file.faults[0]))
        return list(recheck.changed_stems(parsed.content for parsed in parsed_file.questions if parsed.content))
