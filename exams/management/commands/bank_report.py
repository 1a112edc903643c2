"""`manage.py bank_report`: print the contents of the bank, its gaps, and how many exams it can fill."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams.services.analysis import bank_report
from exams.services.analysis.bank_report import SHOWN_SHORTAGES, BankReport
from questions.models import Blueprint


class Command(BaseCommand):
    """Print the report as text, or as JSON for scripts."""

    help = "Count the questions in the database, the gaps, and the exams without a repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", metavar="CODE", help="code of the exam; default: the default exam")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        code, rows = options["exam"], Blueprint.objects
        blueprint = rows.current(code.upper()) if code else rows.default()
        if blueprint is None:
            named = f"no exam with the code {code}" if code else "no bank"
            raise CommandError(f"The database contains {named}. Load one with load_bank.")
        report = bank_report.build_report(blueprint, timezone.localdate())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), indent=1, ensure_ascii=False))
        else:
            self._print(report)

    def _print(self, report: BankReport) -> None:
        statuses = ", ".join(f"{n} {status}" for status, n in report.statuses.items() if n)
        self.stdout.write(f"{report.exam}: {statuses or 'no question'}")
        kinds = ", ".join(f"{n} {kind}" for kind, n in report.kinds.items())
        self.stdout.write(f"Asked: {report.asked} ({kinds})")
        fresh = f"{report.fresh_exams} or more" if report.fresh_exams == report.fresh_limit else f"{report.fresh_exams}"
        self.stdout.write(f"Exams without a repeat for a new candidate: {fresh}\n\n")
        for domain in report.exam_domains:
            weight = f" of {domain.weight} %" if domain.weight is not None else ""
            rating = _rating(domain.rating_mean, domain.rating_spread)
            self.stdout.write(
                f"{domain.number} {domain.title}: {domain.questions} ({domain.share:.0f} %{weight}), rating {rating}"
            )
            for task in report.tasks:
                if task.exam_domain == domain.number:
                    self.stdout.write(f"  {task.code} {task.title}: {task.questions}")
        self.stdout.write(f"\nRatings {_rating(report.rating_mean, report.rating_spread)}")
        max_count = max(report.ratings.values(), default=0)
        for bar, n in report.ratings.items():
            self.stdout.write(f"  {bar:>7} {n:5} {'*' * round(50 * n / max_count)}".rstrip())
        self.stdout.write("")
        for name, holes, total in (
            ("Topics without a question", report.holes.topics, len(report.topics)),
            ("Points without a question", report.holes.points, None),
            ("Topics without a study page", report.holes.study_pages, len(report.topics)),
        ):
            total_text = f" of {total}" if total is not None else ""
            self.stdout.write(f"{name}: {len(holes)}{total_text}. {' '.join(holes)}".rstrip())
        points = ", ".join(f"{count} with {number}" for number, count in report.points.items())
        self.stdout.write(f"Points by the number of their questions: {points}\n\nWrite next:")
        for name, rows in (
            ("asks", report.shortages.asks),
            ("topics", report.shortages.topics),
            ("points", report.shortages.points),
        ):
            shown = ", ".join(f"{row.code} +{row.missing}" for row in rows[:SHOWN_SHORTAGES])
            more = f" and {len(rows) - SHOWN_SHORTAGES} more" if len(rows) > SHOWN_SHORTAGES else ""
            self.stdout.write(f"  {name}: {shown or 'none'}{more}")
        if report.profile:
            self.stdout.write("\nLike the exam:")
        for measure in report.profile:
            mark = "" if measure.passes else ", off target"
            self.stdout.write(f"  {measure.target.name}: {measure} ({measure.target}{mark})")
        counts = report.lint.counts
        self.stdout.write(f"\nLint: {counts['E']} errors, {counts['W']} warnings, {counts['I']} notes")
        for row in report.lint.to_do:
            finding = row.finding
            self.stdout.write(f"  {row.question}: {finding.severity} {finding.rule}: {finding.sentence}")
        failing = [strategy.name for strategy in report.lint.strategies if not strategy.passes]
        self.stdout.write(f"Guessing strategies that beat chance: {', '.join(failing) or 'none'}")


def _rating(mean: float | None, spread: float | None) -> str:
    return "-" if mean is None else f"{mean:.0f} ± {spread:.0f}"
