"""Compare a set of questions with the style of the exam: shares and means, each with its target (no Django).

The targets come from AWS's sample questions and from counts of questions in the style of the exam. Shares are in
percent of all questions. Numbers, tables and code are counted in the stem; services in the stem and the options.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from questions.content.prose import ask, has_code_block, has_table, numeric, shown
from questions.content.schema import QuestionContent
from questions.lint.coverage import QUALIFIER

_NUMBER = re.compile(r"(?<![\w.,-])[$€£]?\d[\d,.]*")  # not the digit of S3, p3.2xlarge or F1
_ROLE = re.compile(
    r"\b(?:data scientist|(?:data|ML|machine learning|AI|MLOps|DevOps|security|software) engineer"
    r"|(?:ML|machine learning|AI) specialist|data analyst|developer|team)s?\b",
    re.IGNORECASE,
)
_LEAST_EFFORT = re.compile(
    r"\bLEAST\b.*\b(?:overhead|effort|work|maintenance)\b|\bMOST\b.{0,20}\bcost[- ]effective"
    r"|\b(?:LEAST|LOWEST)\b.*\b(?:costs?|charges|bill|price)\b"
)
_AI_SERVICE = re.compile(
    r"\b(?:Comprehend|Rekognition|Textract|Transcribe|Translate|Polly|Lex|Kendra|Personalize|Forecast|Fraud Detector"
    r"|Augmented AI)\b"
)
_SECURITY = re.compile(r"\b(?:VPC|KMS|IAM)\b|\bencrypt|\bsecurity groups?\b|\bbucket polic", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """The name of a measure with its smallest and largest accepted value; None for no bound."""

    name: str
    minimum: float | None
    maximum: float | None
    unit: str = "%"  # of the value; empty for a mean

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is None:
            return f"at most {self.maximum:g}{unit}"
        if self.maximum is None:
            return f"at least {self.minimum:g}{unit}"
        return f"{self.minimum:g} to {self.maximum:g}{unit}"


@dataclass(frozen=True, slots=True)
class ProfileMeasure:
    """One measure of a set of questions."""

    target: Target
    value: float

    def __str__(self) -> str:
        """Return the value as shown: a share with one decimal, a mean with two."""
        return f"{self.value:.1f} {self.target.unit}" if self.target.unit else f"{self.value:.2f}"

    @property
    def passes(self) -> bool:
        """Whether the value is within the target."""
        minimum, maximum = self.target.minimum, self.target.maximum
        return (minimum is None or self.value >= minimum) and (maximum is None or self.value <= maximum)


def computes(question: QuestionContent) -> bool:
    """Return whether a question asks to compute: by its facts, or because its options are only numbers."""
    return question.ask == "computation" or all(numeric(option.text) is not None for option in question.options)


def numbers(question: QuestionContent) -> int:
    """Return the number of numbers in the stem, including those in tables."""
    return len(_NUMBER.findall(question.stem))


def length_ratio(question: QuestionContent) -> float | None:
    """Return the ratio of the longest to the shortest option in characters; None for numbers."""
    if all(numeric(option.text) is not None for option in question.options):
        return None
    lengths = [len(shown(option.text)) for option in question.options]
    return max(lengths) / max(1, min(lengths))


def _texts(question: QuestionContent) -> str:
    return "\n".join([question.stem, *(option.text for option in question.options)])


def _asks(value: str) -> Callable[[QuestionContent], bool]:
    return lambda question: question.ask == value


def _default(value: str) -> Callable[[QuestionContent], bool]:
    return lambda question: question.default == value


ASK_TARGETS = {
    "service": Target("asks for a service", 38, 46),
    "technique": Target("asks for a technique", 29, 37),
    "diagnosis": Target("asks for a diagnosis", 10, 18),
    "setting": Target("asks for a setting", 3, 11),
}
_SHARES: tuple[tuple[Target, Callable[[QuestionContent], bool]], ...] = (
    (Target("stem with a table", None, 6), lambda question: has_table(question.stem)),
    (Target("stem with code or log", None, 4), lambda question: has_code_block(question.stem)),
    (Target("names a role", 45, None), lambda question: bool(_ROLE.search(question.stem))),
    (Target("LEAST, MOST, ... in the question", 25, 40), lambda question: bool(QUALIFIER.search(ask(question.stem)))),
    (Target("least effort or cost", 18, 30), lambda question: bool(_LEAST_EFFORT.search(ask(question.stem)))),
    (Target("names an AI service", 8, None), lambda question: bool(_AI_SERVICE.search(_texts(question)))),
    (Target("names security", 9, None), lambda question: bool(_SECURITY.search(_texts(question)))),
    *((target, _asks(ask)) for ask, target in ASK_TARGETS.items()),
    (Target("asks to compute", None, 4), computes),
    (Target("the textbook answer is the key", 60, 65), _default("key")),
    (Target("the textbook answer is a distractor", None, 25), _default("distractor")),
)
_NUMBERS = Target("numbers in a stem, mean", None, 2.5, "")
_RATIO = Target("longest to shortest option, mean", 1.4, 1.9, "")


def measure_profile(questions: Sequence[QuestionContent]) -> tuple[ProfileMeasure, ...]:
    """Measure every target over the questions; return none without questions."""
    if not questions:
        return ()
    measures = [
        ProfileMeasure(target, 100 * sum(map(counts, questions)) / len(questions)) for target, counts in _SHARES
    ]
    means = [ProfileMeasure(_NUMBERS, mean(map(numbers, questions)))]
    ratios = [ratio for question in questions if (ratio := length_ratio(question)) is not None]
    if ratios:
        means.append(ProfileMeasure(_RATIO, mean(ratios)))
    return (*measures, *means)
