"""What independent readers said about the questions of a bank: its review log (no Django)."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

REVIEW_LOG = "review-log.csv"
_VERDICTS = {"exam": "would the exam ask it", "difficulty": "how hard it is"}  # by column


def reader_verdicts(bank: Path, questions: Iterable[str]) -> dict[str, dict[str, int]]:
    """Count the verdicts of all readers who saw the stem of these questions, by what they were asked.

    A verdict is a judgment, not a check: it is shown and fails nothing. A log without such columns has none.
    """
    path, codes = bank / REVIEW_LOG, set(questions)
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["question"] in codes and row["reading"] == "with stem"]
    counts = {asked: Counter(row[name] for row in rows if row.get(name)) for name, asked in _VERDICTS.items()}
    return {asked: dict(count.most_common()) for asked, count in counts.items() if count}
