"""The JSON of `export_questions`: one list of questions. Other programs read it, so keys are only ever added."""

import datetime
import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from questions.content.declarations import plain
from questions.content.picture_files import PictureError
from questions.content.pictures import PICTURE, picture_names, with_changed_texts
from questions.content.schema import (
    ASKS,
    DEFAULTS,
    KINDS,
    STATUSES,
    Fault,
    OptionContent,
    QuestionContent,
    Reference,
    Waiver,
    tidy,
)
from questions.formats.file_pictures import FilePictures
from questions.formats.parsed import Loss, ParsedFile, ParsedQuestion
from questions.formats.refusals import kind_for_keys
from questions.formats.text_files import decode_text
from questions.formats.zip_packages import size_fault

FORMAT = "json"
EXTENSIONS = (".json",)
LOSES: tuple[str, ...] = ()
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_OPTION = re.compile(r"[a-z0-9]{1,20}\Z")
_TASK = re.compile(r"[0-9]+\.[0-9]+\Z")
KEYS = (
    "id", "status", "domain", "task", "topic", "points", "kind", "rating", "ask", "default", "stem",
    "options", "explanation", "references", "revision", "enemies", "waivers", "as_of", "license", "collection",
    "pictures",
)  # fmt: skip


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
    return {
        "id": question.id,
        "status": question.status,
        "domain": domain,
        "task": question.task,
        "topic": question.topic,
        "points": list(question.points),
        "kind": question.kind,
        "rating": question.rating,
        "ask": question.ask,
        "default": question.default,
        "stem": question.stem,
        "options": [
            {"id": option.id, "text": option.text, "correct": option.correct, "rationale": option.rationale}
            for option in question.options
        ],
        "explanation": question.explanation,
        "references": plain(question.references),
        "revision": question.revision,
        "enemies": list(question.enemies),
        "waivers": [{"rule": waiver.rule, "reason": waiver.reason} for waiver in question.waivers],
        "as_of": question.as_of,
        "license": question.license,
        "collection": question.collection,
        **({"pictures": {name: b64encode(pictures[name]).decode() for name in held}} if pictures and held else {}),
    }


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
    task, topic = _text(row, "task", _TASK), _text(row, "topic", _CODE)
    if (task is None) != (topic is None):
        raise _InvalidValue("The place in the syllabus is task and topic, or the domain alone. Add the missing one.")
    as_of = _date(row, "as_of")
    return QuestionContent(
        id=_text(row, "id", _CODE) or "",
        status=_one_of(row, "status", STATUSES) or "draft",
        task=task,
        topic=topic,
        exam_domain=None if task else _integer(row, "domain", 1, 99),
        points=_strings(row, "points"),
        kind=_one_of(row, "kind", KINDS) or kind_for_keys(sum(option.correct for option in options)),
        rating=_integer(row, "rating", 1, 99),
        ask=_one_of(row, "ask", ASKS),
        default=_one_of(row, "default", DEFAULTS),
        stem=tidy(_text(row, "stem") or ""),
        options=options,
        explanation=tidy(_text(row, "explanation") or ""),
        references=tuple(_reference(reference) for reference in _rows(row, "references")),
        revision=_integer(row, "revision", 1, 1_000_000) or 1,
        enemies=_strings(row, "enemies"),
        waivers=tuple(
            Waiver(_text(waiver, "rule", _CODE) or "", _text(waiver, "reason") or "")
            for waiver in _rows(row, "waivers")
        ),
        as_of=as_of,
        license=_text(row, "license") or None,
        collection=_text(row, "collection") or "",
        file=file,
    )


def _option(row: Any, number: int) -> OptionContent:
    if not isinstance(row, dict):
        raise _InvalidValue(f"Option {number} must be an object with id, text and correct.")
    correct = row.get("correct", False)
    if not isinstance(correct, bool):
        raise _InvalidValue(f"Option {number}: 'correct' must be true or false.")
    code = _text(row, "id", _OPTION)
    text, rationale = _text(row, "text") or "", _text(row, "rationale") or ""
    # Without an id, the position determines the letter.
    return OptionContent(
        code or f"{chr(96 + number) if number <= 26 else number}", correct, tidy(text), tidy(rationale)
    )


def _reference(row: dict[str, Any]) -> Reference:
    url = _text(row, "url") or ""
    if not re.match(r"https?://[^\s\"<>]+\Z", url):
        raise _InvalidValue(f"The address '{url[:60]}' of a reference is not allowed: it must begin with https://.")
    return Reference(_text(row, "title") or "", url, _date(row, "checked"))


def _text(row: dict[str, Any], key: str, pattern: re.Pattern[str] | None = None) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _InvalidValue(f"'{key}' must be a text.")
    if pattern and not pattern.match(value):
        raise _InvalidValue(f"'{value[:60]}' is not allowed as {key}: use small letters, digits and single hyphens.")
    return value


def _one_of(row: dict[str, Any], key: str, choices: Sequence[str]) -> str | None:
    value = _text(row, key)
    if value is not None and value not in choices:
        raise _InvalidValue(f"'{value[:60]}' is not one of: {', '.join(choices)}.")
    return value


def _integer(row: dict[str, Any], key: str, low: int, high: int) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _InvalidValue(f"'{key}' must be a whole number from {low} to {high}.")
    return value


def _date(row: dict[str, Any], key: str) -> str | None:
    value = _text(row, key)
    if value is None:
        return None
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        raise _InvalidValue(f"'{value[:60]}' is not a date. Write it as 2026-11-25.") from None


def _list(row: dict[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _InvalidValue(f"'{key}' must be a list.")
    return value


def _strings(row: dict[str, Any], key: str) -> tuple[str, ...]:
    values = _list(row, key)
    if not all(isinstance(value, str) for value in values):
        raise _InvalidValue(f"'{key}' must be a list of texts.")
    return tuple(dict.fromkeys(values))


def _rows(row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    values = _list(row, key)
    if not all(isinstance(value, dict) for value in values):
        raise _InvalidValue(f"'{key}' must be a list of objects.")
    return values
