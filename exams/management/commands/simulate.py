"""`manage.py simulate`: simulate candidates, to test an installation and to check its scores."""

import json
import logging
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import tasks
from exams.models import Attempt, Candidate
from exams.psychometrics.drawing import ShortageError
from exams.services.analysis import bulk_simulation, simulated_data, simulation
from exams.services.analysis.bulk_simulation import ScoredExam
from exams.services.analysis.simulated_items import Faults, UnknownQuestionsError, simulated_items
from exams.services.analysis.simulation import Items
from exams.services.attempt import attempts
from exams.services.people import candidates
from questions.models import Blueprint, User

MAX_DIFFICULTY = 10  # logits, of a true difficulty in a file


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The true ability of a simulated candidate, and the score."""

    attempt: UUID
    theta: float
    raw: int
    pass_line: Decimal | None  # None in percent
    scaled: int
    passed: bool


@contextmanager
def quiet_log(enabled: bool) -> Iterator[None]:
    """Limit the log to warnings: it would have three lines per attempt."""
    log = logging.getLogger("exams")
    level = log.level
    if enabled:
        log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


class Command(BaseCommand):
    help = "Simulate candidates who take exams. Their attempts are marked and excluded from statistics."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--candidates", type=int, default=10, metavar="N", help="number of exams, of a candidate each (default: 10)"
        )
        parser.add_argument(
            "--theta",
            type=float,
            nargs=2,
            default=(0.0, 1.0),
            metavar=("MEAN", "SD"),
            help="distribution of abilities in logits; 0 is the standard, SD 0 gives one ability",
        )
        parser.add_argument(
            "--seed", type=int, default=0, metavar="S", help="the same bank and seed give the same scores"
        )
        parser.add_argument("--exam", metavar="CODE", help="code of the blueprint; default: the default exam")
        parser.add_argument(
            "--account",
            metavar="NAME",
            help="one account takes all exams, one a day until now",
        )
        parser.add_argument(
            "--difficulties",
            type=Path,
            metavar="FILE.json",
            help="true difficulties in logits by code, also a file written by --truth (default: those of the ratings)",
        )
        parser.add_argument(
            "--rating-error",
            type=float,
            default=0.0,
            metavar="SD",
            help="spread of the true difficulties around the ratings, in logits (default: 0)",
        )
        parser.add_argument(
            "--miskey", action="extend", nargs="+", default=[], metavar="CODE", help="questions whose key is wrong"
        )
        parser.add_argument(
            "--dead",
            action="extend",
            nargs="+",
            default=[],
            metavar="CODE",
            help="questions that ability does not help with",
        )
        parser.add_argument(
            "--truth", type=Path, metavar="FILE.json", help="write the abilities and the difficulties that were used"
        )
        parser.add_argument(
            "--remove", action="store_true", help="remove all simulated exams, with their statistics and scales"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove(as_json=options["json"])
            return
        code, rows = options["exam"], Blueprint.objects
        blueprint = rows.current(code.upper()) if code else rows.default()
        if blueprint is None:
            named = f"no blueprint {code}. Load it" if code else "no exam. Load one"
            raise CommandError(f"There is {named} with load_bank.")
        mean, sd = options["theta"]
        if options["candidates"] < 1 or sd < 0 or options["rating_error"] < 0:
            raise CommandError("Simulate at least one candidate, with standard deviations of 0 or more.")
        began = time.monotonic()
        items = items_of(blueprint, options)
        try:
            with quiet_log(options["verbosity"] < 2):
                results = simulate(blueprint, items, options)
        except ShortageError as shortage:
            raise CommandError(f"The bank cannot fill {blueprint}. {shortage}") from shortage
        summary = {
            "blueprint": blueprint.code,
            "candidates": len(results),
            "seed": options["seed"],
            "theta": {"mean": mean, "sd": sd},
            **summarize(results),
            "seconds": round(time.monotonic() - began, 2),
        }
        if options["truth"]:
            write_truth(options["truth"], results, items, options)
        if options["json"]:
            attempts = [as_json(result) for result in results]
            self.stdout.write(json.dumps(summary | {"attempts": attempts}, indent=1))
        else:
            self._print(summary)

    def _remove(self, *, as_json: bool) -> None:
        removed = simulated_data.remove()
        if as_json:
            self.stdout.write(json.dumps({"removed": asdict(removed)}))
        else:
            self.stdout.write(f"Removed {removed.exams} simulated exams and {removed.scales} scales made from them.")

    def _print(self, summary: dict[str, Any]) -> None:
        scaled, pass_line = summary["scaled"], summary["pass_line"]
        self.stdout.write(
            f"{summary['candidates']} candidates took {summary['blueprint']} in {summary['seconds']} s.\n"
            f"{summary['passed']} passed ({100 * summary['pass_rate']:.0f} %).\n"
            f"Scaled scores: mean {scaled['mean']}, SD {scaled['sd']}, from {scaled['min']} to {scaled['max']}.\n"
            + (f"Pass lines from {pass_line['min']} to {pass_line['max']} questions." if pass_line else "")
        )


def items_of(blueprint: Blueprint, options: dict[str, Any]) -> Items:
    """Return how the questions work. Raise CommandError for a code or a file that makes no sense."""
    difficulties = read_difficulties(options["difficulties"]) if options["difficulties"] else {}
    faults = Faults(options["miskey"], options["dead"], options["rating_error"])
    try:
        return simulated_items(blueprint, options["seed"], difficulties, faults)
    except UnknownQuestionsError as unknown:
        raise CommandError(f"{blueprint} draws no questions with these codes: {unknown}.") from unknown


def read_difficulties(path: Path) -> dict[str, float]:
    """Return true difficulties by code. Raise CommandError."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"Cannot read {path}: {error}.") from error
    rows = content.get("difficulties", content) if isinstance(content, dict) else None
    if not isinstance(rows, dict) or not all(
        type(b) in (int, float) and abs(b) <= MAX_DIFFICULTY for b in rows.values()
    ):
        raise CommandError(f'{path} needs an object of codes and difficulties in logits: {{"sm-spot-training": 0.4}}.')
    return rows


