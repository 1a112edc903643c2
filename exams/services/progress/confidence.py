"""Compare how sure a candidate was with what was right: lucky guesses and misconceptions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from exams.services.progress.answers import Answer

GUESS, UNSURE, SURE = LEVELS = (1, 2, 3)  # of Response.confidence
MAX_TOPICS = 5


@dataclass(frozen=True, slots=True)
class ConfidenceLevel:
    """How many answers were given at a level of confidence, and how many of them were right."""

    level: int
    n: int
    right: int

    @property
    def wrong(self) -> int:
        return self.n - self.right


@dataclass(frozen=True, slots=True)
class Confidence:
    """The levels that were used, and the topics (by key) with the most wrong answers that the candidate was sure of."""

    levels: list[ConfidenceLevel]
    misconceptions: list[tuple[int, int]]

    @property
    def lucky_guesses(self) -> int:
        return sum(level.right for level in self.levels if level.level == GUESS)

    @property
    def sure_and_wrong(self) -> int:
        return sum(level.wrong for level in self.levels if level.level == SURE)


def confidence(answers: Iterable[Answer]) -> Confidence:
    """Return the figures of the answers for which the candidate said how sure they were."""
    counts: Counter[int] = Counter()
    right: Counter[int] = Counter()
    misconceptions: Counter[int] = Counter()
    for answer in answers:
        if answer.confidence is None or not answer.ticked:
            continue
        counts[answer.confidence] += 1
        right[answer.confidence] += answer.correct
        if answer.confidence == SURE and not answer.correct and answer.topic is not None:
            misconceptions[answer.topic] += 1
    levels = [ConfidenceLevel(level, counts[level], right[level]) for level in LEVELS if counts[level]]
    return Confidence(levels, misconceptions.most_common(MAX_TOPICS))
