"""What must hold before a question can be written at all: its place exists, its key is possible, its texts fit.

Style is the lint's; these are the rules of it without which the database would refuse the rows.
"""

from collections.abc import Iterator
from datetime import date

from questions.content.merge import fields
from questions.content.schema import PUBLISHED_STATUSES, Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.lint import RULES, Context

PLACE = ("unknown-exam-domain", "unknown-task", "unknown-topic", "unknown-point")
KEY = ("no-key", "all-keys", "choose-mismatch")
MOST_OPTIONS = 30  # ticks are one integer
_LONGEST = {"id": 80, "license": 40, "waivers.rule": 60, "waivers.reason": 300}


def faults_of(draft: QuestionContent, syllabus: Syllabus | None, others: set[str]) -> list[Fault]:
    """All faults that keep a draft out; `others` are the codes of the questions it may name as enemies."""
    context = Context(today=date.min, syllabus=syllabus)
    names = PLACE + KEY if draft.status in PUBLISHED_STATUSES else PLACE
    found = [pair for name in names for pair in RULES[name].check(draft, context)]
    found += [*_enough(draft), *_lengths(draft), *_characters(draft), *_waivers(draft), *_enemies(draft, others)]
    return [Fault(draft.file, _line(draft, path), path, sentence) for path, sentence in found]


def _line(draft: QuestionContent, path: str) -> int | None:
    """The line of a field, or of what it lies in."""
    while path and path not in draft.lines:
        path = path.rpartition(".")[0]
    return draft.lines.get(path)


def _enough(draft: QuestionContent) -> Iterator[tuple[str, str]]:
    if len(draft.options) > MOST_OPTIONS:
        yield "options", f"A question has at most {MOST_OPTIONS} options, this has {len(draft.options)}."


def _lengths(draft: QuestionContent) -> Iterator[tuple[str, str]]:
    said = [("id", "id", draft.id), ("license", "license", draft.license or "")]
    for number, waiver in enumerate(draft.waivers, 1):
        said.append(("waivers.rule", f"waivers.{number}.rule", waiver.rule))
        said.append(("waivers.reason", f"waivers.{number}.reason", waiver.reason))
    for limit, path, text in said:
        if len(text) > _LONGEST[limit]:
            yield path, f"This has {len(text)} characters. At most {_LONGEST[limit]} are possible: shorten it."


def _characters(draft: QuestionContent) -> Iterator[tuple[str, str]]:
    """PostgreSQL stores no NUL, and neither database half of a surrogate pair."""
    for name, value in fields(draft).items():
        if any("\0" in text or any("\ud800" <= char <= "\udfff" for char in text) for text in _texts(value)):
            path = "stem" if name == "wording" else name
            yield path, "The text holds a character that cannot be stored. Remove it."


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _waivers(draft: QuestionContent) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, waiver in enumerate(draft.waivers, 1):
        if waiver.rule in seen:
            yield f"waivers.{number}.rule", f"The rule '{waiver.rule}' is waived twice. Keep one."
        seen.add(waiver.rule)


def _enemies(draft: QuestionContent, others: set[str]) -> Iterator[tuple[str, str]]:
    for number, code in enumerate(draft.enemies, 1):
        if code == draft.id:
            yield f"enemies.{number}", "A question cannot be its own enemy. Remove it."
        elif code not in others:
            yield f"enemies.{number}", f"There is no question '{code}'. Correct the code, or remove it."
