"""`manage.py import_questions`: questions from a file of others into the bank, as drafts."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.formats import registry, zip_packages
from questions.imports import planner
from questions.imports.plan import CREATED, RATING, REFUSED, UNCHANGED, Plan, Settings
from questions.imports.refused_file import refused_file
from questions.imports.run import carry_out
from questions.models import ImportBatch
from questions.services.errors import RefusedError
from questions.services.stored import exam_codes

READ = [name for name, each in registry.FORMATS.items() if each.reads]


class Command(BaseCommand):
    """Says what becomes of each question of the file, and writes drafts: the whole file or nothing."""

    help = "Import the questions of a file as drafts. With a refused question nothing is imported, unless --good-only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file or package to import")
        parser.add_argument("--format", default="", help=f"one of: {', '.join(READ)}; without it the file is looked at")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--good-only", action="store_true", help="import the good questions where some are refused")
        parser.add_argument("--exam", help="the exam the questions are for, such as MLS-C01")
        parser.add_argument("--exam-domain", type=int, metavar="N", help="where the file says none")
        parser.add_argument("--topic", metavar="SLUG", help="the topic of all questions of its exam domain without one")
        parser.add_argument("--map", action="append", default=[], metavar='"Name=N"',
                            help="the exam domain that the file calls Name; may be repeated")  # fmt: skip
        parser.add_argument("--rating", type=int, default=RATING, help="in per cent, where the file says none")
        parser.add_argument("--license", default="", help="where the file says none")
        parser.add_argument("--collection", default="local", help="the collection the questions go to")
        parser.add_argument("--new-revisions", action="store_true",
                            help="another text under a known id becomes a new revision")  # fmt: skip
        parser.add_argument("--refused-file", type=Path, metavar="FILE", help="where to write the refused questions")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        data = self._data(file)
        settings = self._settings(options)
        plan = planner.plan(registry.read(data, file.name, options["format"]), settings)
        refused = any(each.what == REFUSED for each in plan.outcomes)
        batch: ImportBatch | None = None
        problem = ""
        if plan.faults:
            problem = "The file cannot be imported."
        elif refused and not options["good_only"]:
            problem = "Nothing was imported. Correct the file, or import the good questions with --good-only."
        elif not options["dry_run"]:
            try:
                batch = carry_out(
                    plan, file.name, planner.sha256(data), now=timezone.now(), good_only=options["good_only"],
                    progress=None if options["json"] else self._progress,
                )  # fmt: skip
            except RefusedError as refusal:
                problem = str(refusal)
        if refused and options["refused_file"]:
            self._write(options["refused_file"], refused_file(data, file.name, plan)[1])
        if options["json"]:
            written = {"written": batch is not None, "batch": batch.pk if batch else None}
            self.stdout.write(json.dumps({**plan.as_json(), **written}, indent=1, ensure_ascii=False))
        else:
            self._print(plan, dry_run=options["dry_run"])
        if problem and not (options["dry_run"] and not plan.faults):
            raise CommandError(problem)

    def _data(self, file: Path) -> bytes:
        try:
            if fault := zip_packages.size_fault(file.stat().st_size, str(file)):
                raise CommandError(fault.sentence)
            return file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error

    def _settings(self, options: dict[str, Any]) -> Settings:
        exams = exam_codes()
        exam = options["exam"] or (exams[0] if len(exams) == 1 else "")
        if exam not in exams:
            known = f"Known are: {', '.join(exams)}." if exams else "Load a bank first with load_bank."
            raise CommandError(
                f"Say the exam with --exam. {known}" if not exam else f"No exam is called {exam}. {known}"
            )
        mapping: dict[str, int] = {}
        for each in options["map"]:
            name, equals, number = each.rpartition("=")
            if not equals or not number.strip().isdecimal():
                raise CommandError(f"'{each}' is no mapping. Write it as \"Data engineering=1\".")
            mapping[name] = int(number)
        return Settings(
            exam=exam,
            exam_domain=options["exam_domain"],
            topic=options["topic"],
            rating=options["rating"],
            license=options["license"],
            collection=options["collection"],
            mapping=mapping,
            new_revisions=options["new_revisions"],
        )

    def _progress(self, done: int, of: int) -> None:
        if of > 1000:
            self.stdout.write(f"{done} of {of}")

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _print(self, plan: Plan, *, dry_run: bool) -> None:
        for fault in plan.faults:
            self.stderr.write(str(fault) if fault.file else fault.sentence)
        for each in plan.outcomes:
            if each.what in (CREATED, UNCHANGED) and not each.notes:
                continue
            place = f"question {each.number}" + (f", line {each.line}" if each.line else "")
            self.stdout.write(f"{each.what}: {place}: {each.code or each.name}")
            for sentence in (*each.reasons, *each.notes):
                self.stdout.write(f"    {sentence}")
            for name, ours, theirs in each.difference:
                self.stdout.write(f"    {name}\n      here: {ours}\n      file: {theirs}")
        for name in plan.unknown:
            self.stdout.write(f'An exam domain is not known: say which one it is with --map "{name}=N".')
        if not plan.faults:
            summary = ", ".join(f"{count} {what}" for what, count in plan.counts().items())
            self.stdout.write(f"Dry run, nothing was written: {summary}" if dry_run else summary)
