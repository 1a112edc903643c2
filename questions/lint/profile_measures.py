"""What can be measured about a set of questions and the exam that it imitates, by name (no Django).

Shares are in percent of all questions, where the name says so of all options. Words and numbers are counted in prose,
without tables and code; services in the stem and the options.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median, pstdev, quantiles

from questions.content.pictures import PICTURE
from questions.content.prose import (
    ask,
    has_code_block,
    has_table,
    is_question,
    numeric,
    prose,
    sentences,
    shown,
    shown_words,
    split_ask,
    words,
)
from questions.content.schema import KINDS, MULTIPLE_RESPONSE, QuestionContent
from questions.lint.coverage import QUALIFIER
from questions.lint.exam_style import plugs
from questions.lint.guessing_strategies import POSITION, measure_strategies
from questions.lint.industries import largest_industry

BARE_NAME_WORDS = 4  # at most
_NUMBER = re.compile(r"(?<![\w.,-])[$€£]?\d[\d,.]*")  # not the digit of S3, p3.2xlarge or F1
_ROLE = re.compile(
    r"\b(?:data scientist|(?:data|ML|machine learning|AI|MLOps|DevOps|security|software) engineer"
    r"|(?:ML|machine learning|AI) specialist|data analyst|developer|team)s?\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:company|compan(?:y|ies)'s?|startup|agency|organization|institute|hospital|university|bank|insurer|retailer"
    r"|manufacturer|publisher|airline|utility|operator|provider|group|firm|clinic|city|ministry|department)s?\b",
    re.IGNORECASE,
)
_ML_ENGINEER = re.compile(r"\b(?:ML|machine learning) engineers?\b", re.IGNORECASE)
_DATA_SCIENTIST = re.compile(r"\bdata scientists?\b", re.IGNORECASE)
_REQUIREMENTS = re.compile(r"\bmeets? (?:all )?(?:these|those|the|this) (?:\w+ )?requirements?\b", re.IGNORECASE)
_LIST = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]", re.MULTILINE)
_LEAST_OVERHEAD = re.compile(r"\bLEAST\b.{0,20}\boverhead\b")
_MOST_COST_EFFECTIVE = re.compile(r"\bMOST\b.{0,20}\bcost[- ]effective")
_LEAST_EFFORT = re.compile(
    r"\bLEAST\b.*\b(?:overhead|effort|work|maintenance)\b|\bMOST\b.{0,20}\bcost[- ]effective"
    r"|\b(?:LEAST|LOWEST)\b.*\b(?:costs?|charges|bill|price)\b"
)
_AI_SERVICE = re.compile(
    r"\b(?:Comprehend|Rekognition|Textract|Transcribe|Translate|Polly|Lex|Kendra|Personalize|Forecast|Fraud Detector"
    r"|Augmented AI)\b"
)
_BEDROCK = re.compile(r"\b(?:Bedrock|Amazon Q|Amazon Nova)\b")
_SECURITY = re.compile(r"\b(?:VPC|KMS|IAM)\b|\bencrypt|\bsecurity groups?\b|\bbucket polic", re.IGNORECASE)
_SECRETS = re.compile(r"\bSecrets Manager\b|\bleast privilege\b", re.IGNORECASE)
_COST = re.compile(r"\bcosts?\b|\bcost-|\bprice|\bbudget|\bSpot\b|\bSavings Plans?\b|\bcharges?\b", re.IGNORECASE)
_DELIVERY = re.compile(
    r"\bCI/CD\b|\bCode(?:Pipeline|Build|Deploy|Commit)\b|\bCloudFormation\b|\bCDK\b|\bcontainers?\b|\bECR\b|\bECS\b"
    r"|\bEKS\b|\bDocker|\binfrastructure as code\b|\bTerraform\b",
    re.IGNORECASE,
)

type Questions = Sequence[QuestionContent]


@dataclass(frozen=True, slots=True)
class Measure:
    """How a set of questions is measured; None where it has nothing to measure. `unit` is empty for a plain number.

    What is `judged` by readers, such as a rating, is no fault of the writers: it is shown, and fails no check.
    """

    of: Callable[[Questions], float | None]
    unit: str = "%"
    judged: bool = False


def computes(question: QuestionContent) -> bool:
    """Return whether a question asks to compute: by its facts, or because its options are only numbers."""
    return question.ask == "computation" or all(numeric(option.text) is not None for option in question.options)


def numbers(question: QuestionContent) -> int:
    """Return the number of numbers in the prose of the stem."""
    return len(_NUMBER.findall(prose(question.stem)))


def length_ratio(question: QuestionContent) -> float | None:
    """Return the ratio of the longest to the shortest option in characters; None for numbers."""
    if all(numeric(option.text) is not None for option in question.options):
        return None
    lengths = [len(shown(option.text)) for option in question.options]
    return max(lengths) / max(1, min(lengths))


def _has_exhibit(question: QuestionContent) -> bool:
    return has_table(question.stem) or has_code_block(question.stem) or bool(PICTURE.search(question.stem))


def _asks_on_its_own_line(question: QuestionContent) -> bool:
    paragraphs = [paragraph for paragraph in re.split(r"\n[ \t]*\n", prose(question.stem)) if paragraph.strip()]
    return bool(paragraphs) and not split_ask(paragraphs[-1])[0]


def _first_sentence(question: QuestionContent) -> str:
    return next(iter(sentences(prose(question.stem))), "")


def _option_texts(question: QuestionContent) -> str:
    return "\n".join(option.text for option in question.options)


def _option_words(questions: Questions) -> list[int]:
    return [len(shown_words(option.text)) for question in questions for option in question.options]


def _stem_words(questions: Questions) -> list[int]:
    return [len(words(question.stem)) for question in questions]


def _share(counts: Callable[[QuestionContent], bool], *, judged: bool = False) -> Measure:
    return Measure(lambda questions: _percent(map(counts, questions)), judged=judged)


def _stem(*patterns: re.Pattern[str]) -> Measure:
    return _share(lambda question: any(pattern.search(question.stem) for pattern in patterns))


def _ask(pattern: re.Pattern[str]) -> Measure:
    return _share(lambda question: bool(pattern.search(ask(question.stem))))


def _texts(*patterns: re.Pattern[str]) -> Measure:
    return _share(
        lambda question: any(pattern.search(f"{question.stem}\n{_option_texts(question)}") for pattern in patterns)
    )


def _stem_length(holds: Callable[[int], bool]) -> Measure:
    return _share(lambda question: holds(len(words(question.stem))))


def _option_length(holds: Callable[[int], bool]) -> Measure:
    return Measure(lambda questions: _percent(map(holds, _option_words(questions))))


def _rating(holds: Callable[[int], bool]) -> Measure:
    return Measure(lambda questions: _percent(map(holds, _ratings(questions))), judged=True)


def _ratings(questions: Questions) -> list[int]:
    return [question.rating for question in questions if question.rating is not None]


def _percent(values: Iterable[bool]) -> float | None:
    rows = list(values)
    return 100 * sum(rows) / len(rows) if rows else None


def _number(statistic: Callable[[list[int]], float], values: Callable[[Questions], list[int]]) -> Measure:
    return Measure(lambda questions: statistic(rows) if (rows := values(questions)) else None, "")


def _decile(number: int) -> Callable[[list[int]], float]:
    """Return a function for the value below which this many tenths lie."""
    return lambda values: quantiles(values, n=10, method="inclusive")[number - 1] if len(values) > 1 else values[0]


def _mean_ratio(questions: Questions) -> float | None:
    ratios = [ratio for question in questions if (ratio := length_ratio(question)) is not None]
    return mean(ratios) if ratios else None


def _furthest_from_chance(*, position: bool, kinds: Sequence[str] = KINDS) -> Measure:
    def measured(questions: Questions) -> float | None:
        of_kinds = [question for question in questions if question.kind in kinds]
        results = [row for row in measure_strategies(of_kinds) if row.name.startswith(POSITION) == position]
        return max((100 * abs(row.difference) for row in results), default=None)

    return Measure(measured)


ASK_MEASURES = {
    "asks for a service": "service",
    "asks for a technique": "technique",
    "asks for a diagnosis": "diagnosis",
    "asks for a setting": "setting",
}
MEASURES: Mapping[str, Measure] = {
    "multiple response": _share(lambda question: question.kind == MULTIPLE_RESPONSE),
    "stem words, mean": _number(mean, _stem_words),
    "stem words, median": _number(median, _stem_words),
    "stem words, standard deviation": _number(pstdev, _stem_words),
    "stem words, shortest tenth": _number(_decile(1), _stem_words),
    "stem words, longest tenth": _number(_decile(9), _stem_words),
    "stem under 38 words": _stem_length(lambda n: n < 38),
    "stem over 100 words": _stem_length(lambda n: n > 100),
    "stem over 110 words": _stem_length(lambda n: n > 110),
    "stem over 150 words": _stem_length(lambda n: n > 150),
    "numbers in a stem, mean": _number(mean, lambda questions: [numbers(question) for question in questions]),
    "stem with a table": _share(lambda question: has_table(question.stem)),
    "stem with code or log": _share(lambda question: has_code_block(question.stem)),
    "stem with a picture": _stem(PICTURE),
    "stem with an exhibit": _share(_has_exhibit),
    "stem with a list": _share(lambda question: bool(_LIST.search(prose(question.stem)))),
    "phrases of plugs in a stem, mean": _number(mean, lambda questions: [len(plugs(row.stem)) for row in questions]),
    "largest industry": Measure(lambda questions: largest_industry(question.stem for question in questions)),
    "names a role": _stem(_ROLE),
    "names an ML engineer": _stem(_ML_ENGINEER),
    "names a data scientist": _stem(_DATA_SCIENTIST),
    "opens with a company, team or role": _share(
        lambda question: bool(_ROLE.search(first := _first_sentence(question)) or _COMPANY.search(first))
    ),
    "ends with a question": _share(lambda question: is_question(ask(question.stem))),
    "the question on its own line": _share(_asks_on_its_own_line),
    "closes with 'these requirements'": _ask(_REQUIREMENTS),
    "LEAST, MOST, ... in the question": _ask(QUALIFIER),
    "least effort or cost": _ask(_LEAST_EFFORT),
    "LEAST overhead": _ask(_LEAST_OVERHEAD),
    "MOST cost-effective": _ask(_MOST_COST_EFFECTIVE),
    "names an AI service": _texts(_AI_SERVICE),
    "AI service or Bedrock as an option": _share(
        lambda question: bool(_AI_SERVICE.search(options := _option_texts(question)) or _BEDROCK.search(options))
    ),
    "names security": _texts(_SECURITY),
    "names security or secrets": _texts(_SECURITY, _SECRETS),
    "names cost": _stem(_COST),
    "names CI/CD, IaC or containers": _texts(_DELIVERY),
    **{name: _share(lambda question, value=value: question.ask == value) for name, value in ASK_MEASURES.items()},  # type: ignore[misc]
    "asks to compute": _share(computes),
    "the textbook answer is the key": _share(lambda question: question.default == "key"),
    "the textbook answer is a distractor": _share(lambda question: question.default == "distractor"),
    "longest to shortest option, mean": Measure(_mean_ratio, ""),
    "option words, standard deviation": _number(pstdev, _option_words),
    "option words, shortest tenth": _number(_decile(1), _option_words),
    "option words, longest tenth": _number(_decile(9), _option_words),
    "bare names, of the options": _option_length(lambda n: n <= BARE_NAME_WORDS),
    "bare names as all options": _share(
        lambda question: all(len(shown_words(option.text)) <= BARE_NAME_WORDS for option in question.options)
    ),
    "over 30 words, of the options": _option_length(lambda n: n > 30),
    "strategy furthest from chance": _furthest_from_chance(position=False),
    "key position furthest from chance": _furthest_from_chance(position=True),
    "key position of multiple response furthest from chance": _furthest_from_chance(
        position=True, kinds=(MULTIPLE_RESPONSE,)
    ),
    "rating, mean": Measure(lambda questions: mean(rows) if (rows := _ratings(questions)) else None, "", judged=True),
    "rating of 55 or less": _rating(lambda rating: rating <= 55),
    "rating of 60 to 75": _rating(lambda rating: 60 <= rating <= 75),
    "rating of 80 or more": _rating(lambda rating: rating >= 80),
}
