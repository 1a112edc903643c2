"""`manage.py import_questions`: import a file of questions as drafts."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.content.schema import DEFAULT_RATING
from questions.formats import bounded_reading, registry, zip_packages
from questions.imports import planner
from questions.imports.plan import (
    CREATED,
    UNCHANGED,
    ImportPlan,
    ImportSettings,
    plan_json,
)
from questions.imports.refused_file import refused_file
from questions.imports.steps import import_plan
from questions.models import ImportBatch
from questions.services.errors import RefusedError
from questions.services.stored_bank import exam_codes


class Command(BaseCommand):
    """Print the outcome of each question of the file, and write drafts: the whole file or nothing."""

    help = "Import a file of questions as drafts. If one is refused, nothing is imported unless --good-only is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file or package to import")
        parser.add_argument("--format", default="", help=f"one of: {', '.join(registry.FORMATS)}; detected by default")
        parser.add_argument("--dry-run", action="store_true", help="print the outcome without writing anything")
        parser.add_argument(
            "--good-only", action="store_true", help="import the accepted questions even if some are refused"
        )
        parser.add_argument("--exam", help="the code of the exam that the questions are for")
        parser.add_argument("--exam-domain", type=int, metavar="N", help="for questions without one in the file")
        parser.add_argument("--topic", metavar="SLUG", help="for questions of its exam domain without a topic")
        parser.add_argument("--map", action="append", default=[], metavar='"Name=N"',
                            help="the exam domain called Name in the file; may be repeated")  # fmt: skip
        parser.add_argument(
            "--rating", type=int, default=DEFAULT_RATING, help="in percent, for questions without one in the file"
        )
        parser.add_argument("--license", default="", help="for questions without one in the file")
        parser.add_argument("--collection", default="local", help="the collection of the questions")
        parser.add_argument("--new-revisions", action="store_true",
                            help="import another text under a known id as a new revision")  # fmt: skip
        parser.add_argument("--keep-live", action="store_true",
                            help="keep questions live that are so in the file; by default they are drafts")  # fmt: skip
        parser.add_argument("--full-credit-only", action="store_true",
                            help="leave out partial credit that is given otherwise than here")  # fmt: skip
        parser.add_argument(
            "--refused-file", type=Path, metavar="FILE", help="write the refused questions to this file"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        data = self._read(file)
        settings = self._settings(options)
        parsed_file = bounded_reading.read(data, file.name, options["format"])
        plan = planner.make_plan(parsed_file, settings)
        left_out = plan.left_out()
        batch: ImportBatch | None = None
        problem = ""
        if plan.faults:
            problem = "The file cannot be imported."
        elif left_out and not options["good_only"]:
            problem = "Nothing was imported. Correct the file, or import the accepted questions with --good-only."
        elif not options["dry_run"]:
            try:
                batch = import_plan(
                    plan, file.name, planner.file_sha256(data), now=timezone.now(), good_only=options["good_only"],
                    progress=None if options["json"] else self._progress,
                )  # fmt: skip
            except RefusedError as refusal:
                problem = str(refusal)
        if left_out and options["refused_file"]:
            self._write_file(options["refused_file"], refused_file(parsed_file, file.name, plan)[1])
        if options["json"]:
            content = plan_json(plan.format, plan.summary(), plan.outcomes)
            written = {"written": batch is not None, "batch": batch.pk if batch else None}
            self.stdout.write(json.dumps({**content, **written}, indent=1, ensure_ascii=False))
        else:
            self._print_plan(plan, dry_run=options["dry_run"])
        if problem and not (options["dry_run"] and not plan.faults):
            raise CommandError(problem)

    def _read(self, file: Path) -> bytes:
        try:
            if fault := zip_packages.size_fault(file.stat().st_size, str(file)):
                raise CommandError(fault.sentence)
            return file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error

    def _settings(self, options: dict[str, Any]) -> ImportSettings:
        exams = exam_codes()
        exam = options["exam"] or (exams[0] if len(exams) == 1 else "")
        if exam not in exams:
            known = f"Known exams: {', '.join(exams)}." if exams else "Load a bank first with load_bank."
            raise CommandError(
                f"Choose the exam with --exam. {known}" if not exam else f"The exam {exam} does not exist. {known}"
            )
        mapping: dict[str, int] = {}
        for argument in options["map"]:
            name, equals, number = argument.rpartition("=")
            if not equals or not number.strip().isdecimal():
                raise CommandError(f"'{argument}' is not a mapping. Write it as \"Data engineering=1\".")
            mapping[name] = int(number)
        return ImportSettings(
            exam=exam,
            exam_domain=options["exam_domain"],
            topic=options["topic"],
            rating=options["rating"],
            license=options["license"],
            collection=options["collection"],
            mapping=mapping,
            new_revisions=options["new_revisions"],
            keep_live=options["keep_live"],
            full_credit_only=options["full_credit_only"],
        )

    def _progress(self, done: int, total: int) -> None:
        if total > 1000:
            self.stdout.write(f"{done} of {total}")

    def _write_file(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _print_plan(self, plan: ImportPlan, *, dry_run: bool) -> None:
        for fault in plan.faults:
            self.stderr.write(str(fault) if fault.file else fault.sentence)
        for warning in plan.warnings:
            self.stderr.write(warning)
        for outcome in plan.outcomes:
            if outcome.outcome in (CREATED, UNCHANGED) and not (outcome.notes or outcome.warnings):
                continue
            position = f"question {outcome.number}" + (f", line {outcome.line}" if outcome.line else "")
            self.stdout.write(f"{outcome.outcome}: {position}: {outcome.code or outcome.name}")
            for sentence in (*outcome.reasons, *outcome.warnings, *outcome.notes):
                self.stdout.write(f"    {sentence}")
            for name, ours, theirs in outcome.difference:
                self.stdout.write(f"    {name}\n      here: {ours}\n      file: {theirs}")
        for name in plan.unknown_domains:
            self.stdout.write(f'An exam domain is not known. Choose it with --map "{name}=N".')
        if not plan.faults:
            summary = ", ".join(f"{count} {outcome}" for outcome, count in plan.counts().items())
            self.stdout.write(f"Dry run, nothing was written: {summary}" if dry_run else summary)
