"""Write instances of classes with declared fields as YAML, in the one form that load and dump share (no Django).

Codes are quoted only if YAML could misread them, other lines always; rows of one-line values stand on one line each.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from questions.content.declarations import Day, Field, FileForm, Line, Points, Prose, TrueFalse, Word, in_files
from questions.content.schema import tidy
from questions.content.strict_yaml import is_plain
from questions.content.worth import in_short

# Characters that YAML cannot contain: control characters, line separators, surrogates, the byte-order mark.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def dump(value: Any) -> str:
    """Return the file of an instance; `questions.content.yaml_fields` reads it."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, margin: str) -> Iterator[str]:
    for group, fields in groupby(_written(value), key=lambda field: field.group):
        if group:
            yield f"{margin}{group}: {_flow(value, list(fields))}"
            continue
        for field in fields:
            yield from _field_lines(field, getattr(value, field.name), margin)


def _written(value: Any) -> list[Field]:
    return [field for field in in_files(type(value)) if field.is_written(getattr(value, field.name))]


def _field_lines(field: Field, value: Any, margin: str) -> Iterator[str]:
    head = f"{margin}{field.key}:"
    if isinstance(field.form, Prose):
        yield _block(head, value, margin)
    elif not isinstance(field.form, type):
        entries = [_scalar(item, field.form) for item in value] if field.is_list else []
        yield f"{head} [{', '.join(entries)}]" if field.is_list else f"{head} {_scalar(value, field.form)}"
    elif not field.is_list:
        yield f"{head} {_flow(value, _written(value))}"
    else:
        yield head if value else f"{head} []"
        for row in value:
            first, *rest = _rows(row, f"{margin}    ")
            yield f"{margin}  - {first.lstrip()}"
            yield from rest


def _rows(row: Any, margin: str) -> Iterator[str]:
    on_one_line = not any(field.is_list or isinstance(field.form, Prose) for field in _written(row))
    return iter([_flow(row, _written(row))]) if on_one_line else _lines(row, margin)


def _flow(value: Any, fields: Sequence[Field]) -> str:
    entries = (f"{field.key}: {_scalar(getattr(value, field.name), field.form)}" for field in fields)
    return f"{{{', '.join(entries)}}}"


def _scalar(value: Any, form: FileForm | type[Any]) -> str:
    if isinstance(form, TrueFalse):
        return "true" if value else "false"
    if isinstance(form, Points):
        return in_short(value)
    if isinstance(form, Line | Day) and not (isinstance(form, Word) and _needs_no_quotes(value, form)):
        return _quoted(value)
    return str(value)


def _needs_no_quotes(value: str, form: Word) -> bool:
    if form.spaced:
        words = value.split(" ")
        return is_plain(words[0]) and all(word.isalnum() and word.isascii() for word in words)
    return is_plain(value)


def _quoted(value: str) -> str:
    # JSON strings are YAML strings, apart from some characters that YAML requires to be escaped.
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _block(head: str, text: str, margin: str) -> str:
    """Return a literal block, or a quoted text if no literal block can contain it."""
    text = tidy(text)
    if not text or _UNPRINTABLE.search(text):
        return f"{head} {_quoted(text)}"
    # A text that begins with white space needs an explicit indentation.
    header = "|2" if text[0].isspace() else "|"
    lines = (f"{margin}  {line}" if line else "" for line in text.split("\n"))
    return "\n".join((f"{head} {header}", *lines))
