"""Predict the chance of passing a form from the scores of earlier exams.

The ability theta has a standard normal prior around the standard, as for the outlook of a report. Each earlier exam
multiplies it by the likelihood of its score: x of n correct, on questions of the mean difficulty
b = -logit(pass_line / n).
Abilities change: the log likelihood of each exam counts HALF as much as that of the next one. The prediction is the
average, over theta, of the exact chance of reaching the pass line of the form.

Sources: Ibrahim and Chen 2000 (power priors); Rasch 1960.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exams.psychometrics.precision import poisson_binomial
from exams.psychometrics.scaling import PassLine, chance

MAX_EXAMS = 5  # the sixth exam would count a thirty-second
HALF = 0.5
THETA_GRID = tuple(step / 5 for step in range(-30, 31))  # -6 to 6
MIN_NODE_WEIGHT = 1e-5  # relative to the likeliest node
PREDICTIONS_FOR_RECORD = 30
RECORD_BINS = 5  # of 20 percent


@dataclass(frozen=True, slots=True)
class ExamResult:
    """`right` of `n` scored questions were answered correctly; the form had this pass line."""

    right: int
    n: int
    pass_line: float

    @property
    def difficulty(self) -> float:
        """The mean difficulty in logits."""
        return -math.log(self.pass_line / (self.n - self.pass_line))


def chance_to_pass(results: Sequence[ExamResult], form: PassLine) -> float | None:
    """Return the chance of passing `form` after these results, newest first; None without results."""
    if not results:
        return None
    weighted = [(HALF**age, result) for age, result in enumerate(results[:MAX_EXAMS])]
    logs = [
        math.fsum(
            weight * (result.right * theta - result.n * math.log1p(math.exp(theta - result.difficulty)))
            for weight, result in weighted
        )
        - theta * theta / 2
        for theta in THETA_GRID
    ]
    likeliest = max(logs)
    total = passing = 0.0
    for theta, log in zip(THETA_GRID, logs, strict=True):
        weight = math.exp(log - likeliest)
        if weight > MIN_NODE_WEIGHT:
            total += weight
            masses = poisson_binomial(chance(theta, b) for b in form.difficulties)
            passing += weight * math.fsum(masses[form.raw_cut :])
    return min(1.0, passing / total)


@dataclass(frozen=True, slots=True)
class RecordBin:
    """Predictions from `lo` to `hi` percent: how many, how many passes they expected, how many exams were passed."""

    lo: int
    hi: int
    n: int
    expected: float
    passed: int


def record(predictions: Sequence[tuple[float, bool]]) -> list[RecordBin]:
    """Return predicted and actual passes by bins of the prediction, without empty bins."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(RECORD_BINS)]
    for predicted, passed in predictions:
        groups[min(RECORD_BINS - 1, int(predicted * RECORD_BINS))].append((predicted, passed))
    width = 100 // RECORD_BINS
    return [
        RecordBin(
            lo=number * width,
            hi=(number + 1) * width,
            n=len(group),
            expected=math.fsum(predicted for predicted, _ in group),
            passed=sum(passed for _, passed in group),
        )
        for number, group in enumerate(groups)
        if group
    ]
