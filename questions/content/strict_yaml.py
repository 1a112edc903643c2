"""YAML without surprises: every value is what its author sees, every fault has its line.

The parser is libyaml's (events, so nothing is guessed: `no`, `3.10` and dates stay text until a
field says what it wants). Comments, aliases, anchors, tags and duplicate keys are
faults, because none of them would survive being written again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from questions.content.schema import Fault

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML takes for a number, a date, a truth value or nothing when it is not quoted.
IMPLICIT = re.compile(r"(?i:~|null|yes|no|y|n|on|off|true|false|\.inf|\.nan|<<|=)\Z|[-+.]?[0-9]|\Z")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/+-]*\Z")
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


def is_plain(value: str) -> bool:
    """Whether a word may be written without quotes: nobody can take it for anything but a text."""
    return bool(_PLAIN.match(value)) and not IMPLICIT.match(value)
