"""Rules about options: whether each can be chosen, and what gives the key away or confuses."""

import re
from itertools import combinations, permutations
from statistics import median

from questions.content.prose import CODE, comparable, numeric, prose, shown, words
from questions.content.schema import MULTIPLE_RESPONSE, OptionContent, QuestionContent, option_letters
from questions.lint.rules import Context, E, Findings, I, W, rule

ABSOLUTES = frozenset({
    "always", "never", "none", "nothing", "entirely", "completely", "totally", "solely",
    "exclusively", "guarantee", "guarantees", "guaranteed", "impossible", "invariably", "must",
})  # fmt: skip
VAGUE = frozenset({
    "often", "frequently", "sometimes", "usually", "generally", "typically", "normally", "mostly",
    "occasionally", "rarely", "probably", "possibly", "appropriate", "appropriately", "properly",
    "various", "certain", "etc",
})  # fmt: skip
_MAX_KEY_RATIO, _MIN_KEY_RATIO = 1.25, 0.75  # words of a key to those of the longest and the shortest distractor
_MAX_MEDIAN_RATIO = 2.0  # characters of an option to the median
_MIN_COMPARED_WORDS, _MIN_UNEVEN_CHARS = 4, 30
_COMMON = frozenset({
    "about", "above", "after", "again", "against", "also", "among", "because", "been", "before",
    "being", "below", "between", "both", "could", "does", "doing", "down", "during", "each",
    "every", "from", "further", "have", "having", "into", "itself", "just", "more", "most", "need",
    "needs", "only", "other", "over", "same", "should", "some", "such", "than", "that", "their",
    "them", "then", "there", "these", "they", "this", "those", "through", "under", "until", "upon",
    "very", "were", "what", "when", "where", "which", "while", "whose", "will", "with", "within",
    "without", "would",
})  # fmt: skip
_PREPOSITIONS = frozenset({
    "by", "with", "in", "on", "at", "for", "from", "to", "after", "before", "when", "if", "because",
})  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the"})
_ABOVE = re.compile(
    r"\b(?:all|none|any|both|neither|either)\s+of\s+(?:(?:the\s+)?(?:above|preceding|(?:other\s+)?(?:options|answers))\b"
    r"|(?:these|those)\W*\Z)",
    re.IGNORECASE,
)
_LETTERS = r"\(?[A-F]\)?(?:\s*,\s*\(?[A-F]\)?)*\s*+,?\s*+(?:and|or|&)\s*\(?[A-F]\)?"
_COMBINED = re.compile(
    rf"\A(?:(?:[Bb]oth|[Ee]ither|[Oo]nly)\s+)?(?:(?:[Oo]ptions?|[Aa]nswers?|[Cc]hoices?)\s+(?:[1-6]\s*(?:and|or|&)\s*[1-6]|{_LETTERS})"
    rf"|{_LETTERS})(?:\s+only)?\W*\Z"
)


def _count(option: OptionContent) -> int:
    return len(words(option.text))


def _all_numbers(question: QuestionContent) -> bool:
    return all(numeric(option.text) is not None for option in question.options)


def _usable(question: QuestionContent) -> bool:
    """Return whether keys and distractors can be compared. Options that are only numbers are exempt."""
    return bool(question.keys and question.distractors) and not _all_numbers(question)


@rule("no-key", E)
def no_key(question: QuestionContent, context: Context) -> Findings:
    """At least one option is correct."""
    if not question.keys:
        yield "options", "No option is marked as correct. Mark the key."


@rule("all-keys", E)
def all_keys(question: QuestionContent, context: Context) -> Findings:
    """At least one option is wrong."""
    if question.options and not question.distractors:
        yield "options", "All options are marked as correct. Add wrong options."


@rule("duplicate-options", E)
def duplicate_options(question: QuestionContent, context: Context) -> Findings:
    """No two options are the same, apart from spaces, punctuation at the end, and capitals outside of code."""
    first: dict[str, tuple[str, str]] = {}  # letter and text as written, by the text that is compared
    letters = option_letters(question)
    for option in question.options:
        written, text = (" ".join(shown(each).split()).rstrip(".;,") for each in (option.text, comparable(option.text)))
        letter, other = first.setdefault(text, (letters[option.id], written))
        if letter == letters[option.id]:
            continue
        sentence = f"This option is the same as option {letter}. Rewrite one of them."
        if written != other:
            sentence = (
                f"This option differs from option {letter} only in capitals. Rewrite one of them, or put backticks"
                " around code, such as `-D`."
            )
        yield f"options.{option.id}.text", sentence


