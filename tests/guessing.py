"""A reader who knows no subject but all tricks: each cue of the options alone, and a model that has learned them all.

It shares nothing with the strategies of `questions.lint`, which writers see while they write. `python -m tests.guessing
DIR` prints what it gains in a bank, and the questions in which the most telling cue points to the key.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from questions.bank_files import question_yaml
from questions.content.schema import MULTIPLE_CHOICE, QuestionContent

FOLDS = 10

type Cue = Callable[[QuestionContent, Sequence[str]], Sequence[float]]


def _stems(text: str) -> list[str]:
    """Return the words of four letters or more, cut to their first six."""
    return [word[:6] for word in re.findall(r"[a-z]{4,}", text.lower())]


def _counting(pattern: str) -> Cue:
    found = re.compile(pattern)
    return lambda _question, texts: [len(found.findall(text)) for text in texts]


def _convergence(_question: QuestionContent, texts: Sequence[str]) -> list[float]:
    """Return how many of the words of each option stand in other options too, on average: keys lend their parts."""
    words = [set(_stems(text)) for text in texts]
    counts = Counter(word for one in words for word in one)
    return [sum(counts[word] - 1 for word in one) / max(1, len(one)) for one in words]


def _echo(question: QuestionContent, texts: Sequence[str]) -> list[float]:
    stem = set(_stems(question.stem))
    return [len(stem & set(_stems(text))) / max(1, len(set(_stems(text)))) for text in texts]


def _last_words(question: QuestionContent, texts: Sequence[str]) -> list[float]:
    """Return how much each option repeats the words of the question itself, the last paragraph."""
    asked = set(_stems(question.stem.strip().split("\n")[-1]))
    return [len(asked & set(_stems(text))) for text in texts]


def _opening(_question: QuestionContent, texts: Sequence[str]) -> list[float]:
    """Return how many options begin with the same word as each."""
    first = [text.split()[0].lower() if text.split() else "" for text in texts]
    return [first.count(word) for word in first]


def _from_middle(_question: QuestionContent, texts: Sequence[str]) -> list[float]:
    """Return how far the length of each option is from the mean."""
    mean = sum(map(len, texts)) / len(texts)
    return [abs(len(text) - mean) for text in texts]


CUES: dict[str, Cue] = {
    "length": lambda _question, texts: [len(text) for text in texts],
    "distance from the mean length": _from_middle,
    "convergence": _convergence,
    "echo of the stem": _echo,
    "echo of the question": _last_words,
    "opening": _opening,
    "commas": _counting(","),
    "joined steps": _counting(r"(?i)\b(?:and|then|with|by)\b"),
    "conditions": _counting(r"(?i)\b(?:if|when|only|until|unless|where|each|every|all|any)\b"),
    "negation": _counting(r"(?i)\b(?:not|no|without|instead|never|disable|remove)\b"),
    "digits": _counting(r"\d"),
    "names": _counting(r"\b[A-Z][A-Za-z]+"),
    "code": _counting("`"),
    "hedges": _counting(r"(?i)\b(?:can|may|some|usually|about|most|often)\b"),
}


def questions_of(bank: Path, *, one_key: bool = False) -> list[QuestionContent]:
    """Return the questions of a bank directory that exams ask; with `one_key`, those with a single key."""
    read = (question_yaml.read(path)[0] for path in question_yaml.question_files(bank))
    used = [question for question in read if question and question.status in ("live", "pilot")]
    return [question for question in used if not one_key or question.kind == MULTIPLE_CHOICE]


def _cues(question: QuestionContent) -> NDArray[np.float64]:
    """Return the cues of each option, a column each, relative to the other options."""
    texts = [option.text.strip() for option in question.options]
    table = np.array([list(map(float, cue(question, texts))) for cue in CUES.values()]).T
    spread = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _hit(scores: Sequence[float], question: QuestionContent) -> float:
    """Return the share of keys among the highest scores, of which equal ones are chosen by lot, above chance."""
    # Plain Python: for four to six options, each call of NumPy takes longer than all of this.
    keys = [option.correct for option in question.options]
    rounded = [round(score, 9) for score in scores]
    taken, left = 0.0, sum(keys)
    for score in sorted(set(rounded), reverse=True):
        equal = [key for other, key in zip(rounded, keys, strict=True) if other == score]
        taken += min(1.0, left / len(equal)) * sum(equal)
        left = max(0, left - len(equal))
    return taken / sum(keys) - sum(keys) / len(keys)


def _learned(tables: list[NDArray[np.float64]], keys: list[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Return the weight of each cue in a conditional logit model, with a small penalty."""
    most = max(map(len, tables))
    cues = np.array([np.pad(table, ((0, most - len(table)), (0, 0))) for table in tables])
    exists = np.array([np.arange(most) < len(table) for table in tables])
    right = np.array([np.pad(key / key.sum(), (0, most - len(key))) for key in keys])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        utility = np.where(exists, cues @ weights, -np.inf)
        top = utility.max(axis=1, keepdims=True)
        chances = np.exp(utility - top)
        sums = chances.sum(axis=1, keepdims=True)
        told = np.where(exists, utility, 0) * right
        total = 0.5 * weights @ weights + top.sum() + np.log(sums).sum() - told.sum()
        return float(total), weights + np.einsum("qo,qoc->c", chances / sums - right, cues)

    return np.asarray(minimize(loss, np.zeros(len(CUES)), jac=True, method="L-BFGS-B").x)


def gains(questions: Sequence[QuestionContent]) -> dict[str, float]:
    """Return how far above chance each cue alone hits: options that have the most of it, and the least."""
    tables = [_cues(question).T.tolist() for question in questions]
    told = {}
    for column, name in enumerate(CUES):
        for sign, more in ((1, "most"), (-1, "least")):
            hits = [
                _hit([sign * value for value in table[column]], question)
                for table, question in zip(tables, questions, strict=True)
            ]
            told[f"{more} {name}"] = sum(hits) / len(hits)
    return told


def learned_gain(questions: Sequence[QuestionContent]) -> float:
    """Return how far above chance a model hits that has learned all cues in the other nine tenths of the questions."""
    tables = [_cues(question) for question in questions]
    keys = [np.array([option.correct for option in question.options]) for question in questions]
    hits = []
    for fold in range(FOLDS):
        known = [number for number in range(len(questions)) if number % FOLDS != fold]
        weights = _learned([tables[number] for number in known], [keys[number] for number in known])
        hits += [_hit((tables[n] @ weights).tolist(), questions[n]) for n in range(len(questions)) if n % FOLDS == fold]
    return float(np.mean(hits))


def main(bank: Path) -> None:
    """Print what the reader gains, and where."""
    for one_key in (False, True):
        questions = questions_of(bank, one_key=one_key)
        told = sorted(gains(questions).items(), key=lambda row: -row[1])
        sys.stdout.write(f"{len(questions)} questions{' with one key' if one_key else ''}\n")
        sys.stdout.writelines(f"  {name:32} {above:+.3f}\n" for name, above in told[:6])
    questions = questions_of(bank)
    sys.stdout.write(f"  {'a model of all cues':32} {learned_gain(questions):+.3f}\n\n")
    more, name = max(gains(questions).items(), key=lambda row: row[1])[0].split(" ", 1)
    column, sign = list(CUES).index(name), 1 if more == "most" else -1
    sys.stdout.write(f"The key has the {more} {name}:\n")
    for question in questions:
        if _hit((sign * _cues(question)[:, column]).tolist(), question) > 1 - 2 * len(question.keys) / len(
            question.options
        ):
            sys.stdout.write(f"  {question.id}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
