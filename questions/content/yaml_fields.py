"""Read strict YAML as the classes of content declare it; what cannot be read is a fault with file, line and field."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from questions.content.declarations import Field, FileForm, Number, Points, Prose, Text, Whole, in_files
from questions.content.schema import Fault, tidy
from questions.content.strict_yaml import IMPLICIT, Node, parse
from questions.content.worth import RANGE, hundredths

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_MAX_LISTED = 1_000  # values of a list: each is compared with those before it
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,4})?\Z")


@dataclass(slots=True)
class FileMapping:
    """One mapping of a file. `lines` gets the line of each path that was read; all mappings of a file share it."""

    node: Node
    path: str
    file: str
    faults: list[Fault]
    lines: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[type[Any], str, Any]] = field(default_factory=set)  # values that no two rows may share

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, sentence: str, line: int | None = None) -> None:
        """Add a fault at a key or a path below this mapping: in its line, or else in that of its beginning."""
        if line is None:
            node = self.node.value.get(key)
            line = node.line if node else self.lines.get(self.name(key), self.node.line)
        self.faults.append(Fault(self.file, line, self.name(key) if key else self.path, sentence))

    def only(self, known: Sequence[str]) -> None:
        """Add a fault for each key that is not one of `known`."""
        for key, node in self.node.value.items():
            if key not in known:
                self.fault(key, f"The key '{key}' is not known. Known keys: {', '.join(known)}.", node.line)

    def read[T](self, cls: type[T], *, also: Sequence[str] = (), complete: bool = True) -> T:
        """Return an instance of a class with declared fields, valid only if no fault was added.

        The mapping may have the keys of `also` beside.
        """
        fields, groups, values = in_files(cls), {}, {}
        self.only(list(dict.fromkeys([*(item.group or item.key for item in fields), *also])))
        for item in fields:
            where: FileMapping | None = self
            if item.group:
                if item.group not in groups:
                    groups[item.group] = self._group(item.group, fields)
                where = groups[item.group]
            value = where._read(item, complete=complete) if where else None
            if where and value and (item.in_file.twice or item.in_file.names_row):
                where._name_and_compare(cls, item, value)
            values[item.name] = item.blank if value is None else value
        return cls(**values)

    def is_read(self, key: str) -> bool:
        """Return whether there is no fault at this key or below it."""
        name = self.name(key)
        return not any(f"{fault.field}.".startswith(f"{name}.") for fault in self.faults)

    def mapping(self, key: str, *, required: bool = True) -> "FileMapping | None":
        """Return the mapping under a key."""
        node = self._node(key, required=required)
        return self._below(key, node) if node else None

    def _group(self, group: str, fields: Iterable[Field]) -> "FileMapping | None":
        below = self.mapping(group)
        if below:
            below.only([item.key for item in fields if item.group == group])
        return below

    def _below(self, key: str, node: Node) -> "FileMapping | None":
        if isinstance(node.value, dict):
            return FileMapping(node, self.name(key), self.file, self.faults, self.lines, self.seen)
        self.fault(key, f"This must be a mapping, not {node.kind()}.", node.line)
        return None

    def _node(self, key: str, *, required: bool) -> Node | None:
        node: Node | None = self.node.value.get(key)
        if node is None and required:
            self.fault(key, f"The key '{key}' is missing. Add it.", self.node.line)
        if node is not None:
            self.lines[self.name(key)] = node.line
        return node

    def _read(self, item: Field, *, complete: bool) -> Any:
        key, form, required = item.key, item.form, item.is_required(complete=complete)
        node = self._node(key, required=required)
        if node is None:
            return None
        if not item.is_list:
            return self._value(key, node, form, required=required, complete=complete)
        if not isinstance(node.value, list):
            self.fault(key, f"This must be a list, not {node.kind()}.", node.line)
            return None
        if len(node.value) > _MAX_LISTED:
            self.fault(key, f"A list has at most {_MAX_LISTED:,} values, not {len(node.value):,}.", node.line)
            return None
        if required and len(node.value) < item.in_file.least:
            self.fault(key, item.in_file.too_few)
        values: list[Any] = []
        for number, entry in enumerate(node.value, 1):
            place = f"{key}.{number}"
            value = self._value(place, entry, form, required=True, complete=complete)
            if isinstance(value, str) and value in values:
                self.fault(place, f"'{value}' is listed twice. Keep one.", entry.line)
            elif value is not None:
                values.append(value)
        return tuple(values)

    def _value(self, key: str, node: Node, form: FileForm | type[Any], *, required: bool, complete: bool) -> Any:
        if isinstance(form, Text):
            return self._text(key, node, form, required=required)
        if isinstance(form, Whole):
            return self._whole(key, node, form)
        if isinstance(form, Number):
            return self._number(key, node, form)
        if isinstance(form, Points):
            return self._points(key, node)
        if isinstance(form, type):
            below = self._below(key, node)
            return below.read(form, complete=complete) if below else None
        if node.plain and node.value in ("true", "false"):
            return node.value == "true"
        self.fault(key, "This must be true or false, in small letters and without quotes.", node.line)
        return None

    def _whole(self, key: str, node: Node, form: Whole) -> int | None:
        if not isinstance(node.value, str) or not node.plain or not _WHOLE.match(node.value):
            shown = f", not '{node.value[:60]}'" if isinstance(node.value, str) else f", not {node.kind()}"
            self.fault(key, f"This must be a whole number without quotes{shown}.", node.line)
            return None
        number = int(node.value) if len(node.value) < 12 else form.high + 1
        if not form.low <= number <= form.high:
            self.fault(key, f"{node.value[:20]} is out of range: from {form.low} to {form.high}.", node.line)
            return None
        return number

    def _number(self, key: str, node: Node, form: Number) -> float | None:
        if not isinstance(node.value, str) or not node.plain or not _DECIMAL.match(node.value):
            shown = f", not '{node.value[:60]}'" if isinstance(node.value, str) else f", not {node.kind()}"
            self.fault(key, f"This must be a number such as 12 or 1.5, without quotes{shown}.", node.line)
            return None
        if float(node.value) > form.high:
            self.fault(key, f"{node.value[:20]} is out of range: from 0 to {form.high}.", node.line)
            return None
        return float(node.value)

    def _points(self, key: str, node: Node) -> int | None:
        value = hundredths(node.value) if isinstance(node.value, str) and node.plain else None
        if value is None:
            shown = f"'{node.value[:60]}'" if isinstance(node.value, str) else node.kind()
            self.fault(key, f"This must be a number {RANGE}, without quotes, not {shown}.", node.line)
        return value

    def _text(self, key: str, node: Node, form: Text, *, required: bool) -> str | None:
        """Return a text. One that YAML could read as a number, a date or a boolean has to be quoted."""
        value, sentence = node.value, ""
        if not isinstance(value, str):
            sentence = f"This must be a text, not {node.kind()}."
        elif node.plain and not value:
            sentence = "The value is empty. Fill it in, or remove the key."
        elif node.plain and IMPLICIT.match(value):
            sentence = f'Put it in quotes: "{value}". Without quotes YAML could read it as another type.'
        elif required and isinstance(form, Prose) and not value.strip():
            sentence = "The text is empty. Fill it in."
        if sentence := sentence or form.problem(value):
            self.fault(key, sentence, node.line)
            return None
        return tidy(value) if isinstance(form, Prose) else str(value)

    def _name_and_compare(self, cls: type[Any], item: Field, value: Any) -> None:
        """Name this row by a value that its authors know better than a number; add a fault if another row has it."""
        if item.in_file.names_row:
            self.path = f"{self.path.rpartition('.')[0]}.{value}"
        if item.in_file.twice:
            if (cls, item.name, value) in self.seen:
                self.fault(item.key, item.in_file.twice.format(value))
            self.seen.add((cls, item.name, value))


def read_file[T](source: Path | str, file: str, read: Callable[[FileMapping], T]) -> tuple[T | None, list[Fault]]:
    """Return what `read` makes of a file (a Path) or of a text, and all faults by line. It is None if there are any.

    `file` is the name in faults; for a Path it defaults to the path.
    """
    fields, faults = _root(source, file)
    value = read(fields) if fields else None
    in_order = sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.field))
    return (None if faults else value), in_order


def _root(source: Path | str, file: str) -> tuple[FileMapping | None, list[Fault]]:
    """Return the top mapping of a file, and the list that collects its faults."""
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
    return FileMapping(node, "", file, faults), faults
