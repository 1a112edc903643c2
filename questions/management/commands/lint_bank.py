"""`manage.py lint_bank`: check the question files and study pages of the shipped banks, without a database."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.bank_files.check import BankCheck, LocatedFinding, check
from questions.bank_files.directories import shipped_directories
from questions.content import blueprint
from questions.content.blueprint import BlueprintSpec
from questions.lint.coverage import Coverage
from questions.lint.guessing_strategies import TOLERANCE, StrategyResult
from questions.lint.profile import ProfileMeasure
from questions.lint.rules import E, Finding


class Command(BaseCommand):
    """Print findings with file and line, how far the bank can be guessed, its profile, and what it covers."""

    help = (
        "Check questions and study pages of the shipped banks, or of one bank directory. "
        "Exits with 1 on an error or an unwaived warning."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, metavar="DIR",
                            help="a bank directory; default: all shipped banks, figures of the first")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--no-info", action="store_true", help="leave out notes")
        parser.add_argument("--profile", action="store_true",
                            help="fail also if the questions that exams draw on are not like the exam")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        directories = [options["directory"]] if options["directory"] else shipped_directories()
        if missing := [directory for directory in directories if not directory.is_dir()]:
            raise CommandError(f"There is no directory {missing[0]}. Name the directory of a bank.")
        if not directories:
            raise CommandError(f"There is no bank in {settings.BANKS_DIR}. Add one, or name a directory.")
        report, *others = [_check(directory) for directory in directories]
        findings = [row for bank in (report, *others) for row in bank.findings]
        if not options["directory"]:
            findings += _blueprint_findings()
        off_target = [measure for measure in report.profile if not measure.passes] if options["profile"] else []
        passes = all(row.finding.severity == "I" for row in findings) and not off_target
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report, findings, passes=passes), indent=1, ensure_ascii=False))
        else:
            self._print_findings(findings, with_info=not options["no_info"])
            self._print_strategies(report.strategies)
            self._print_profile(report.profile)
            self._print_coverage(report.coverage)
            if off_target:
                self.stdout.write(f"\nNot like the exam: {', '.join(measure.target.name for measure in off_target)}")
        if not passes:
            sys.exit(1)

    def _print_findings(self, findings: list[LocatedFinding], *, with_info: bool) -> None:
        for row in findings:
            finding = row.finding
            if finding.severity != "I" or with_info:
                place = f"{_relative(row.file)}:{finding.line}" if finding.line else _relative(row.file)
                field = f"{finding.field}: " if finding.field else ""
                self.stdout.write(f"{place}: {finding.severity} {finding.rule}: {field}{finding.sentence}")
        counts = {letter: sum(row.finding.severity == letter for row in findings) for letter in "EWI"}
        self.stdout.write(f"\n{counts['E']} errors, {counts['W']} warnings, {counts['I']} notes\n\n")

    def _print_strategies(self, results: tuple[StrategyResult, ...]) -> None:
        self.stdout.write(f"{'Guessing by':18}{'hit':>7}{'chance':>8}{'diff':>8}{'± s.e.':>8}{'decided':>9}")
        for result in results:
            mark = "" if result.passes else f"  beyond {TOLERANCE}"
            row = f"{result.name:18}{result.hit:7.3f}{result.chance:8.3f}{result.difference:+8.3f}{result.error:8.3f}"
            self.stdout.write(f"{row}{result.decided:5}/{result.questions}{mark}")

    def _print_profile(self, measures: tuple[ProfileMeasure, ...]) -> None:
        self.stdout.write(f"\n{'Like the exam':36}{'value':>8}  target")
        for measure in measures:
            mark = "" if measure.passes else "  off target"
            self.stdout.write(f"{measure.target.name:36}{measure!s:>8}  {measure.target}{mark}")

    def _print_coverage(self, coverage: Coverage) -> None:
        self.stdout.write(
            f"\n{coverage.questions} questions, {coverage.multiple_response:.0f} % multiple response, "
            f"{coverage.qualifiers:.0f} % with a capital qualifier, rating {_number(coverage.rating_mean)} "
            f"± {_number(coverage.rating_spread)}"
        )
        for domain in coverage.domains:
            weight = f" of {domain.weight} %" if domain.weight is not None else ""
            self.stdout.write(
                f"{domain.number} {domain.title}: {domain.questions} questions ({domain.share:.0f} %{weight}), "
                f"{domain.multiple_response} multiple response, rating {_number(domain.rating_mean)} "
                f"± {_number(domain.rating_spread)}"
            )
        for kind, counts in coverage.positions.items():
            keys = ", ".join(f"{position}: {count}" for position, count in counts.items())
            self.stdout.write(f"Key positions, {kind}: {keys}")
        topics, points = coverage.topics_without, coverage.points_without
        self.stdout.write(f"Topics without a question: {len(topics)} of {len(coverage.topics)}. {' '.join(topics)}")
        self.stdout.write(f"Points without a question: {len(points)} of {len(coverage.points)}. --json lists them.")


def as_json(report: BankCheck, findings: list[LocatedFinding], *, passes: bool) -> dict[str, Any]:
    """Return the figures of the report and the findings as plain values, for `--json`."""
    return {
        "passes": passes,
        "findings": [{"file": row.file, "question": row.question, **asdict(row.finding)} for row in findings],
        "strategies": [
            {**asdict(result), "difference": result.difference, "passes": result.passes} for result in report.strategies
        ],
        "profile": [
            {**asdict(measure.target), "value": measure.value, "passes": measure.passes} for measure in report.profile
        ],
        "coverage": asdict(report.coverage),
    }


def _check(directory: Path) -> BankCheck:
    """Check a directory by the shipped blueprint that draws on it, if any."""
    spec = _spec(directory.resolve().name)
    weights = {domain.number: domain.weight for domain in spec.exam_domains} if spec else None
    return check(directory, timezone.now().date(), weights, in_exams=spec is not None)


def _blueprint_findings() -> list[LocatedFinding]:
    """Return the faults of the blueprint files, which every bank depends on."""
    _blueprints, faults = blueprint.read_directory(settings.BLUEPRINT_DIR, timezone.now().date())
    directory = settings.BLUEPRINT_DIR
    _blueprints, faults = blueprint.read_directory(directory, timezone.now().date())
    return [
        LocatedFinding(str(directory / row.file), "", Finding("blueprint", E, row.field, row.sentence, row.line))
        for row in faults
    ]


def _spec(collection: str) -> BlueprintSpec | None:
    """Return the shipped blueprint whose exams draw on a collection."""
    blueprints, _faults = blueprint.read_directory(settings.BLUEPRINT_DIR)
    return next((spec for _path, spec in blueprints if collection in spec.collections), None)


def _relative(file: str) -> str:
    """Return a path relative to the working directory if it is below it."""
    working_directory = Path.cwd()
    path = Path(file)
    return str(path.relative_to(working_directory)) if path.is_relative_to(working_directory) else file


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
