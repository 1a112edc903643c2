"""YAML without surprises: every value is what its author sees, every fault has its line.

The parser is libyaml's (events, so nothing is guessed: `no`, `3.10` and dates stay text until a
field says what it wants). Comments, aliases, anchors, tags, duplicate keys and unknown keys are
faults, because none of them would survive being written again.
"""

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from questions.interchange.schema import Fault

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_IMPLICIT = re.compile(r"(?i:~|null|yes|no|y|n|on|off|true|false|\.inf|\.nan|<<|=)\Z|[-+.]?[0-9]|\Z")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/+-]*\Z")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_DEEPEST = 20  # levels; the deepest file of ours has 7
_COMMENT = re.compile(r"(?:^|(?<=[ \t\n]))#", re.MULTILINE)


@dataclass(slots=True)
class Node:
    """A scalar (`value` a str), a list (of Node) or a mapping (key to Node), and its line from 1."""

    line: int
    value: Any
    plain: bool = False

    def kind(self) -> str:
        if isinstance(self.value, str):
            return "a text"
        return "a list" if isinstance(self.value, list) else "a mapping"


def parse(text: str, file: str) -> tuple[Node | None, list[Fault]]:
    """The tree of one document (None if it cannot be parsed) and all faults of its form."""
    builder = _Builder(file)
    try:
        root = builder.document(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return None, [Fault(file, line, "", f"This is not valid YAML: {error.problem or error.context}.")]
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0) or 0
        line = text.encode()[:position].count(b"\n") + 1  # libyaml counts bytes
        reason = getattr(error, "reason", None) or "unreadable"
        return None, [Fault(file, line, "", f"This is not valid YAML: {reason}. Remove the character.")]
    builder.comments(text)
    return root, builder.faults


