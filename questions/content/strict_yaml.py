"""Parse a strict subset of YAML into nodes and faults, each with its line (no Django).

The events of libyaml are used, so that no value is converted: `no`, `3.10` and dates stay text until a field is read
with a type. Comments, aliases, anchors, tags and duplicate keys are faults, because they would be lost when the file is
written again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from questions.content.schema import Fault

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML reads as a number, a date, a boolean or null if it is not quoted.
IMPLICIT = re.compile(r"(?i:~|null|yes|no|y|n|on|off|true|false|\.inf|\.nan|<<|=)\Z|[-+.]?[0-9]|\Z")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/+-]*\Z")
_MAX_LEVELS = 20  # the deepest file of the bank has 7
_MAX_KEY = 200  # characters: each fault below a key names it
_MAX_FAULTS = 1_000  # nobody reads more, and each takes memory
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
    """Return the tree of one document, None if it cannot be parsed, and all faults of its form."""
    builder = _Builder(file)
    try:
        root = builder.document(iter(yaml.parse(text, Loader=_LOADER)))
        builder.comments(text)
    except _TooManyFaultsError:
        line = builder.faults[-1].line
        return None, [*builder.faults, Fault(file, line, "", "There are more faults. Mend these first.")]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return None, [Fault(file, line, "", f"This is not valid YAML: {error.problem or error.context}.")]
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0) or 0
        line = text.encode()[:position].count(b"\n") + 1  # libyaml counts bytes
        reason = getattr(error, "reason", None) or "unreadable"
        return None, [Fault(file, line, "", f"This is not valid YAML: {reason}. Remove the character.")]
    return root, builder.faults


class _TooManyFaultsError(Exception):
    pass


class _Builder:
    """A builder of nodes from parser events, which collects faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.spans: list[tuple[int, int, bool]] = []  # scalars: first and last character, is a block

    def fault(self, line: int, name: str, sentence: str) -> None:
        if len(self.faults) == _MAX_FAULTS:
            raise _TooManyFaultsError
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
        if name.count(".") > _MAX_LEVELS:
            problem = "lists and mappings are nested too deeply"
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
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                items.append(self.node(item, events, f"{name}.{len(items) + 1}".lstrip(".")))
            return Node(line, items)
        return Node(line, self.mapping(events, name))

    def mapping(self, events: Iterator[Any], name: str) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = event.start_mark.line + 1
            is_word = isinstance(event, yaml.ScalarEvent | yaml.AliasEvent)
            key = self.node(event, events, name if is_word else f"{name}.?").value  # one level more, as a value is
            if len(key) > _MAX_KEY:
                raise yaml.MarkedYAMLError(problem="a key is too long", problem_mark=event.start_mark)
            path = f"{name}.{key}" if name else str(key)
            value = self.node(next(events), events, path)
            if not isinstance(key, str):
                self.fault(line, name, "A key must be a plain word.")
            elif key in entries:
                first = entries[key].line
                self.fault(line, path, f"The key '{key}' is already in line {first}. Keep one of them.")
            else:
                value.line = line  # the line of the key, even if a list begins below it
                entries[key] = value
        return entries

    def comments(self, text: str) -> None:
        """Add a fault for each comment, because comments are lost when a file is written again."""
        if "#" not in text:
            return
        starts = [start for start, _, _ in self.spans]
        # The first line of a block scalar is its header (`|`): a # there starts a comment too.
        firsts = [text.find("\n", start) if block else start for start, _, block in self.spans]
        line, counted = 1, 0
        for match in _COMMENT.finditer(text):
            place = bisect_right(starts, match.start()) - 1
            if place >= 0:
                _, end, _ = self.spans[place]
                if firsts[place] <= match.start() < end:
                    continue
            line += text.count("\n", counted, match.start())
            counted = match.start()
            self.fault(line, "", "Comments are not kept. Remove it, or move it to the explanation.")


def is_plain(value: str) -> bool:
    """Return whether a word needs no quotes, because YAML can only read it as text."""
    return bool(_PLAIN.match(value)) and not IMPLICIT.match(value)