@rule("above-option", E)
def above_option(question: QuestionContent, context: Context) -> Findings:
    """No option is "all of the above" or "none of the above" where options are shuffled."""
    if question.shuffle:
        sentence = "Do not use 'all of the above' or 'none of the above', because options are shuffled."
        yield from _options(question, _ABOVE, sentence)


@rule("combined-options", E)
def combined_options(question: QuestionContent, context: Context) -> Findings:
    """No option is a combination of others ("A and C")."""
    return _options(question, _COMBINED, "This option refers to other options by letter. Write out its meaning.")


def _options(question: QuestionContent, pattern: re.Pattern[str], sentence: str) -> Findings:
    for option in question.options:
        if pattern.search(prose(option.text)):
            yield f"options.{option.id}.text", sentence


@rule("key-longer", W)
def key_longer(question: QuestionContent, context: Context) -> Findings:
    """No key of four words or more has more than 1.25 times the words of the longest distractor."""
    if not _usable(question):
        return
    limit = max(map(_count, question.distractors))
    for key in question.keys:
        if _count(key) >= _MIN_COMPARED_WORDS and _count(key) > _MAX_KEY_RATIO * limit:
            sentence = (
                f"The key has {_count(key)} words, but the longest wrong option has {limit}. Make the lengths similar."
            )
            yield f"options.{key.id}.text", sentence


@rule("key-shorter", W)
def key_shorter(question: QuestionContent, context: Context) -> Findings:
    """No key has less than 0.75 times the words of the shortest distractor of four words or more."""
    if not _usable(question):
        return
    limit = min(map(_count, question.distractors))
    for key in question.keys:
        if limit >= _MIN_COMPARED_WORDS and _count(key) < _MIN_KEY_RATIO * limit:
            sentence = (
                f"The key has {_count(key)} words, but the shortest wrong option has {limit}. Make the lengths similar."
            )
            yield f"options.{key.id}.text", sentence


@rule("uneven-lengths", W)
def uneven_lengths(question: QuestionContent, context: Context) -> Findings:
    """No option has more than twice the median length of the options and more than 30 characters."""
    if len(question.options) < 3 or _all_numbers(question):
        return
    lengths = {option.id: len(prose(option.text)) for option in question.options}
    middle = median(lengths.values())
    for code, length in lengths.items():
        if length > _MIN_UNEVEN_CHARS and length > _MAX_MEDIAN_RATIO * middle:
            yield (
                f"options.{code}.text",
                f"This option has {length} characters, the median is {middle:g}. Make the lengths similar.",
            )


@rule("absolutes-in-distractors", W)
def absolutes_in_distractors(question: QuestionContent, context: Context) -> Findings:
    """Absolute words (always, never, …) are not in distractors only."""
    if any(ABSOLUTES & set(words(key.text)) for key in question.keys):
        return
    for option in question.distractors:
        cues = sorted(ABSOLUTES & set(words(option.text)))
        if cues:
            yield (
                f"options.{option.id}.text",
                f"No key contains '{cues[0]}', so the word shows that this option is wrong. Rephrase the option.",
            )


@rule("key-form-differs", W)
def key_form_differs(question: QuestionContent, context: Context) -> Findings:
    """The first word of the key does not differ in form from the distractors if these agree.

    Forms: number, code, article, preposition, word in -ing, other word."""
    if not _usable(question) or len(question.distractors) < 2:
        return
    keys = {_form(option.text) for option in question.keys}
    others = {_form(option.text) for option in question.distractors}
    if len(keys) == len(others) == 1 and keys != others:
        key_form, distractor_form = keys.pop(), others.pop()
        yield (
            f"options.{question.keys[0].id}.text",
            f"The key begins with {key_form}, but each wrong option begins with {distractor_form}. Use the same form.",
        )


