"""The JSON of `export_questions`: one list of questions. Other programs read it, so keys are only ever added."""

import datetime
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from questions.content.declarations import (
    Day,
    Field,
    FileForm,
    Points,
    Prose,
    Text,
    TrueFalse,
    Whole,
    declared,
    plain,
)
from questions.content.picture_files import PictureError
from questions.content.pictures import PICTURE, picture_names, with_changed_texts
from questions.content.schema import Fault, OptionContent, QuestionContent, tidy
from questions.content.worth import RANGE, hundredths, in_short
from questions.formats.file_pictures import FilePictures
from questions.formats.parsed import Loss, ParsedFile, ParsedQuestion
from questions.formats.refusals import kind_for_keys
from questions.formats.text_files import decode_text
from questions.formats.zip_packages import size_fault

FORMAT = "json"
EXTENSIONS = (".json",)
LOSES: tuple[str, ...] = ()
_FIELDS = declared(QuestionContent)
_KEYS = {"exam_domain": "domain"}  # the names of fields that have another one here
KEYS = (*(_KEYS.get(field.name, field.name) for field in _FIELDS), "pictures")


class _InvalidValue(Exception):
    """A value violates the format; the message is a sentence for the user."""


def question_json(
    question: QuestionContent, domain: int | None = None, pictures: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """Return a question as plain values; `domain` is the number of its exam domain, by default that of its task.

    A question with pictures has those of `pictures` in base64, by name.
    """
    held = sorted(picture_names(question) & pictures.keys()) if pictures else []
    if domain is None:
        domain = int(question.task.partition(".")[0]) if question.task else question.exam_domain
    values = {_KEYS.get(field.name, field.name): _written(question, field) for field in _FIELDS}
    values["domain"] = domain
    if pictures and held:
        values["pictures"] = {name: b64encode(pictures[name]).decode() for name in held}
    return values


def _written(question: QuestionContent, field: Field) -> Any:
    value = getattr(question, field.name)
    return json.loads(in_short(value)) if isinstance(field.form, Points) else plain(value)


def write(questions: Sequence[QuestionContent], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """Write all questions as one list, in UTF-8 without escapes."""
    rows = [question_json(content, pictures=pictures) for content in questions]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a list of questions, or one question as an object. Never raises."""
    if fault := size_fault(len(data), name):
        return ParsedFile(FORMAT, faults=(fault,))
    decoded = decode_text(data, name)
    if decoded.faults:
        return ParsedFile(FORMAT, faults=decoded.faults)
    try:
        rows = json.loads(decoded.text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        return _unreadable_file(name, error.lineno, f"This is not valid JSON: {error.msg}.")
    except _InvalidValue as error:
        return _unreadable_file(name, None, str(error))
    except (ValueError, RecursionError):
        return _unreadable_file(name, None, "The JSON has a number that is too long, or is nested too deeply.")
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or not any(isinstance(row, dict) and {"stem", "options"} & set(row) for row in rows):
        return _unreadable_file(name, 1, "The file must be a list of questions, as export_questions writes it.")
    pictures = FilePictures(lambda path: None)
    questions = tuple(_parse_row(number, row, name, pictures) for number, row in enumerate(rows, 1))
    return ParsedFile(FORMAT, questions, warnings=decoded.warnings, pictures=pictures.files())


def _unreadable_file(name: str, line: int | None, sentence: str) -> ParsedFile:
    return ParsedFile(FORMAT, faults=(Fault(name, line, "", sentence),))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        duplicate = next(key for key in counts if counts[key] > 1)
        raise _InvalidValue(f"The key '{duplicate[:40]}' appears twice in one object. Keep one.")
    return fields


def _parse_row(number: int, row: Any, file: str, pictures: FilePictures) -> ParsedQuestion:
    name = str(row.get("id") or "")[:80] if isinstance(row, dict) else ""
    try:
        if not isinstance(row, dict):
            raise _InvalidValue("This is not a question: it must be an object with id, stem and options.")
        question, losses = _with_pictures(_parse_content(row, file), row.get("pictures"), pictures)
    except _InvalidValue as error:
        return ParsedQuestion(number, None, name, None, refusals=(str(error),))
    ignored = tuple(f"the key '{key[:40]}'" for key in row if key not in KEYS)
    return ParsedQuestion(number, None, name, question, ignored=(*ignored, *losses))


def _with_pictures(
    question: QuestionContent, values: Any, pictures: FilePictures
) -> tuple[QuestionContent, tuple[Loss, ...]]:
    """Return the question with the names that its pictures get here, and those that cannot be kept."""
    if values is None:
        return question, ()
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise _InvalidValue("The pictures must be an object of names with their content in base64.")
    names: dict[str, str] = {}
    losses: list[Loss] = []
    for name in sorted(picture_names(question) & values.keys()):
        try:
            kept = PICTURE.fullmatch(pictures.keep(b64decode(values[name]), ""))
            names[name] = kept["name"] if kept else name
        except (PictureError, ValueError) as error:
            losses.append(Loss(f"the picture {name[:20]}… ({str(error).rstrip('.')})"))

    def rename(text: str) -> str:
        return PICTURE.sub(lambda match: match[0].replace(match["name"], names.get(match["name"], match["name"])), text)

    return with_changed_texts(question, rename) if names else question, tuple(losses)


def _parse_content(row: dict[str, Any], file: str) -> QuestionContent:
    options = tuple(_option(option, number) for number, option in enumerate(_list(row, "options"), 1))
    codes = [option.id for option in options]
    if len(set(codes)) < len(codes):
        raise _InvalidValue("Two options have the same id. Give each a unique id.")
    values = {field.name: _value(row, field) for field in _FIELDS if field.name != "options"}
    if (values["task"] is None) != (values["topic"] is None):
        raise _InvalidValue("The place in the syllabus is task and topic, or the domain alone. Add the missing one.")
    if values["task"]:
        values["exam_domain"] = None
    if not all(reference.url for reference in values["references"]):
        raise _InvalidValue("A reference needs a 'url'.")
    if not row.get("kind"):
        values["kind"] = kind_for_keys(sum(option.correct for option in options))
    return QuestionContent(**values, options=options, file=file)


def _option(row: Any, number: int) -> OptionContent:
    if not isinstance(row, dict):
        raise _InvalidValue(f"Option {number} must be an object with id, text and correct.")
    try:
        option = _row(row, OptionContent)
    except _InvalidValue as error:
        raise _InvalidValue(f"Option {number}: {error}") from None
    # Without an id, the position determines the letter.
    return option if option.id else replace(option, id=f"{chr(96 + number) if number <= 26 else number}")


def _row[T](row: dict[str, Any], cls: type[T]) -> T:
    return cls(**{field.name: _value(row, field) for field in declared(cls)})


def _value(row: dict[str, Any], field: Field) -> Any:
    """Return the value of a field; one that the row does not have is blank."""
    key, form = _KEYS.get(field.name, field.name), field.form
    if isinstance(form, type):
        return tuple(_row(entry, form) for entry in _entries(row, key, dict, "objects"))
    if field.is_list:
        return tuple(dict.fromkeys(_entries(row, key, str, "texts")))
    value = row.get(key)
    return field.blank if value in (None, "") else _checked(key, value, form)


def _checked(key: str, value: Any, form: FileForm) -> Any:
    """Return the value of a field in the form that the database stores."""
    if isinstance(form, Whole):
        if not isinstance(value, int) or isinstance(value, bool) or not form.low <= value <= form.high:
            raise _InvalidValue(f"'{key}' must be a whole number from {form.low} to {form.high}.")
        return value
    if isinstance(form, Points):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        points = hundredths(repr(value)) if number else None
        if points is None:
            raise _InvalidValue(f"'{key}' must be a number {RANGE}.")
        return points
    if isinstance(form, TrueFalse):
        if not isinstance(value, bool):
            raise _InvalidValue(f"'{key}' must be true or false.")
        return value
    assert isinstance(form, Text)  # no field of a question is a Number
    if not isinstance(value, str):
        raise _InvalidValue(f"'{key}' must be a text.")
    if isinstance(form, Day):
        with suppress(ValueError):
            value = datetime.date.fromisoformat(value).isoformat()
    if sentence := form.problem(value):
        raise _InvalidValue(f"'{key}': {sentence}")
    return tidy(value) if isinstance(form, Prose) else value


def _list(row: dict[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _InvalidValue(f"'{key}' must be a list.")
    return value


def _entries[T](row: dict[str, Any], key: str, kind: type[T], name: str) -> list[T]:
    values = _list(row, key)
    if not all(isinstance(value, kind) for value in values):
        raise _InvalidValue(f"'{key}' must be a list of {name}.")
    return values
