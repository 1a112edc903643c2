"""`manage.py simulate`: simulate candidates, to test an installation and to check its scores."""

import json
import logging
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import tasks
from exams.models import Attempt, Candidate, ScoreReport
from exams.psychometrics.drawing import ShortageError
from exams.services.analysis import simulation
from exams.services.attempt import attempts
from exams.services.people import candidates
from questions.models import Blueprint, User


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The true ability of a simulated candidate, and the score report."""

    attempt: Attempt
    theta: float
    report: ScoreReport


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
    """Simulate exams one after the other and print the scores."""

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
        parser.add_argument("--exam", default=settings.FRONT_EXAM, metavar="CODE", help="code of the blueprint")
        parser.add_argument(
            "--account",
            metavar="NAME",
            help="one account takes all exams, one a day until now",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        blueprint = Blueprint.objects.current(options["exam"])
        if blueprint is None:
            raise CommandError(f"There is no blueprint {options['exam']}. Load it with load_bank.")
        mean, sd = options["theta"]
        if options["candidates"] < 1 or sd < 0:
            raise CommandError("Simulate at least one candidate, with a standard deviation of 0 or more.")
        began = time.monotonic()
        try:
            with quiet_log(options["verbosity"] < 2):
                ability = simulation.Ability(mean, sd)
                if options["account"]:
                    candidate = candidate_of(options["account"])
                    exams = simulation.simulate_career(
                        blueprint, candidate, options["candidates"], ability, options["seed"], timezone.now()
                    )
                else:
                    exams = simulation.simulate_exams(
                        blueprint, options["candidates"], ability, options["seed"], timezone.now
                    )
                results = self._scored(exams)
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
        if options["json"]:
            attempts = [as_json(result) for result in results]
            self.stdout.write(json.dumps(summary | {"attempts": attempts}, indent=1))
        else:
            self._print(summary)

    def _scored(self, exams: Iterable[simulation.SimulatedExam]) -> list[SimulationResult]:
        results = []
        for simulated in exams:
            tasks.score_attempt(simulated.attempt.pk)  # the task of the worker, run synchronously
            report = Attempt.objects.select_related("report").get(pk=simulated.attempt.pk).report
            if report is None:
                raise CommandError(f"Attempt {simulated.attempt.uuid} was not scored. Read the log for the reason.")
            results.append(SimulationResult(simulated.attempt, simulated.theta, report))
        return results

    def _print(self, summary: dict[str, Any]) -> None:
        scaled, kappa = summary["scaled"], summary["kappa"]
        self.stdout.write(
            f"{summary['candidates']} candidates took {summary['blueprint']} in {summary['seconds']} s.\n"
            f"{summary['passed']} passed ({100 * summary['pass_rate']:.0f} %).\n"
            f"Scaled scores: mean {scaled['mean']}, SD {scaled['sd']}, from {scaled['min']} to {scaled['max']}.\n"
            f"Pass lines from {kappa['min']} to {kappa['max']} questions."
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
    """Return passes, scaled and raw scores, and the range of kappa over all results (at least one)."""
    scaled = [result.report.scaled for result in results]
    raw = [result.report.raw for result in results]
    kappas = [result.report.kappa for result in results]
    passed = sum(result.report.passed for result in results)
    return {
        "passed": passed,
        "pass_rate": round(passed / len(results), 4),
        "scaled": _spread(scaled),
        "raw": _spread(raw),
        "kappa": {"min": f"{min(kappas):.4f}", "max": f"{max(kappas):.4f}"},
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
    return {
        "attempt": str(result.attempt.uuid),
        "theta": round(result.theta, 4),
        "raw": result.report.raw,
        "kappa": f"{result.report.kappa:.4f}",
        "scaled": result.report.scaled,
        "passed": result.report.passed,
    }
