"""Count the scores of first attempts: stored with each analysis, so that a report can say where its score stands."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from exams.models import Attempt
from exams.psychometrics.item_flags import MIN_N_KEY_CHECK
from exams.services.analysis import analysis_runs
from exams.services.results.report import reliable

MIN_FIRST_ATTEMPTS = MIN_N_KEY_CHECK  # as for the shares of options
PERCENT = "%"  # after the code of an exam: its scores in percent, which cannot be compared with those on a scale

type ScoreCounts = Mapping[str, list[list[int]]]  # by exam: how many have each score, as [score, n]


@dataclass(frozen=True, slots=True)
class ScoreStanding:
    """Of `n` first attempts on this server, the percentage with a lower score."""

    n: int
    lower: int


def count(exam: str, now: datetime) -> ScoreCounts:
    """Return the scores of the first attempt of each candidate at the exams of this syllabus: one query.

    Left out are simulated ones, those with many questions left open or repeated, and classes whose answers are closed.
    """
    rows = reliable(Attempt.objects.scored_exams().of_exam(exam).disclosed(now))
    columns = ("blueprint_code", "candidate", "report__earned", "report__scaled")
    return _counts(rows.order_by("started_at", "pk").values_list(*columns).iterator())


def _counts(rows: Iterable[tuple[str, int, int | None, int]]) -> ScoreCounts:
    seen: set[tuple[str, int]] = set()
    scores: dict[str, Counter[int]] = defaultdict(Counter)
    for code, candidate, earned, score in rows:
        if (code, candidate) not in seen:
            seen.add((code, candidate))
            scores[code if earned is None else code + PERCENT][score] += 1
    return {code: [list(pair) for pair in sorted(counter.items())] for code, counter in sorted(scores.items())}


def standing(attempt: Attempt) -> ScoreStanding | None:
    """Return where the score of an attempt stands in the last analysis, None with too few attempts: one query."""
    report = attempt.report
    assert report is not None
    run = analysis_runs.last_finished(attempt.form.blueprint.exam.syllabus_code, synthetic=False)
    code = attempt.blueprint_code + PERCENT * report.is_percent
    counts = (run.first_scores or {}).get(code, []) if run else []
    n = sum(with_score for _score, with_score in counts)
    if n < MIN_FIRST_ATTEMPTS:
        return None
    lower = sum(with_score for score, with_score in counts if score < report.scaled)
    return ScoreStanding(n, round(100 * lower / n))
