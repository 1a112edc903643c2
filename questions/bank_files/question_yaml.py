"""Read and write the file format of the bank: one YAML file for each question (no Django).

`read` returns all faults of a file with their lines. `dump` writes the only allowed form, with the keys in the order of
`KEYS`, so that load and dump are byte-identical.
"""

import json
import re
from pathlib import Path

from questions.content.schema import (
    ASKABLE_STATUSES,
    ASKS,
    DEFAULTS,
    KINDS,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    STATUSES,
    Fault,
    OptionContent,
    QuestionContent,
    Reference,
    Waiver,
    tidy,
)
from questions.content.strict_yaml import is_plain
from questions.content.yaml_fields import Fields, in_order, root_fields

KEYS = (
    "id", "revision", "status", "task", "exam_domain", "topic", "points", "kind", "rating", "ask", "default", "enemies",
    "waivers", "as_of", "license", "stem", "options", "explanation", "references",
)  # fmt: skip
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_CODE_HINT = "use small letters, digits and single hyphens"
_TASK = re.compile(r"[0-9]+\.[0-9]+\Z")
_POINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\Z")
_OPTION = re.compile(r"[a-z0-9]{1,20}\Z")
_URL = re.compile(r"https?://[^\s/]+\.[^\s]+\Z")
# Characters that YAML cannot contain: control characters, line separators, surrogates, the byte-order mark.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def question_files(directory: Path) -> list[Path]:
    """Return the question files of a bank directory (`<task>/<code>.yaml`), sorted by path."""
    return sorted(directory.glob("*/*.yaml"))


def path_in_bank(question: QuestionContent) -> str:
    """Return the path of a question in its bank: the folder is its task, or else its exam domain."""
    return f"{question.task or question.exam_domain}/{question.id}.yaml"


def read(source: Path | str, file: str = "") -> tuple[QuestionContent | None, list[Fault]]:
    """Return the question of a file (a Path) or of a text, and all faults by line.

    The question is None if there is a fault. `file` is the name in faults; for a Path it defaults to the path, and the
    id has to equal the name of the file.
    """
    fields, faults = root_fields(source, file)
    if fields is None:
        return None, in_order(faults)
    question = _question(fields)
    if isinstance(source, Path) and question.id and question.id != source.stem:
        fields.fault(
            "id", f"The id '{question.id}' differs from the file name '{source.stem}'. Use the same name for both."
        )
    return (None if faults else question), in_order(faults)


