"""How often the key of a question can be guessed by tricks: longest option, odd one out, …

A strategy scores the options of a question. A reader who knows that k of n are correct takes the k highest, ties split
evenly. The hit is the expected share of the keys among them, so a strategy without information hits k/n, which is
chance. Texts are compared as shown, with code.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from questions.content.prose import numeric, shown, shown_words
from questions.content.schema import QuestionContent

TOLERANCE = 0.06  # largest difference of hit and chance over a whole bank
POSITION = "position "  # begins the name of a strategy that always takes the option at one position
_HEDGES = re.compile(
    r"\b(?:may|might|can|could|often|usually|generally|typically|sometimes|some|most|likely|tends?|about"
    r"|approximately|where possible|as needed)\b",
    re.IGNORECASE,
)
_ABSOLUTES = re.compile(
    r"\b(?:always|never|none|nothing|only|all|every|each|must|entirely|completely|totally|solely|exclusively"
    r"|guarantee[ds]?|impossible|any)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d,.]*")
_CAPITAL = re.compile(r"(?<!^)\b[A-Z]")
_STOP = frozenset({
    "a", "an", "and", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the",
    "to", "with",
})  # fmt: skip

type Scores = Sequence[float]


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """Mean hit and chance of a strategy over `questions`; it tells options apart in `decided` of them.

    `error` is the standard error of a guesser's hit. A difference below two standard errors may be luck.
    """

    name: str
    questions: int
    decided: int
    hit: float
    chance: float
    error: float

    @property
    def difference(self) -> float:
        return self.hit - self.chance

    @property
    def passes(self) -> bool:
        return abs(self.difference) <= TOLERANCE


def hit(scores: Scores, correct: Sequence[bool], take: int) -> float:
    """Return the expected share of keys among the `take` highest scores, ties split evenly."""
    cut = sorted(scores, reverse=True)[take - 1]
    above = sum(score > cut for score in scores)
    share = (take - above) / sum(score == cut for score in scores)
    taken = [1.0 if score > cut else share if score == cut else 0.0 for score in scores]
    return sum(part for part, key in zip(taken, correct, strict=True) if key) / sum(correct)


def _characters(question: QuestionContent) -> Scores:
    # Options that are only numbers are exempt: their length is no cue.
    if all(numeric(option.text) is not None for option in question.options):
        return [0.0] * len(question.options)
    return [len(shown(option.text)) for option in question.options]


def _overlap(question: QuestionContent) -> Scores:
    stem = set(shown_words(question.stem)) - _STOP
    return [len(stem & set(shown_words(option.text))) for option in question.options]


def _likeness(question: QuestionContent) -> Scores:
    """Return the mean share of words that each option has in common with the others (Jaccard)."""
    sets = [set(shown_words(option.text)) for option in question.options]
    likeness = []
    for position, terms in enumerate(sets):
        others = [other for n, other in enumerate(sets) if n != position]
        likeness.append(sum(len(terms & other) / max(1, len(terms | other)) for other in others))
    return likeness


def _count(pattern: re.Pattern[str]) -> Callable[[QuestionContent], Scores]:
    return lambda question: [len(pattern.findall(shown(option.text))) for option in question.options]


def _negated(scores: Callable[[QuestionContent], Scores]) -> Callable[[QuestionContent], Scores]:
    return lambda question: [-score for score in scores(question)]


STRATEGIES: dict[str, Callable[[QuestionContent], Scores]] = {
    "longest": _characters,
    "shortest": _negated(_characters),
    "stem overlap": _overlap,
    "like the others": _likeness,
    "odd one out": _negated(_likeness),
    "hedges": _count(_HEDGES),
    "no absolutes": _negated(_count(_ABSOLUTES)),
    "numbers": _count(_NUMBER),
    "capitals": _count(_CAPITAL),
}


def measure_strategies(questions: Iterable[QuestionContent]) -> list[StrategyResult]:
    """Measure every strategy over the questions with keys and distractors; return none without such questions."""
    usable = [question for question in questions if question.keys and question.distractors]
    if not usable:
        return []
    results = [
        _result(name, [(score(question), _correct(question), len(question.keys)) for question in usable])
        for name, score in STRATEGIES.items()
    ]
    for position in range(max(len(question.options) for question in usable)):
        # Always tick the option at this position; a question without it is guessed.
        rows = [_correct(question) for question in usable]
        hits = [correct[position] if position < len(correct) else sum(correct) / len(correct) for correct in rows]
        decided = sum(position < len(correct) for correct in rows)
        results.append(_summary(f"{POSITION}{position + 1}", hits, rows, decided))
    return results


def _correct(question: QuestionContent) -> list[bool]:
    return [option.correct for option in question.options]


def _result(name: str, rows: list[tuple[Scores, list[bool], int]]) -> StrategyResult:
    hits = [hit(scores, correct, take) for scores, correct, take in rows]
    decided = sum(len(set(scores)) > 1 for scores, _, _ in rows)
    return _summary(name, hits, [correct for _, correct, _ in rows], decided)


def _summary(name: str, hits: list[float], keys: list[list[bool]], decided: int) -> StrategyResult:
    count = len(hits)
    chances = [sum(correct) / len(correct) for correct in keys]
    error = math.sqrt(sum(chance * (1 - chance) for chance in chances)) / count
    return StrategyResult(name, count, decided, sum(hits) / count, sum(chances) / count, error)
