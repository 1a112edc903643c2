"""`manage.py lint_bank`: check the question files and study pages of a bank, without a database."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.bank_files.check import BankCheck, check
from questions.content import blueprint
from questions.lint.coverage import Coverage
from questions.lint.strategies import TOLERANCE, StrategyResult

_QUESTIONS = Path(__file__).resolve().parents[2]
SHIPPED = _QUESTIONS / "bank" / "mls-c01"


class Command(BaseCommand):
    """Prints findings with file and line, how far the bank can be guessed, and what it covers."""

    help = "Check questions and study pages of a bank directory. Exits with 1 on an error or an unwaived warning."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, default=SHIPPED, metavar="DIR",
                            help="the bank directory; default: the shipped bank")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--no-info", action="store_true", help="leave out notes")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"There is no directory {directory}. Name the directory of a bank.")
        report = check(directory, timezone.now().date(), _weights(directory.resolve().name))
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), indent=1, ensure_ascii=False))
        else:
            self._print(report, with_info=not options["no_info"])
        if not report.passes:
            sys.exit(1)

    def _print(self, report: BankCheck, *, with_info: bool) -> None:
        for row in report.findings:
            finding = row.finding
            if finding.severity != "I" or with_info:
                place = f"{_relative(row.file)}:{finding.line}" if finding.line else _relative(row.file)
                field = f"{finding.field}: " if finding.field else ""
                self.stdout.write(f"{place}: {finding.severity} {finding.rule}: {field}{finding.sentence}")
        counts = {letter: sum(row.finding.severity == letter for row in report.findings) for letter in "EWI"}
        self.stdout.write(f"\n{counts['E']} errors, {counts['W']} warnings, {counts['I']} notes\n\n")
        self._print_strategies(report.strategies)
        self._print_coverage(report.coverage)

    def _print_strategies(self, results: tuple[StrategyResult, ...]) -> None:
        self.stdout.write(f"{'Guessing by':18}{'hit':>7}{'chance':>8}{'diff':>8}{'± s.e.':>8}{'decided':>9}")
        for result in results:
            mark = "" if result.passes else f"  beyond {TOLERANCE}"
            row = f"{result.name:18}{result.hit:7.3f}{result.chance:8.3f}{result.difference:+8.3f}{result.error:8.3f}"
            self.stdout.write(f"{row}{result.decided:5}/{result.questions}{mark}")

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


def as_json(report: BankCheck) -> dict[str, Any]:
    """Return the report as plain values, for `--json`."""
    return {
        "passes": report.passes,
        "findings": [{"file": row.file, "question": row.question, **asdict(row.finding)} for row in report.findings],
        "strategies": [
            {**asdict(result), "difference": result.difference, "passes": result.passes} for result in report.strategies
        ],
        "coverage": asdict(report.coverage),
    }


def _weights(collection: str) -> dict[int, int] | None:
    """Return the weights of the shipped blueprint that draws from this bank, if any."""
    for path in sorted((_QUESTIONS / "blueprints").glob("*.yaml")):
        spec, _ = blueprint.read(path)
        if spec and collection in spec.collections:
            return {domain.number: domain.weight for domain in spec.exam_domains}
    return None


def _relative(file: str) -> str:
    """Return a path relative to the working directory if it is below it."""
    working_directory = Path.cwd()
    path = Path(file)
    return str(path.relative_to(working_directory)) if path.is_relative_to(working_directory) else file


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