class _Builder:
    """Builds nodes from parser events and notes what must not be in the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.spans: list[tuple[int, int, bool]] = []  # scalars: first and last character, is a block

    def fault(self, line: int, name: str, sentence: str) -> None:
        self.faults.append(Fault(self.file, line, name, sentence))

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2 or event.explicit:
                    self.fault(line, "", "A file holds one document. Remove '---'.")
            elif isinstance(event, yaml.NodeEvent):
                node = self.node(event, events, "")
                root = root or node
        return root

    def node(self, event: Any, events: Iterator[Any], name: str) -> Node:
        start, end = event.start_mark, event.end_mark
        line = start.line + 1
        if name.count(".") > _DEEPEST:
            problem = "lists and mappings lie too deep in each other"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=start)
        if isinstance(event, yaml.AliasEvent):
            self.fault(line, name, f"Aliases (*{event.anchor}) are not allowed. Write the value out.")
            return Node(line, "")
        if event.anchor:
            self.fault(line, name, f"Anchors (&{event.anchor}) are not allowed. Remove it.")
        if event.tag:
            self.fault(line, name, f"Tags ({event.tag}) are not allowed. Remove it.")
        if isinstance(event, yaml.ScalarEvent):
            block = event.style in ("|", ">")
            self.spans.append((start.index, end.index, block))
            return Node(line, event.value, plain=not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            for each in events:
                if isinstance(each, yaml.SequenceEndEvent):
                    break
                items.append(self.node(each, events, f"{name}.{len(items) + 1}".lstrip(".")))
            return Node(line, items)
        return Node(line, self.mapping(events, name))

    def mapping(self, events: Iterator[Any], name: str) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = event.start_mark.line + 1
            key = self.node(event, events, name).value
            path = f"{name}.{key}" if name else str(key)
            value = self.node(next(events), events, path)
            if not isinstance(key, str):
                self.fault(line, name, "A key must be a plain word.")
            elif key in entries:
                first = entries[key].line
                self.fault(line, path, f"The key '{key}' stands in line {first} already. Keep one of them.")
            else:
                value.line = line  # the key's line, also where a list begins below it
                entries[key] = value
        return entries

    def comments(self, text: str) -> None:
        """Comments are lost when a file is written again, so they are refused."""
        if "#" not in text:
            return
        starts = [start for start, _, _ in self.spans]
        for found in _COMMENT.finditer(text):
            place = bisect_right(starts, found.start()) - 1
            if place >= 0:
                start, end, block = self.spans[place]
                # The first line of a block scalar is its header (`|`): a # there is a comment too.
                first = text.find("\n", start) if block else start
                if first <= found.start() < end:
                    continue
            line = text.count("\n", 0, found.start()) + 1
            self.fault(line, "", "Comments are not kept. Remove it, or say it in the explanation.")


@dataclass(slots=True)
class Fields:
    """Typed reading of one mapping; each look that fails adds a fault and gives the empty value."""

    node: Node
    path: str
    file: str
    faults: list[Fault]
    lines: dict[str, int] = field(default_factory=dict)

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, sentence: str, line: int | None = None) -> None:
        if line is None:
            node = self.node.value.get(key)
            line = node.line if node else self.node.line
        self.faults.append(Fault(self.file, line, self.name(key) if key else self.path, sentence))

    def only(self, known: Sequence[str]) -> None:
        """Every key must be one of `known`."""
        for key, node in self.node.value.items():
            if key not in known:
                self.fault(key, f"The key '{key}' is not known. Known are: {', '.join(known)}.", node.line)

    def get(self, key: str, required: bool) -> Node | None:
        node: Node | None = self.node.value.get(key)
        if node is None and required:
            self.fault(key, f"The key '{key}' is missing. Add it.", self.node.line)
        if node is not None:
            self.lines[self.name(key)] = node.line
        return node

    def text(
        self, key: str, pattern: re.Pattern[str] | None = None, hint: str = "", *, required: bool = True
    ) -> str | None:
        """A text; one that YAML could take for a number, a date or a truth value must be quoted."""
        node = self.get(key, required)
        return None if node is None else self.scalar(key, node, pattern, hint)

    def scalar(self, key: str, node: Node, pattern: re.Pattern[str] | None, hint: str) -> str | None:
        if not isinstance(node.value, str):
            self.fault(key, f"This must be a text, not {node.kind()}.", node.line)
        elif node.plain and not node.value:
            self.fault(key, "The value is empty. Fill it in, or remove the key.", node.line)
        elif node.plain and _IMPLICIT.match(node.value):
            sentence = f'Put it in quotes: "{node.value}". Without them it could be taken for something else.'
            self.fault(key, sentence, node.line)
        elif pattern and not pattern.fullmatch(node.value):
            self.fault(key, f"'{node.value[:60]}' is not allowed here: {hint}.", node.line)
        else:
            return node.value
        return None

    def one_of(self, key: str, choices: Sequence[str], *, required: bool = True) -> str | None:
        value = self.text(key, required=required)
        if value is not None and value not in choices:
            self.fault(key, f"'{value[:60]}' is not one of: {', '.join(choices)}.")
            return None
        return value

    def date(self, key: str, *, required: bool = True) -> str | None:
        """An ISO date, quoted."""
        value = self.text(key, required=required)
        if value is None:
            return None
        try:
            if len(value) != 10:
                raise ValueError
            datetime.date.fromisoformat(value)
        except ValueError:
            self.fault(key, f"'{value[:60]}' is not a date. Write it as \"2026-11-25\".")
            return None
        return value

    def integer(self, key: str, low: int, high: int, *, required: bool = True) -> int | None:
        node = self.get(key, required)
        if node is None:
            return None
        if not isinstance(node.value, str) or not node.plain or not _WHOLE.match(node.value):
            shown = f", not '{node.value[:60]}'" if isinstance(node.value, str) else f", not {node.kind()}"
            self.fault(key, f"This must be a whole number without quotes{shown}.", node.line)
            return None
        number = int(node.value) if len(node.value) < 12 else high + 1
        if not low <= number <= high:
            self.fault(key, f"{node.value[:20]} is out of range: from {low} to {high}.", node.line)
            return None
        return number

    def integers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers, at least one."""
        items = self.items(key)
        if not items and key in self.node.value and isinstance(self.node.value[key].value, list):
            self.fault(key, "The list is empty. Add at least one number.")
        row = Fields(
            Node(self.node.line, {str(n): item for n, item in enumerate(items, 1)}),
            self.name(key),
            self.file,
            self.faults,
            self.lines,
        )
        numbers = (row.integer(str(n), low, high) for n in range(1, len(items) + 1))
        return tuple(number for number in numbers if number is not None)

    def truth(self, key: str) -> bool | None:
        node = self.get(key, required=True)
        if node is None:
            return None
        if node.plain and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.fault(key, "This must be true or false, in small letters and without quotes.", node.line)
        return None

    def items(self, key: str, *, required: bool = True) -> list[Node]:
        node = self.get(key, required)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.fault(key, f"This must be a list, not {node.kind()}.", node.line)
            return []
        return node.value

    def words(
        self, key: str, pattern: re.Pattern[str] | None = None, hint: str = "", *, required: bool = True
    ) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        found: list[str] = []
        for number, node in enumerate(self.items(key, required=required), 1):
            value = self.scalar(f"{key}.{number}", node, pattern, hint)
            if value is not None and value in found:
                self.fault(f"{key}.{number}", f"'{value}' is listed twice. Keep one.", node.line)
            elif value is not None:
                found.append(value)
        return tuple(found)

    def rows(self, key: str, *, required: bool = True) -> Iterator["Fields"]:
        """The mappings of a list, each with its number from 1 as path."""
        for number, node in enumerate(self.items(key, required=required), 1):
            if isinstance(node.value, dict):
                yield Fields(node, self.name(f"{key}.{number}"), self.file, self.faults, self.lines)
            else:
                self.fault(f"{key}.{number}", f"This must be a mapping, not {node.kind()}.", node.line)

    def mapping(self, key: str, *, required: bool = True) -> "Fields | None":
        node = self.get(key, required)
        if node is None:
            return None
        if isinstance(node.value, dict):
            return Fields(node, self.name(key), self.file, self.faults, self.lines)
        self.fault(key, f"This must be a mapping, not {node.kind()}.", node.line)
        return None


def root_fields(text: str, file: str) -> tuple[Fields | None, list[Fault]]:
    """The top mapping of a document, ready to be read, and the list all its faults go to."""
    node, faults = parse(text, file)
    if node is None:
        return None, faults or [Fault(file, 1, "", "The file is empty.")]
    if not isinstance(node.value, dict):
        faults.append(Fault(file, node.line, "", f"The file must hold keys with values, not {node.kind()}."))
        return None, faults
    return Fields(node, "", file, faults), faults


def is_plain(value: str) -> bool:
    """Whether a word may be written without quotes: nobody can take it for anything but a text."""
    return bool(_PLAIN.match(value)) and not _IMPLICIT.match(value)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """The faults by line, each once."""
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.field))
