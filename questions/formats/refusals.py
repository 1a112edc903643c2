"""Why a question of another format cannot be taken, or cannot be written: the same sentences for all formats."""

import datetime
import re
from collections.abc import Iterator, Mapping

from questions.content.schema import MULTIPLE_CHOICE, MULTIPLE_RESPONSE, QuestionContent
from questions.lint import RULES, Context

MIN_OPTIONS, MAX_OPTIONS = 3, 10
OPTION_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OF_KEY = ("no-key", "all-keys")
_OF_OPTIONS = ("duplicate-options", "above-option", "combined-options")
_CODE = re.compile(r"[^a-z0-9]+")
_LONGEST_CODE = 80


class UnsupportedQuestions(ValueError):
    """A format cannot hold some of the questions; `reasons` has a sentence for each by its id."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__(" ".join(f"{code}: {reason}" for code, reason in self.reasons.items()))


def kind_for_keys(keys: int) -> str:
    """The kind of a question that has this number of keys."""
    return MULTIPLE_RESPONSE if keys > 1 else MULTIPLE_CHOICE


def code_from_text(text: str) -> str:
    """A stable id as ours are written, in small letters, digits and single hyphens; empty if nothing is left."""
    return _CODE.sub("-", text.lower())[:_LONGEST_CODE].strip("-")


def refusal_reasons(question: QuestionContent) -> tuple[str, ...]:
    """All reasons why a question that was read cannot be taken; its style is the lint's."""
    return tuple(_refusals(question))


def _refusals(question: QuestionContent) -> Iterator[str]:
    count = len(question.options)
    if not question.stem.strip():
        yield "The stem is empty. Write the question."
    for option in question.options:
        if not option.text.strip():
            yield f"Option {option.id} is empty. Fill it in, or remove it."
    if count < MIN_OPTIONS:
        yield f"The question has {count} options, and at least {MIN_OPTIONS} are needed. Add distractors."
    if count > MAX_OPTIONS:
        yield f"The question has {count} options, and at most {MAX_OPTIONS} are possible. Remove some."
    context = Context(today=datetime.date.min)
    for name in _OF_KEY:
        for _, sentence in RULES[name].check(question, context):
            yield sentence
    for name in _OF_OPTIONS:
        for path, sentence in RULES[name].check(question, context):
            code = path.split(".")[1]
            if any(option.id == code and option.text.strip() for option in question.options):
                yield f"Option {code}: {sentence}"
    for path, sentence in RULES["choose-mismatch"].check(question, context):
        # "(Select all that apply.)" is for the lint: only a number that is another one makes the key doubtful.
        if path == "stem" and sentence.startswith("The stem asks for"):
            yield sentence
