"""Read typed fields of strict YAML; a failing read adds a fault and returns an empty value (no Django)."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from questions.content.schema import Fault
from questions.content.strict_yaml import IMPLICIT, Node, parse

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")


@dataclass(slots=True)
class Fields:
    """Typed fields of one mapping. A failing read adds a fault and returns an empty value."""

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
        """Add a fault for each key that is not one of `known`."""
        for key, node in self.node.value.items():
            if key not in known:
                self.fault(key, f"The key '{key}' is not known. Known keys: {', '.join(known)}.", node.line)

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
        """Return a text. One that YAML could read as a number, a date or a boolean has to be quoted."""
        node = self.get(key, required)
        return None if node is None else self.scalar(key, node, pattern, hint)

    def scalar(self, key: str, node: Node, pattern: re.Pattern[str] | None, hint: str) -> str | None:
        if not isinstance(node.value, str):
            self.fault(key, f"This must be a text, not {node.kind()}.", node.line)
        elif node.plain and not node.value:
            self.fault(key, "The value is empty. Fill it in, or remove the key.", node.line)
        elif node.plain and IMPLICIT.match(node.value):
            sentence = f'Put it in quotes: "{node.value}". Without quotes YAML could read it as another type.'
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
        """Return an ISO date, which has to be quoted."""
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

    def integers(self, key: str, low: int, high: int, *, required: bool = True) -> tuple[int, ...]:
        """Return a list of one or more whole numbers; it may be empty or missing if it is not required."""
        items = self.items(key, required=required)
        if required and not items and key in self.node.value and isinstance(self.node.value[key].value, list):
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
        """Return a list of distinct texts."""
        values: list[str] = []
        for number, node in enumerate(self.items(key, required=required), 1):
            value = self.scalar(f"{key}.{number}", node, pattern, hint)
            if value is not None and value in values:
                self.fault(f"{key}.{number}", f"'{value}' is listed twice. Keep one.", node.line)
            elif value is not None:
                values.append(value)
        return tuple(values)

    def rows(self, key: str, *, required: bool = True) -> Iterator["Fields"]:
        """Yield the mappings of a list; the path of each is its number from 1."""
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


def root_fields(source: Path | str, file: str) -> tuple[Fields | None, list[Fault]]:
    """Return the top mapping of a file (a Path) or of a text, and the list that collects its faults.

    `file` is the name in faults; for a Path it defaults to the path.
    """
    text = source if isinstance(source, str) else ""
    if isinstance(source, Path):
        file, raw = file or str(source), source.read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            return None, [Fault(file, line, "", "The file is not UTF-8. Save it as UTF-8.")]
    if text.startswith("\ufeff"):
        return None, [Fault(file, 1, "", "The file begins with a byte-order mark. Save it without one.")]
    node, faults = parse(text, file)
    if node is None:
        return None, faults or [Fault(file, 1, "", "The file is empty.")]
    if not isinstance(node.value, dict):
        faults.append(Fault(file, node.line, "", f"The file must have keys with values, not {node.kind()}."))
        return None, faults
    return Fields(node, "", file, faults), faults


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults by line, without duplicates."""
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.field))
