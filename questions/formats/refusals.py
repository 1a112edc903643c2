"""Reasons to refuse a parsed question, in the same sentences for all formats."""

import datetime
from collections.abc import Iterator, Mapping

from questions.content.proposed_codes import code_of
from questions.content.schema import MULTIPLE_CHOICE, MULTIPLE_RESPONSE, QuestionContent, option_letters
from questions.lint import RULES, Context

MIN_FILE_OPTIONS, MAX_FILE_OPTIONS = 3, 10
WRONG_TAKES_A_SHARE = "that wrong options take nothing away: here each takes away what a key earns"
OPTION_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_KEY_RULES = ("no-key", "all-keys")
_OPTION_RULES = ("duplicate-options", "above-option", "combined-options")
_MAX_CODE_CHARS = 80


class UnsupportedQuestions(ValueError):
    """A format does not support some of the questions; `reasons` maps their ids to sentences."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__(" ".join(f"{code}: {reason}" for code, reason in self.reasons.items()))


def kind_for_keys(key_count: int) -> str:
    """Return the kind of a question with this number of keys."""
    return MULTIPLE_RESPONSE if key_count > 1 else MULTIPLE_CHOICE


def code_from_text(text: str) -> str:
    """Return a question code (lower-case letters, digits, single hyphens) made of a text; may be empty."""
    return code_of(text)[:_MAX_CODE_CHARS].strip("-")


def refusal_reasons(question: QuestionContent) -> tuple[str, ...]:
    """Return all reasons why a parsed question cannot be imported. Style is left to the lint."""
    return tuple(_refusals(question))


def _place(path: str, letters: Mapping[str, str]) -> str:
    """Return the name of a text by its field path."""
    _options, _period, rest = path.partition(".")
    code, _period, name = rest.partition(".")
    return path.capitalize() if not rest else f"Option {letters[code]}{', rationale' if name == 'rationale' else ''}"


def _refusals(question: QuestionContent) -> Iterator[str]:
    count, letters = len(question.options), option_letters(question)
    if not question.stem.strip():
        yield "The stem is empty. Write the question."
    for option in question.options:
        if not option.text.strip():
            yield f"Option {letters.get(option.id, option.id)} is empty. Fill it in or remove it."
    context = Context(today=datetime.date.min)
    for path, sentence in RULES["short-table-rows"].check(question, context):
        yield f"{_place(path, letters)}: {sentence}"
    if count < MIN_FILE_OPTIONS and not question.is_true_false:
        yield (
            f"The question has {count} options, but at least {MIN_FILE_OPTIONS} are required. "
            f"Add wrong options, or ask for True and False."
        )
    if count > MAX_FILE_OPTIONS:
        yield f"The question has {count} options, but at most {MAX_FILE_OPTIONS} are allowed. Remove some."
        return
    for name in _KEY_RULES:
        for _, sentence in RULES[name].check(question, context):
            yield sentence
    for name in _OPTION_RULES:
        for path, sentence in RULES[name].check(question, context):
            code = path.split(".")[1]
            if any(option.id == code and option.text.strip() for option in question.options):
                yield f"Option {letters[code]}: {sentence}"
    for path, sentence in RULES["choose-mismatch"].check(question, context):
        # Only a contradicting number makes the key doubtful; "(Select all that apply.)" is left to the lint.
        if path == "stem" and sentence.startswith("The stem asks for"):
            yield sentence