def write_truth(path: Path, results: list[SimulationResult], items: Items, options: dict[str, Any]) -> None:
    """Write abilities by attempt and difficulties by code of question. Raise CommandError."""
    truth = {
        "seed": options["seed"],
        "abilities": {str(result.attempt): result.theta for result in results},
        "difficulties": {item.code: item.b for item in sorted(items.values(), key=attrgetter("code"))},
        "miskeyed": sorted(options["miskey"]),
        "dead": sorted(options["dead"]),
    }
    try:
        path.write_text(json.dumps(truth, indent=1) + "\n")
    except OSError as error:
        raise CommandError(f"Cannot write {path}: {error}.") from error


def simulate(blueprint: Blueprint, items: Items, options: dict[str, Any]) -> list[SimulationResult]:
    """Return the scored exams: of one account through the services, of many candidates in bulk."""
    ability = simulation.Ability(*options["theta"])
    count, seed = options["candidates"], options["seed"]
    if options["account"]:
        candidate = candidate_of(options["account"])
        exams = simulation.simulate_career(blueprint, candidate, count, ability, seed, timezone.now(), items)
        return [scored(exam) for exam in exams]
    in_bulk = bulk_simulation.simulate_exams(blueprint, count, ability, seed, timezone.now, items)
    return [in_brief(exam) for exam in in_bulk]


def scored(exam: simulation.SimulatedExam) -> SimulationResult:
    """Do the work of a worker at once. Raise CommandError."""
    tasks.score_attempt(exam.attempt.pk)
    report = Attempt.objects.select_related("report").get(pk=exam.attempt.pk).report
    if report is None:
        raise CommandError(f"Attempt {exam.attempt.uuid} was not scored. Read the log for the reason.")
    return SimulationResult(exam.attempt.uuid, exam.theta, report.raw, report.pass_line, report.scaled, report.passed)


def in_brief(exam: ScoredExam) -> SimulationResult:
    """Return what the command says about an exam."""
    figures = exam.figures
    return SimulationResult(
        exam.attempt.uuid,
        exam.theta,
        figures.totals.raw,
        figures.totals.pass_line,
        figures.score.scaled,
        figures.score.passed,
    )


def candidate_of(username: str) -> Candidate:
    """Return the candidate of an account. Raise CommandError without the account, or with an exam in progress."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no account {username}.")
    candidate = candidates.get_or_create_candidate(user, uuid4(), timezone.now())
    if attempts.open_exams(candidate):
        raise CommandError(f"The account {username} has an exam in progress. Finish it first.")
    return candidate


def summarize(results: list[SimulationResult]) -> dict[str, Any]:
    """Return passes, scaled and raw scores, and the range of pass lines, if any, over all results (at least one)."""
    scaled = [result.scaled for result in results]
    raw = [result.raw for result in results]
    pass_lines = [result.pass_line for result in results if result.pass_line is not None]
    passed = sum(result.passed for result in results)
    pass_line = {"min": f"{min(pass_lines):.4f}", "max": f"{max(pass_lines):.4f}"} if pass_lines else None
    return {
        "passed": passed,
        "pass_rate": round(passed / len(results), 4),
        "scaled": _spread(scaled),
        "raw": _spread(raw),
        "pass_line": pass_line,
        "kappa": pass_line,  # the former name
    }


def _spread(values: list[int]) -> dict[str, float]:
    return {
        "mean": round(statistics.fmean(values), 2),
        "sd": round(statistics.pstdev(values), 2),
        "min": min(values),
        "max": max(values),
    }


def as_json(result: SimulationResult) -> dict[str, Any]:
    """Return one entry of the list of attempts."""
    pass_line = None if result.pass_line is None else f"{result.pass_line:.4f}"
    return {
        "attempt": str(result.attempt),
        "theta": round(result.theta, 4),
        "raw": result.raw,
        "pass_line": pass_line,
        "kappa": pass_line,  # the former name
        "scaled": result.scaled,
        "passed": result.passed,
    }