def _form(text: str) -> str:
    first = (re.findall(rf"{CODE}|[^\s.,;:]+", prose(text)) or [""])[0]
    if first == CODE:
        return "code"
    if first[:1].isdigit():
        return "a number"
    if first.lower() in _ARTICLES:
        return "an article"
    if first.lower() in _PREPOSITIONS:
        return "a preposition"
    return "a word in -ing" if first.endswith("ing") and len(first) > 5 else "a word"


@rule("final-period", W)
def final_period(question: QuestionContent, context: Context) -> Findings:
    """The key is not the only option with, or without, a period at its end."""
    if not _usable(question) or len(question.distractors) < 2:
        return
    keys = {prose(option.text).endswith(".") for option in question.keys}
    others = {prose(option.text).endswith(".") for option in question.distractors}
    if len(keys) == len(others) == 1 and keys != others:
        alone = "with" if keys.pop() else "without"
        yield (
            f"options.{question.keys[0].id}.text",
            f"Only the key is {alone} a period at its end. Use the same punctuation in all options.",
        )


@rule("same-words", W)
def same_words(question: QuestionContent, context: Context) -> Findings:
    """No two options consist of the same words in another order."""
    letters = option_letters(question)
    for one, other in combinations(question.options, 2):
        first, second = words(one.text), words(other.text)
        if first != second and CODE not in first and sorted(first) == sorted(second):
            yield (
                f"options.{other.id}.text",
                f"This option has the same words as option {letters[one.id]}. Make the difference clear.",
            )


@rule("option-contained", W)
def option_contained(question: QuestionContent, context: Context) -> Findings:
    """No option is contained word for word in another."""
    if _all_numbers(question):
        return
    letters = option_letters(question)
    for one, other in permutations(question.options, 2):
        inner, outer = shown(one.text).lower().split(), shown(other.text).lower().split()
        small, large = " ".join(inner).rstrip("."), " ".join(outer).rstrip(".")
        if small and small != large and f" {small} " in f" {large} ":
            yield (
                f"options.{other.id}.text",
                f"This option contains all of option {letters[one.id]}. Make the difference clear.",
            )


@rule("unsorted-numbers", W)
def unsorted_numbers(question: QuestionContent, context: Context) -> Findings:
    """Options that are numbers are sorted."""
    values = [number for option in question.options if (number := numeric(option.text)) is not None]
    if len(values) == len(question.options) and values not in (sorted(values), sorted(values, reverse=True)):
        yield "options", "The options are numbers that are not in order. Sort them."


@rule("option-count", W)
def option_count(question: QuestionContent, context: Context) -> Findings:
    """Multiple choice has 4 options, or True and False; multiple response has 5 with two keys or 6 with three."""
    shape = (len(question.options), len(question.keys))
    if question.kind == MULTIPLE_RESPONSE:
        if shape not in ((5, 2), (6, 3)):
            yield (
                "options",
                f"The question has {shape[0]} options and {shape[1]} keys. Use 5 with two keys or 6 with three.",
            )
    elif shape[0] != 4 and not question.is_true_false:
        yield "options", f"The question has {shape[0]} options. Use 4 options."


@rule("key-only-stem-word", I)
def key_only_stem_word(question: QuestionContent, context: Context) -> Findings:
    """A word of five letters or more of the stem is in the key and in no distractor."""
    asked = {word for word in words(question.stem) if len(word) >= 5 and word.isalpha() and word not in _COMMON}
    elsewhere = {word for option in question.distractors for word in words(option.text)}
    for key in question.keys:
        cues = sorted(asked & set(words(key.text)) - elsewhere)
        if cues and question.distractors:
            yield f"options.{key.id}.text", f"Only the key repeats words from the stem: {', '.join(cues)}."


@rule("vague-words", I)
def vague_words(question: QuestionContent, context: Context) -> Findings:
    """Options contain no vague words (often, usually, appropriate, …)."""
    for option in question.options:
        cues = [word for word in dict.fromkeys(words(option.text)) if word in VAGUE]
        if cues:
            yield (
                f"options.{option.id}.text",
                f"Vague words: {', '.join(cues)}. Be precise if possible.",
            )
