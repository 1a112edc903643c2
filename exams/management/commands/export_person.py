"""`manage.py export_person`: write everything about one person, as the person can download it on the account page."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import person_data
from exams.services.people.candidates import UnknownPersonError, find_person


class Command(BaseCommand):
    help = "Write the account, settings, exams, practice and notes of one person to a ZIP of JSON and CSV files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME|CODE", help="the name of an account, or a guest code")
        parser.add_argument("file", metavar="FILE.zip", type=Path, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            user, candidate = find_person(options["person"])
        except UnknownPersonError as error:
            raise CommandError(str(error)) from error
        owners = [candidate] if candidate else []
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as file:
                count = person_data.write(file, user, owners, timezone.now())
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CommandError(f"{path} could not be written: {error.strerror}. Choose another place.") from error
        self.stdout.write(f"Exams and practice written: {count}.")
