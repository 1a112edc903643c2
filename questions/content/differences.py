"""What has changed between two texts, word by word; and between two questions, part by part (no Django)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from questions.content.html_diff import changed
from questions.content.markdown import render, render_inline
from questions.content.merge import fields
from questions.content.schema import QuestionContent
from questions.content.text_diff import steps

_RENDER = {"stem": render, "option": render_inline, "rationale": render, "explanation": render}
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words; `change` is "", "del" (only before) or "ins" (only after)."""

    change: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question in two versions: `name` as in `questions.content.merge`, an option by its id."""

    name: str
    option: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        return list(words(self.before, self.after))

    @property
    def said(self) -> str:
        """The text before as HTML; empty for a part that is no text of the question."""
        made = _RENDER.get(self.name)
        return made(self.before) if made else ""

    @property
    def shown(self) -> str:
        """The text after as HTML, with what changed; empty for a part that is no text of the question."""
        made = _RENDER.get(self.name)
        return changed(made(self.before), made(self.after)) if made else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of which one side is to be chosen; `fixed` says why theirs cannot be, where it cannot."""

    name: str
    option: str
    parts: list[Part]
    fixed: str = ""
    theirs: bool = False

    @property
    def key(self) -> str:
        """Its name in a form: `stem`, `option-b`."""
        return f"{self.name}-{self.option}" if self.option else self.name


def choices(found: Iterable[Part]) -> list[Choice]:
    """The parts as they are chosen: all of one option together."""
    grouped: dict[tuple[str, str], list[Part]] = {}
    for part in found:
        grouped.setdefault(("option" if part.option else part.name, part.option), []).append(part)
    return [Choice(name, option, parts) for (name, option), parts in grouped.items()]


def marks(draft: QuestionContent) -> dict[str, str]:
    """A short mark of each part that can be chosen, to tell later whether it was changed; empty parts have none."""
    found = choices(parts(QuestionContent(draft.id, "", ()), draft))
    return {each.key: sha256(repr([(part.name, part.after) for part in each.parts]).encode()).hexdigest()[:8]
            for each in found}  # fmt: skip


def words(before: str, after: str) -> Iterator[Piece]:
    """The two texts as one run of words: kept, taken away, put in."""
    one, two = _WORDS.findall(before), _WORDS.findall(after)
    for change, a, b, c, d in steps(one, two):
        if change == "equal":
            yield Piece("", "".join(one[a:b]))
            continue
        if b > a:
            yield Piece("del", "".join(one[a:b]))
        if d > c:
            yield Piece("ins", "".join(two[c:d]))


def parts(before: QuestionContent, after: QuestionContent) -> list[Part]:
    """The parts in which two versions of a question differ, in the order of the page."""
    one, two = fields(before), fields(after)
    found = [Part("stem", "", before.stem, after.stem)]
    said, says = ({option.id: option for option in draft.options} for draft in (before, after))
    for code in sorted(said.keys() | says.keys()):
        old, new = said.get(code), says.get(code)
        found.append(Part("option", code, old.text if old else "", new.text if new else ""))
        found.append(Part("key", code, _key(old), _key(new)))
        found.append(Part("rationale", code, old.rationale if old else "", new.rationale if new else ""))
    if said.keys() == says.keys():
        found.append(Part("order", "", ", ".join(said), ", ".join(says)))
    found.append(Part("explanation", "", before.explanation, after.explanation))
    found += [Part(name, "", plain(one[name]), plain(two[name])) for name in ("references", *_FACTS)]
    found.append(Part("collection", "", before.collection, after.collection))
    return [part for part in found if part.before != part.after]


_FACTS = ("place", "points", "enemies", "as_of", "license")


def _key(option: Any) -> str:
    return "" if option is None else "key" if option.correct else "no key"


def plain(value: Any) -> str:
    """A value of a field as text that can be compared word by word."""
    if isinstance(value, Mapping):
        return " ".join(str(each) for each in value.values() if each)
    if isinstance(value, list):
        return "\n".join(plain(each) for each in value)
    return str(value or "")
