"""Rules about the stem: its question, its length, its readability; and a rating that cannot be."""

import re
from collections.abc import Iterator

from questions.content.prose import ask, is_question, prose, sentences, words
from questions.content.schema import MULTIPLE_CHOICE, QuestionContent
from questions.lint.rules import Context, I, W, rule

type Found = Iterator[tuple[str, str]]

_NEGATIVE = re.compile(r"\b(?:not|except|cannot)\b|n['’]t\b")
_WHICH_IS_TRUE = re.compile(
    r"\bwhich\b(?:\s+(?:one|two|three))?(?:\s+of\s+(?:the\s+following|these))?(?:\s+(?:statements?|options?|answers?))?"
    r"(?:\s+\w+){0,3}?\s+(?:is|are)\s+(?:true|correct|false|incorrect|not true)\b",
    re.IGNORECASE,
)
_SHORT, _LONG, _TRUE_SHORT = 8, 150, 20  # words
_HARD = 14  # Flesch-Kincaid grade


@rule("negative-stem", W)
def negative_stem(draft: QuestionContent, context: Context) -> Found:
    """A question in the negative has its NOT or EXCEPT in capitals."""
    question = ask(draft.stem)
    found = _NEGATIVE.search(question)
    if found and not re.search(r"\b(?:NOT|EXCEPT|CANNOT)\b", question):
        yield "stem", f"The question hangs on '{found[0]}'. Ask for what is right, or write NOT or EXCEPT."


@rule("no-question", W)
def no_question(draft: QuestionContent, context: Context) -> Found:
    """The last sentence of the stem is a question."""
    if not is_question(ask(draft.stem)):
        yield "stem", "The stem does not end with a question. End it with one."


@rule("which-is-true", W)
def which_is_true(draft: QuestionContent, context: Context) -> Found:
    """A stem of under 20 words does not just ask which statement is true."""
    if len(words(draft.stem)) < _TRUE_SHORT and _WHICH_IS_TRUE.search(prose(draft.stem)):
        yield "stem", "The stem only asks what is true. Describe a situation and ask for a decision."


@rule("stem-length", W)
def stem_length(draft: QuestionContent, context: Context) -> Found:
    """The stem has 8 to 150 words of prose."""
    count = len(words(draft.stem))
    if not _SHORT <= count <= _LONG:
        yield "stem", f"The stem has {count} words. Write {_SHORT} to {_LONG}."


@rule("rating-below-chance", W)
def rating_below_chance(draft: QuestionContent, context: Context) -> Found:
    """The rating of a multiple-choice question is not below chance (25 with four options)."""
    if draft.kind == MULTIPLE_CHOICE and draft.rating is not None and draft.options:
        chance = 100 / len(draft.options)
        if draft.rating < chance:
            yield "rating", f"The rating {draft.rating} is below chance ({chance:.0f}). Rate it again."


@rule("readability", I)
def readability(draft: QuestionContent, context: Context) -> Found:
    """The Flesch-Kincaid grade of the stem is at most 14."""
    if len(words(draft.stem)) >= _SHORT and (found := grade(draft.stem)) > _HARD:
        yield "stem", f"The stem reads at grade {found:.0f}. Shorter sentences make it easier."


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of the prose of a text (school years needed to read it)."""
    found = [word for word in words(text) if word[0].isalpha()]
    count = max(1, sum(len(sentences(each)) for each in re.split(r"\n[ \t]*\n", prose(text))))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.removesuffix("e")))) for word in found)
    total = max(1, len(found))
    return 0.39 * total / count + 11.8 * syllables / total - 15.59
