"""Rules for the shipped collections that exams draw on: what a question asks, and phrases that AWS would not write."""

import re

from questions.content.prose import prose
from questions.content.schema import ASKS, TEXTBOOK_PLACES, QuestionContent
from questions.lint.rules import Context, E, Findings, I, W, rule
from questions.lint.texts import texts

_PHRASES = (  # and what to write instead
    (r"(?i:shall)", "'must' or 'will'"),
    (r"(?i:anew)", "'again'"),
    (r"so:", "'as follows:', or a new sentence"),
    (r"Which (?:[\w-]+ ){1,5}fits?", "'Which solution meets these requirements'"),
    (r"(?i:of (?:its|their) own)", "'its own' or 'their own' before the noun, or 'separate'"),
    (r"can be had", "'is available'"),
    (r"(?i:the data have)", "'the data has'"),
    (r"(?i:beside it)", "'next to it'"),
    (r"behind each layer", "'after each layer'"),
    (r"trained to the end", "'trained to completion'"),
    (r"dear(?:er|est)?", "'expensive'"),
    (r"time has become short", "'is running out of time'"),
    (r"(?i:keep(?:s|ing)? users from)", "'prevents users from'"),
    (r"every so often", "a number, such as 'at least once a week'"),
)
_PATTERNS = tuple((re.compile(rf"\b{phrase}(?!\w)"), replacement) for phrase, replacement in _PHRASES)


# Half-sentences that readers marked since they only exclude one option: no setting, goal, symptom or constraint.
_PLUG = re.compile(
    r"\bno other (?:use|changes?|requirements?|workloads?) (?:is|are)\b[^.]*"
    r"|\b(?:is|are) (?:sufficient|acceptable|irrelevant)\b"
    r"|\bwhich (?:it|they|the \w+) can (?:modify|change)\b|\b(?:will|does|do|must) not change\b|\bremains? unchanged\b"
    r"|\b(?:does|do) not matter\b|\b(?:is|are) not (?:a concern|of interest|planned)\b|\bno (?:plans?|need) to\b"
    r"|\bcan already use\b|\bno time remains\b|\b(?:is|are) (?:already )?(?:correct|valid) and (?:complete|current)\b",
    re.IGNORECASE,
)


def plugs(stem: str) -> list[str]:
    """Return the phrases of a stem that usually stand there only to exclude one option."""
    return [match[0] for match in _PLUG.finditer(prose(stem))]


@rule("plug", I)
def plug(question: QuestionContent, context: Context) -> Findings:
    """A stem of a question that exams draw on has no half-sentence that only excludes one option."""
    for phrase in plugs(question.stem) if context.in_exams else ():
        yield "stem", f"'{phrase}' may be there only to exclude one option. Mend the option instead."


@rule("missing-ask", E)
def missing_ask(question: QuestionContent, context: Context) -> Findings:
    """A question that exams draw on states what its decision is about, under `ask`."""
    if context.in_exams and question.ask is None:
        yield "ask", f"The question does not state what it asks. Add one of {', '.join(ASKS)}."


@rule("missing-default", E)
def missing_default(question: QuestionContent, context: Context) -> Findings:
    """A question that exams draw on states where the textbook answer is, under `default`."""
    if context.in_exams and question.default is None:
        places = ", ".join(TEXTBOOK_PLACES)
        yield "default", f"The question does not state where the textbook answer is. Add one of {places}."


@rule("banned-phrase", W)
def banned_phrase(question: QuestionContent, context: Context) -> Findings:
    """No text of a question that exams draw on has a phrase that AWS's documentation would not use."""
    for field, text in texts(question) if context.in_exams else ():
        for pattern, replacement in _PATTERNS:
            if match := pattern.search(prose(text)):
                yield field, f"'{match[0]}' is not how AWS writes. Write {replacement}."
