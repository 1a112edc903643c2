"""Whether two questions are the same apart from markup, capitals and the order of options (no Django)."""

import re
from hashlib import blake2b

from questions.content.schema import QuestionContent

_TABLE_RULE_OR_FENCE = re.compile(r"^(?=[ |:]*-)[ |:-]*$|^(?:`{3,}|~{3,}).*$", re.MULTILINE)
_MARKUP = re.compile(r"[\s\\`*|]+")


def normalized(text: str) -> str:
    """Return the text in lower case without white space and marks. Texts that differ in markup alone become equal."""
    return _MARKUP.sub("", _TABLE_RULE_OR_FENCE.sub("", text)).casefold()


def differ_in_marks_alone(before: QuestionContent, after: QuestionContent) -> bool:
    """Return whether two versions of a question have the same fingerprint, and each option the text of its id."""
    texts = ({option.id: normalized(option.text) for option in content.options} for content in (before, after))
    return next(texts) == next(texts) and fingerprint(before) == fingerprint(after)


def fingerprint(question: QuestionContent) -> bytes:
    """Return 12 bytes that are equal for questions with the same stem, options and key."""
    return _digest(question, [f"{normalized(option.text)}\x1f{option.correct:d}" for option in question.options])


def fingerprint_without_key(question: QuestionContent) -> bytes:
    """Return 12 bytes that are equal for questions with the same stem and options, for a code that tells no key."""
    return _digest(question, [normalized(option.text) for option in question.options])


def _digest(question: QuestionContent, options: list[str]) -> bytes:
    text = "\x1e".join((normalized(question.stem), *sorted(options)))
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()