def form_fault(text: str, question: QuestionContent, file: str = "") -> Fault | None:
    """Return a fault for the first line in which a file differs from the output of `dump`, if any.

    Such a file is valid, but would change when the bank is written again.
    """
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        return Fault(file, line, "", "Lines end with CRLF. Save the file with LF line endings.")
    wanted = dump(question)
    if text == wanted:
        return None
    ours, theirs = wanted.split("\n"), text.split("\n")
    pairs = enumerate(zip(ours, theirs, strict=False))
    number = next((n for n, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    if number >= len(ours):
        return Fault(file, number + 1, "", "The file continues after its end. Remove the rest.")
    return Fault(file, number + 1, "", f"The file does not have the format of the bank. Write {ours[number]!r}.")


def _question(fields: Fields) -> QuestionContent:
    fields.only(KEYS)
    status = fields.one_of("status", STATUSES)
    assigned = "task" in fields.node.value or "topic" in fields.node.value
    if assigned and "exam_domain" in fields.node.value:
        fields.fault("exam_domain", "Give either task and topic, or exam_domain alone. Remove one of them.")
    if not assigned and "exam_domain" not in fields.node.value:
        fields.fault("task", "The place in the syllabus is missing. Give task and topic, or exam_domain alone.")
    askable = status in ASKABLE_STATUSES
    for key in ("rating", "as_of", "license"):
        if askable and key not in fields.node.value:
            fields.fault(key, f"A {status} question needs the key '{key}'. Add it.", fields.node.line)
    return QuestionContent(
        id=fields.text("id", pattern=_CODE, hint=_CODE_HINT) or "",
        revision=fields.integer("revision", 1, 1_000_000) or 1,
        status=status or "draft",
        task=fields.text("task", pattern=_TASK, hint='write it as "3.4"') if assigned else None,
        exam_domain=None if assigned else fields.integer("exam_domain", 1, 99, required=False),
        topic=fields.text("topic", pattern=_CODE, hint=_CODE_HINT) if assigned else None,
        points=fields.words("points", _POINT, "use letters, digits, periods and hyphens", required=False),
        kind=fields.one_of("kind", KINDS) or KINDS[0],
        rating=fields.integer(
            "rating", MIN_LIVE_RATING if askable else 1, MAX_LIVE_RATING if askable else 99, required=False
        ),
        ask=fields.one_of("ask", ASKS, required=False),
        default=fields.one_of("default", DEFAULTS, required=False),
        enemies=fields.words("enemies", _CODE, _CODE_HINT, required=False),
        waivers=tuple(_waiver(row) for row in fields.rows("waivers", required=False)),
        as_of=fields.date("as_of", required=False),
        license=fields.text("license", required=False),
        stem=_prose(fields, "stem"),
        options=_options(fields),
        explanation=_prose(fields, "explanation", required=False),
        references=tuple(_reference(row) for row in fields.rows("references", required=False)),
        file=fields.file,
        lines=fields.lines,
    )


def _prose(fields: Fields, key: str, *, required: bool = True) -> str:
    value = fields.text(key, required=required)
    text = tidy(value or "")
    if required and value is not None and not text.strip():
        fields.fault(key, "The text is empty. Fill it in.")
    return text


def _options(fields: Fields) -> tuple[OptionContent, ...]:
    options: list[OptionContent] = []
    for row in fields.rows("options"):
        row.only(("id", "correct", "text", "rationale"))
        code = row.text("id", pattern=_OPTION, hint="use a few small letters or digits") or ""
        if code:
            row.path = f"options.{code}"  # the authored id is clearer than a number
        if code and any(option.id == code for option in options):
            row.fault("id", f"Two options have the id '{code}'. Give each a unique id.")
        rationale = _prose(row, "rationale", required=False)
        options.append(OptionContent(code, bool(row.truth("correct")), _prose(row, "text"), rationale))
    if len(options) < 2 and isinstance(getattr(fields.node.value.get("options"), "value", None), list):
        fields.fault("options", "A question needs at least two options.")
    return tuple(options)


def _waiver(row: Fields) -> Waiver:
    row.only(("rule", "reason"))
    rule = row.text("rule", pattern=_CODE, hint=_CODE_HINT) or ""
    reason = row.text("reason") or ""
    if "reason" in row.node.value and not reason.strip():
        row.fault("reason", "A waiver needs a reason. Explain why the rule does not apply.")
    return Waiver(rule, reason)


def _reference(row: Fields) -> Reference:
    row.only(("title", "url", "checked"))
    url = row.text("url", pattern=_URL, hint="write a complete address that begins with https://")
    return Reference(row.text("title") or "", url or "", row.date("checked", required=False))


def dump(question: QuestionContent) -> str:
    """Return the file of a question. Raise ValueError if it has no syllabus place."""
    if question.topic is None and question.exam_domain is None:
        raise ValueError(f"The question {question.id} has neither a topic nor an exam domain.")
    out = [f"id: {_word(question.id)}", f"revision: {question.revision}", f"status: {question.status}"]
    if question.topic is None:
        out.append(f"exam_domain: {question.exam_domain}")
    else:
        out += [f"task: {_word(question.task or '')}", f"topic: {_word(question.topic)}"]
    out += [f"points: {_list(question.points)}", f"kind: {question.kind}"]
    if question.rating is not None:
        out.append(f"rating: {question.rating}")
    if question.ask is not None:
        out.append(f"ask: {question.ask}")
    if question.default is not None:
        out.append(f"default: {question.default}")
    out.append(f"enemies: {_list(question.enemies)}")
    if question.waivers:
        out.append("waivers:")
        out += [f"  - {{rule: {_word(waiver.rule)}, reason: {_quoted(waiver.reason)}}}" for waiver in question.waivers]
    if question.as_of is not None:
        out.append(f"as_of: {_quoted(question.as_of)}")
    if question.license is not None:
        out.append(f"license: {_word(question.license)}")
    out += [_block("stem", question.stem, 0), "options:"]
    for option in question.options:
        out += [f"  - id: {_word(option.id)}", f"    correct: {'true' if option.correct else 'false'}"]
        out.append(_block("text", option.text, 4))
        if option.rationale:
            out.append(_block("rationale", option.rationale, 4))
    if question.explanation:
        out.append(_block("explanation", question.explanation, 0))
    if question.references:
        out.append("references:")
        out += [f"  - {{{_flow(reference)}}}" for reference in question.references]
    return "\n".join(out) + "\n"


def _flow(reference: Reference) -> str:
    checked = f", checked: {_quoted(reference.checked)}" if reference.checked else ""
    return f"title: {_quoted(reference.title)}, url: {_quoted(reference.url)}{checked}"


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(_word(value) for value in values)}]"


def _word(value: str) -> str:
    return value if is_plain(value) else _quoted(value)


def _quoted(value: str) -> str:
    # JSON strings are YAML strings, apart from some characters that YAML requires to be escaped.
    return _UNPRINTABLE.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _block(key: str, text: str, indent: int) -> str:
    """Return a literal block, or a quoted text if no literal block can contain it."""
    text = tidy(text)
    margin = " " * indent
    if not text or _UNPRINTABLE.search(text):
        return f"{margin}{key}: {_quoted(text)}"
    # A text that begins with white space needs an explicit indentation.
    header = "|2" if text[0].isspace() else "|"
    lines = (f"{margin}  {line}" if line else "" for line in text.split("\n"))
    return "\n".join((f"{margin}{key}: {header}", *lines))
