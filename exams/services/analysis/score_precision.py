"""Compute how precise the scores and decisions of a sample of exams are.

Import it in commands only: it imports numpy.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exams.models import Attempt
from exams.psychometrics import reliability, scaling
from exams.services.analysis.calibration import Measurement
from exams.services.analysis.responses import Sample

MIN_CANDIDATES = 10  # of a fixed form; with fewer, its KR-20 is chance


@dataclass(frozen=True, slots=True)
class ScorePrecision:
    """Marginal reliability, the probability of the same decision twice, and KR-20 of the forms that many sat.

    None: too few exams to say.
    """

    reliability: float | None
    consistency: float | None
    fixed_forms: tuple[dict[str, Any], ...]


def score_precision(sample: Sample, measured: Measurement, difficulties: NDArray[np.float64]) -> ScorePrecision:
    """Return the precision of the exams of a sample. `difficulties` has the b of the question of each response."""
    return ScorePrecision(
        reliability.marginal_reliability(measured.abilities, measured.errors),
        _consistency(sample, measured, difficulties),
        tuple(_fixed_forms(sample)),
    )


def _consistency(sample: Sample, measured: Measurement, difficulties: NDArray[np.float64]) -> float | None:
    """Return the decision consistency of two exams like the newest one."""
    newest = sample.counts & (sample.attempt == len(sample.attempts) - 1)
    if not newest.any():
        return None
    line = scaling.calibrated_line(difficulties[newest].tolist())
    return reliability.decision_consistency(line, measured.mu, measured.sigma)


def _fixed_forms(sample: Sample) -> list[dict[str, Any]]:
    """Return form, n and KR-20, from the candidates for whom all its questions count."""
    numbers = {pk: number for number, pk in enumerate(sample.attempts.tolist())}
    by_form: dict[int, list[int]] = defaultdict(list)
    shared = Attempt.objects.finished_exams().filter(form__sittings__isnull=False).order_by("form", "pk").distinct()
    for pk, form in shared.values_list("pk", "form"):
        if pk in numbers:
            by_form[form].append(numbers[pk])
    rows = []
    for form, attempts in by_form.items():
        answers = _complete_answers(sample, attempts)
        if len(answers) >= MIN_CANDIDATES:
            rows.append({"form": form, "n": len(answers), "kr20": reliability.kr20(answers)})
    return rows


def _complete_answers(sample: Sample, attempts: Sequence[int]) -> list[list[int]]:
    """Return the counted answers of these exams by question, of those with as many as anybody."""
    chosen = sample.counts & np.isin(sample.attempt, attempts)
    rows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    columns = (sample.attempt[chosen], sample.item[chosen], sample.correct[chosen])
    for attempt, item, correct in zip(*(column.tolist() for column in columns), strict=True):
        rows[attempt].append((item, int(correct)))
    longest = max((len(row) for row in rows.values()), default=0)
    return [[correct for _item, correct in sorted(row)] for row in rows.values() if len(row) == longest]
