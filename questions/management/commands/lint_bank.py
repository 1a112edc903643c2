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
                            help="a bank directory; default: all shipped banks")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--no-info", action="store_true", help="leave out notes")
        parser.add_argument("--profile", action="store_true",
                            help="fail also if a bank misses targets of its profile.yaml")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        directories = [options["directory"]] if options["directory"] else shipped_directories()
        if missing := [directory for directory in directories if not directory.is_dir()]:
            raise CommandError(f"There is no directory {missing[0]}. Name the directory of a bank.")
        if not directories:
            raise CommandError(f"There is no bank in {settings.BANKS_DIR}. Add one, or name a directory.")
        banks = [_check(directory) for directory in directories]
        findings = [row for bank in banks for row in bank.findings]
        if not options["directory"]:
            findings += _blueprint_findings()
        off_target = [
            f"{bank.name}: {measure.target.name}"
            for bank in banks
            for measure in (bank.profile if options["profile"] else ())
            if measure.target.is_gate and not measure.passes
        ]
        passes = all(row.finding.severity == "I" for row in findings) and not off_target
        if options["json"]:
            self.stdout.write(json.dumps(as_json(banks, findings, passes=passes), indent=1, ensure_ascii=False))
        else:
            self._print_findings(findings, with_info=not options["no_info"])
            for bank in banks:
                self._print_bank(bank)
            if off_target:
                self.stdout.write(f"\nNot like the exam: {'; '.join(off_target)}")
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

    def _print_bank(self, bank: BankCheck) -> None:
        self.stdout.write(f"{bank.name}\n{'=' * len(bank.name)}")
        self._print_strategies(bank.strategies)
        if bank.profile:
            self._print_profile(bank.profile)
        for asked, counts in bank.verdicts.items():
            total = sum(counts.values())
            shares = ", ".join(f"{verdict} {100 * count / total:.1f} %" for verdict, count in counts.items())
            self.stdout.write(f"Readers, {asked}: {shares} of {total}")
        self._print_coverage(bank.coverage)

    def _print_strategies(self, results: tuple[StrategyResult, ...]) -> None:
        self.stdout.write(f"{'Guessing by':18}{'hit':>7}{'chance':>8}{'diff':>8}{'± s.e.':>8}{'decided':>9}")
        for result in results:
            mark = "" if result.passes else f"  beyond {TOLERANCE}"
            row = f"{result.name:18}{result.hit:7.3f}{result.chance:8.3f}{result.difference:+8.3f}{result.error:8.3f}"
            self.stdout.write(f"{row}{result.decided:5}/{result.questions}{mark}")

    def _print_profile(self, measures: tuple[ProfileMeasure, ...]) -> None:
        self.stdout.write(f"\n{'Like the exam':36}{'value':>8}  target")
        for measure in measures:
            reason = measure.target.waiver or "Readers judge it."
            miss = "  off target" if measure.target.is_gate else f"  off target, fails nothing: {reason}"
            mark = "" if measure.passes else miss
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
        self.stdout.write(f"Points without a question: {len(points)} of {len(coverage.points)}. --json lists them.\n\n")


def as_json(banks: list[BankCheck], findings: list[LocatedFinding], *, passes: bool) -> dict[str, Any]:
    """Return the figures of the banks by name, and all findings, as plain values for `--json`."""
    return {
        "passes": passes,
        "findings": [{"file": row.file, "question": row.question, **asdict(row.finding)} for row in findings],
        "banks": {bank.name: _bank_as_json(bank) for bank in banks},
    }


def _bank_as_json(bank: BankCheck) -> dict[str, Any]:
    return {
        "strategies": [
            {**asdict(result), "difference": result.difference, "passes": result.passes} for result in bank.strategies
        ],
        "profile": [
            {
                **asdict(measure.target),
                "unit": measure.target.unit,
                "gate": measure.target.is_gate,
                "value": measure.value,
                "passes": measure.passes,
            }
            for measure in bank.profile
        ],
        "verdicts": bank.verdicts,
        "coverage": asdict(bank.coverage),
    }


def _check(directory: Path) -> BankCheck:
    """Check a directory by the shipped blueprint that draws on it, if any."""
    spec = _spec(directory.resolve().name)
    weights = {domain.number: domain.weight for domain in spec.exam_domains} if spec else None
    return check(directory, timezone.now().date(), weights, in_exams=spec is not None)


def _blueprint_findings() -> list[LocatedFinding]:
    """Return the faults of the blueprint files, which every bank depends on."""
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
