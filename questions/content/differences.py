"""What differs between two versions of a question, part by part and word by word (no Django)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from questions.content.declarations import Points, declared
from questions.content.html_diff import mark_changes
from questions.content.markdown import render, render_inline
from questions.content.parts import LABELS, PARTS, fields, members
from questions.content.prose import comparable
from questions.content.schema import OptionContent, QuestionContent, option_letters
from questions.content.text_diff import opcodes
from questions.content.worth import in_short

_RENDER = {"stem": render, "option": render_inline, "rationale": render, "explanation": render}
_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_BY_OPTION = ("wording", "rationales", "explanation")  # these are compared by option, or as a text
_PLAIN = [name for name, part in PARTS.items() if part.compared and name not in _BY_OPTION]
_WORDING = [field.name for field in members("wording") if field.name not in ("kind", "stem", "options")]
_IN_HUNDREDTHS = {field.name for field in declared(QuestionContent) if isinstance(field.form, Points)}
_NAMES = {
    "stem": "stem", "option": "option {}", "key": "option {}, key", "rationale": "rationale of {}",
    "order": "order of options",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Some words; `change` is "", "del" (only before) or "ins" (only after)."""

    change: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One part of a question in two versions: `name` is one of `parts.PART_NAMES`, an option by its id."""

    name: str
    option: str
    before: str
    after: str
    letter: str = field(default="", compare=False)  # of the option, in the authored order of the newer version

    @property
    def label(self) -> str:
        return part_label(self.name, self.letter)

    @property
    def pieces(self) -> list[TextPiece]:
        return list(word_changes(self.before, self.after))

    @property
    def before_html(self) -> str:
        """The text before as HTML; empty for a part that is not a text."""
        render_text = _RENDER.get(self.name)
        return render_text(self.before) if render_text else ""

    @property
    def changes_html(self) -> str:
        """The text after as HTML with the changes marked; empty for a part that is not a text."""
        render_text = _RENDER.get(self.name)
        return mark_changes(render_text(self.before), render_text(self.after)) if render_text else ""


@dataclass(frozen=True, slots=True)
class PartChoice:
    """A part of which the user chooses one side; `locked` says why the other side cannot be taken, if so."""

    name: str
    option: str
    parts: list[ChangedPart]
    locked: str = ""
    theirs: bool = False

    @property
    def key(self) -> str:
        """The name in a form: `stem`, `option-b`."""
        return f"{self.name}-{self.option}" if self.option else self.name

    @property
    def letter(self) -> str:
        return self.parts[0].letter

    @property
    def label(self) -> str:
        return part_label(self.name, self.letter if self.option else "")


def part_label(name: str, letter: str = "") -> str:
    """Return the name of a part on pages; `letter` is that of an option."""
    return _NAMES[name].format(letter) if name in _NAMES else LABELS[name]


def part_choices(parts: Iterable[ChangedPart]) -> list[PartChoice]:
    """Group the parts as users choose them: all of one option together."""
    grouped: dict[tuple[str, str], list[ChangedPart]] = {}
    for part in parts:
        grouped.setdefault(("option" if part.option else part.name, part.option), []).append(part)
    return [PartChoice(name, option, parts_of_choice) for (name, option), parts_of_choice in grouped.items()]


def part_digests(content: QuestionContent) -> dict[str, str]:
    """Return a short digest of each part that can be chosen, to detect later whether it changed; none if empty."""
    choices = part_choices(changed_parts(QuestionContent(content.id, "", ()), content))
    return {
        choice.key: sha256(repr([(part.name, part.after) for part in choice.parts]).encode()).hexdigest()[:8]
        for choice in choices
    }


def word_changes(before: str, after: str) -> Iterator[TextPiece]:
    """Yield the two texts as one sequence of unchanged, deleted and inserted words."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    for tag, a1, a2, b1, b2 in opcodes(old, new):
        if tag == "equal":
            yield TextPiece("", "".join(old[a1:a2]))
            continue
        if a2 > a1:
            yield TextPiece("del", "".join(old[a1:a2]))
        if b2 > b1:
            yield TextPiece("ins", "".join(new[b1:b2]))


def changed_parts(before: QuestionContent, after: QuestionContent) -> list[ChangedPart]:
    """Return the parts in which two versions of a question differ, in the order of the page."""
    fields_before, fields_after = fields(before), fields(after)
    parts = [ChangedPart("stem", "", before.stem, after.stem)]
    old_options, new_options = ({option.id: option for option in content.options} for content in (before, after))
    letters = option_letters(after) | {
        code: f"{letter} (removed)" for code, letter in option_letters(before).items() if code not in new_options
    }
    for code, letter in letters.items():
        old, new = old_options.get(code), new_options.get(code)
        parts.append(ChangedPart("option", code, old.text if old else "", new.text if new else "", letter))
        parts.append(ChangedPart("key", code, _key_text(old), _key_text(new), letter))
        parts.append(ChangedPart("rationale", code, old.rationale if old else "", new.rationale if new else "", letter))
    if old_options.keys() == new_options.keys():
        parts.append(
            ChangedPart(
                "order", "", *(", ".join(letters[code] for code in codes) for codes in (old_options, new_options))
            )
        )
    parts += [
        ChangedPart(name, "", plain_text(getattr(before, name)), plain_text(getattr(after, name))) for name in _WORDING
    ]
    parts.append(ChangedPart("explanation", "", before.explanation, after.explanation))
    parts += [
        ChangedPart(name, "", part_text(name, fields_before[name]), part_text(name, fields_after[name]))
        for name in _PLAIN
    ]
    return [part for part in parts if part.before != part.after]


def _key_text(option: OptionContent | None) -> str:
    return "" if option is None else "key" if option.correct else "no key"


def part_text(name: str, value: Any) -> str:
    """Return the value of a part as pages show it: points are stored in hundredths."""
    return in_short(int(value)) if name in _IN_HUNDREDTHS and value not in (None, "") else plain_text(value)


def plain_text(value: Any) -> str:
    """Return the value of a field as text that can be compared word by word."""
    if isinstance(value, Mapping):
        return " ".join(str(item) for item in value.values() if item)
    if isinstance(value, list):
        return "\n".join(plain_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def is_same_question(before: QuestionContent, after: QuestionContent) -> bool:
    """Return whether the keys, the number of options and all figures are equal, as after a correction of spelling."""
    return not keys_differ(before, after) and _keys_and_figures(before) == _keys_and_figures(after)


def keys_differ(before: QuestionContent, after: QuestionContent) -> bool:
    """Return whether other options are keys, or a key and another option have exchanged their texts."""
    if {option.id for option in before.keys} != {option.id for option in after.keys}:
        return True
    old_keys, old_others = _texts(before)
    new_keys, new_others = _texts(after)
    return bool(new_keys & old_others or old_keys & new_others)


def _texts(content: QuestionContent) -> tuple[set[str], set[str]]:
    """Return the texts of the keys and of the other options, without spaces, and without capitals outside of code."""
    keys: set[str] = set()
    others: set[str] = set()
    for option in content.options:
        (keys if option.correct else others).add("".join(comparable(option.text).split()))
    return keys, others


def options_differ(before: QuestionContent, after: QuestionContent) -> bool:
    """Return whether the text of an option differs."""
    return {option.id: option.text for option in before.options} != {option.id: option.text for option in after.options}


def _keys_and_figures(content: QuestionContent) -> tuple[Any, ...]:
    options = {option.id: (option.correct, sorted(_FIGURE.findall(option.text))) for option in content.options}
    return options, sorted(_FIGURE.findall(content.stem))
