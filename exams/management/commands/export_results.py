"""`manage.py export_results`: write the results of an exam for a class as CSV or as an Excel workbook."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from exams.models import Sitting
from exams.services.classes import joining, results_files


class Command(BaseCommand):
    """Write one line for each attempt, and for each participant without one."""

    help = "Write the results of an exam for a class: name, attempt, status, times, score, and percent by exam domain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sitting", metavar="SITTING", help="the UUID or the code of the exam for a class")
        parser.add_argument("file", type=Path, metavar="FILE", help="the file to write, ending in .csv or .xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        write = results_files.WRITERS.get(path.suffix.lower())
        if write is None:
            raise CommandError(f"{path} must end in {' or '.join(results_files.WRITERS)}.")
        part = path.with_name(f"{path.name}.part")
        data = write(self._sitting(options["sitting"]))
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}. Choose another place.") from error
        self.stderr.write(f"Written: {path}.", self.style.SUCCESS)

    def _sitting(self, name: str) -> Sitting:
        try:
            sitting = Sitting.objects.select_related("blueprint").filter(uuid=UUID(name)).first()
        except ValueError:
            sitting = joining.find_sitting(name)
        if sitting is None:
            raise CommandError(f"There is no exam for a class with the UUID or the code {name}.")
        return sitting
