"""Checks that a question has to pass before it can be stored: existing place, possible key, lengths, characters.

Other rules of the lint are about style. Without these the database would refuse the rows.
"""

import re
from collections.abc import Iterator
from datetime import date

from questions.content.parts import fields
from questions.content.schema import MAX_ENEMIES, MAX_OPTIONS, PUBLISHED_STATUSES, Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint import RULES, Context
from questions.lint.rules import Findings, field_line

PLACE = ("unknown-exam-domain", "unknown-task", "unknown-topic", "unknown-point")
KEY = ("no-key", "all-keys", "choose-mismatch")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_MAX_CHARS = {"id": 80, "license": 40, "waivers.rule": 60, "waivers.reason": 300}


def prerequisite_faults(question: QuestionContent, syllabus: Syllabus | None, others: set[str]) -> list[Fault]:
    """Return all faults that keep a question out. `others` are the codes of questions that it may name as enemies."""
    context = Context(today=date.min, syllabus=syllabus)
    names = PLACE + KEY if question.status in PUBLISHED_STATUSES else PLACE
    findings = [pair for name in names for pair in RULES[name].check(question, context)]
    findings += [
        *_option_count(question),
        *_accepted(question),
        *_lengths(question),
        *_characters(question),
        *_waivers(question),
        *_enemies(question, others),
    ]
    return [Fault(question.file, field_line(question, path), path, sentence) for path, sentence in findings]


def _option_count(question: QuestionContent) -> Findings:
    if len(question.options) > MAX_OPTIONS:
        yield (
            "options",
            f"A question can have at most {MAX_OPTIONS} options. This question has {len(question.options)}.",
        )


def _accepted(question: QuestionContent) -> Findings:
    if question.accepted and not question.is_accepted_possible:
        yield (
            "accepted",
            "A second answer names other options than the correct ones, and as many. Correct it.",
        )


def _lengths(question: QuestionContent) -> Findings:
    values = [("id", "id", question.id), ("license", "license", question.license or "")]
    for number, waiver in enumerate(question.waivers, 1):
        values.append(("waivers.rule", f"waivers.{number}.rule", waiver.rule))
        values.append(("waivers.reason", f"waivers.{number}.reason", waiver.reason))
    for limit, path, text in values:
        if len(text) > _MAX_CHARS[limit]:
            yield path, f"The text has {len(text)} characters. At most {_MAX_CHARS[limit]} are allowed. Shorten it."


def _characters(question: QuestionContent) -> Findings:
    """PostgreSQL stores no NUL, and neither database half of a surrogate pair."""
    for name, value in fields(question).items():
        if any(_UNSTORABLE.search(text) for text in _texts(value)):
            path = "stem" if name == "wording" else name
            yield path, "The text contains a character that cannot be stored. Remove it."


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _waivers(question: QuestionContent) -> Findings:
    waived: set[str] = set()
    for number, waiver in enumerate(question.waivers, 1):
        if waiver.rule in waived:
            yield f"waivers.{number}.rule", f"The rule '{waiver.rule}' is kept twice. Keep one."
        waived.add(waiver.rule)


def _enemies(question: QuestionContent, others: set[str]) -> Findings:
    if (named := len(question.enemies)) > MAX_ENEMIES:
        yield "enemies", f"A question can have at most {MAX_ENEMIES} enemies. This question has {named}."
        return
    for number, code in enumerate(question.enemies, 1):
        if code == question.id:
            yield f"enemies.{number}", "A question always meets itself. Remove it."
        elif code not in others:
            yield f"enemies.{number}", f"There is no question '{code}'. Correct or remove the code."
