"""Rules about the stem: its question, the number of keys it names, length and readability; and impossible ratings."""

import re

from questions.content.prose import ask, is_question, prose, sentences, words
from questions.content.schema import MULTIPLE_CHOICE, MULTIPLE_RESPONSE, QuestionContent
from questions.lint.rules import Context, E, Findings, I, W, rule

_NEGATIVE = re.compile(r"\b(?:not|except|cannot)\b|n['’]t\b")
_WHICH_IS_TRUE = re.compile(
    r"\bwhich\b(?:\s+(?:one|two|three))?(?:\s+of\s+(?:the\s+following|these))?(?:\s+(?:statements?|options?|answers?))?"
    r"(?:\s+\w+){0,3}?\s+(?:is|are)\s+(?:true|correct|false|incorrect|not true)\b",
    re.IGNORECASE,
)
_MIN_STEM_WORDS, _MAX_STEM_WORDS, _MIN_SITUATION_WORDS = 8, 150, 20
_MAX_GRADE = 14  # Flesch-Kincaid
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_SELECT = re.compile(
    r"\((?:select|choose|pick|mark)\b([^()]*)\)"
    r"|(?:^|[.?!]\s+)(?:select|choose|pick)\s+(?:the\s+|any\s+)?((?:one|two|three|four|five|six|[1-6]|all)\b)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:a|an)\s*+[:…._]*+\s*+\Z", re.IGNORECASE)


def says_how_many(stem: str) -> bool:
    """Return whether a stem says, in English, how many options to select."""
    return bool(_SELECT.search(prose(stem)))


@rule("choose-mismatch", E)
def choose_mismatch(question: QuestionContent, context: Context) -> Findings:
    """The number in "(Select TWO.)", the kind and the number of keys must agree."""
    keys = len(question.keys)
    match = _SELECT.search(prose(question.stem))
    if match:
        stated = next(
            (n for word, n in _NUMBERS.items() if re.search(rf"\b({word}|{n})\b", match[0], re.IGNORECASE)), 0
        )
        if not stated:
            yield "stem", f"The stem says '{match[0].strip()}'. Give the number: {keys} options are correct."
        elif stated != keys:
            yield "stem", f"The stem asks for {stated}, but {keys} are marked as correct. Change one of them."
    if question.kind == MULTIPLE_CHOICE and keys > 1:
        yield (
            "kind",
            f"A multiple-choice question has one key, but this has {keys}. Change the kind to multiple-response.",
        )
    if question.kind == MULTIPLE_CHOICE and match and keys == 1:
        yield "kind", "A multiple-choice question does not say how many to select. Remove it from the stem."
    if question.kind == MULTIPLE_RESPONSE and keys == 1:
        yield (
            "kind",
            "A multiple-response question needs at least two keys. Add a key, or change the kind to multiple-choice.",
        )


@rule("select-missing", E)
def select_missing(question: QuestionContent, context: Context) -> Findings:
    """The stem of a multiple-response question ends with "(Select TWO.)" or the like."""
    if question.kind == MULTIPLE_RESPONSE and not says_how_many(question.stem):
        yield "stem", "The stem does not say how many options to select. End it with '(Select TWO.)'."


@rule("article-cue", E)
def article_cue(question: QuestionContent, context: Context) -> Findings:
    """A stem that ends with a or an fits all options by sound."""
    if _ARTICLE.search(ask(question.stem)):
        starts = {prose(option.text)[:1].lower() in "aeiou" for option in question.options}
        if len(starts) > 1:
            yield (
                "stem",
                "The stem ends with an article that fits only some options. Move it into the options.",
            )


@rule("negative-stem", W)
def negative_stem(question: QuestionContent, context: Context) -> Findings:
    """A question in the negative has its NOT or EXCEPT in capitals."""
    last_sentence = ask(question.stem)
    match = _NEGATIVE.search(last_sentence)
    if match and not re.search(r"\b(?:NOT|EXCEPT|CANNOT)\b", last_sentence):
        yield "stem", f"The question depends on '{match[0]}'. Ask for what is right, or write NOT or EXCEPT."


@rule("no-question", W)
def no_question(question: QuestionContent, context: Context) -> Findings:
    """The last sentence of the stem is a question, unless it is a statement to call true or false."""
    if not question.is_true_false and not is_question(ask(question.stem)):
        yield "stem", "The stem does not end with a question. End it with one."


@rule("which-is-true", W)
def which_is_true(question: QuestionContent, context: Context) -> Findings:
    """A stem of under 20 words does not just ask which statement is true."""
    if len(words(question.stem)) < _MIN_SITUATION_WORDS and _WHICH_IS_TRUE.search(prose(question.stem)):
        yield "stem", "The stem asks only what is true. Describe a situation and ask for a decision."


@rule("stem-length", W)
def stem_length(question: QuestionContent, context: Context) -> Findings:
    """The stem has 8 to 150 words of prose. A statement to call true or false may be shorter."""
    count = len(words(question.stem))
    if not (question.is_true_false or count >= _MIN_STEM_WORDS) or count > _MAX_STEM_WORDS:
        yield "stem", f"The stem has {count} words. Write {_MIN_STEM_WORDS} to {_MAX_STEM_WORDS}."


@rule("rating-below-chance", W)
def rating_below_chance(question: QuestionContent, context: Context) -> Findings:
    """The rating of a multiple-choice question is not below chance (25 with four options)."""
    if question.kind == MULTIPLE_CHOICE and question.rating is not None and question.options:
        chance = 100 / len(question.options)
        if question.rating < chance:
            yield "rating", f"The rating {question.rating} is below chance ({chance:.0f}). Rate it again."


@rule("readability", I)
def readability(question: QuestionContent, context: Context) -> Findings:
    """The Flesch-Kincaid grade of the stem is at most 14."""
    if len(words(question.stem)) >= _MIN_STEM_WORDS and (level := grade(question.stem)) > _MAX_GRADE:
        yield "stem", f"The stem has reading grade {level:.0f}. Use shorter sentences."


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of the prose of a text: the school years needed to read it."""
    terms = [word for word in words(text) if word[0].isalpha()]
    count = max(1, sum(len(sentences(paragraph)) for paragraph in re.split(r"\n[ \t]*\n", prose(text))))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.removesuffix("e")))) for word in terms)
    total = max(1, len(terms))
    return 0.39 * total / count + 11.8 * syllables / total - 15.59
