"""Many questions in one YAML file: our question files one after another, parted by `---`."""

import re
from collections.abc import Iterator, Sequence

from questions.bank_files import question_yaml
from questions.content.schema import Fault, QuestionContent
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.zip_packages import size_fault

FORMAT = "yaml"
EXTENSIONS = (".yaml", ".yml")
LOSES = ("the collection (the place of a bank says it)",)
# No text of a question can hold this line: those in blocks are indented.
_PART = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_ID = re.compile(r"^id:[ \t]*[\"']?([\w-]{1,80})", re.MULTILINE)


def read(data: bytes, name: str) -> ParsedFile:
    """The questions of a YAML file of one or many documents, read as strictly as a bank. Never raises."""
    if fault := size_fault(len(data), name):
        return ParsedFile(FORMAT, faults=(fault,))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return ParsedFile(FORMAT, faults=(Fault(name, line, "", "The file is not UTF-8. Save it as UTF-8."),))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = [_found(number, line, part, name) for number, (line, part) in enumerate(_parts(text), 1)]
    if not found:
        return ParsedFile(FORMAT, faults=(Fault(name, 1, "", "The file is empty."),))
    return ParsedFile(FORMAT, tuple(found))


def write(questions: Sequence[QuestionContent]) -> bytes:
    """One file with all questions. Raises ValueError if a question has no syllabus place."""
    return "---\n".join(question_yaml.dump(question) for question in questions).encode()


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The documents with the lines they begin in; empty ones are left out."""
    start, line = 0, 1
    for end, after in [*((each.start(), each.end()) for each in _PART.finditer(text)), (len(text), len(text))]:
        part = text[start:end]
        if part.strip():
            yield line, part
        line += text.count("\n", start, after)
        start = after


def _found(number: int, line: int, part: str, file: str) -> ParsedQuestion:
    try:
        question, faults = question_yaml.read(part, file)
    except RecursionError:
        question, faults = None, [Fault(file, 1, "", "Lists and mappings lie too deep in each other.")]
    said = _ID.search(part)
    name = question.id if question else said[1] if said else ""
    refused = tuple(_sentence(fault, line) for fault in faults)
    return ParsedQuestion(number, line, name, question, refusals=refused)


def _sentence(fault: Fault, first: int) -> str:
    place = f"Line {first - 1 + (fault.line or 1)}"
    return f"{place}, {fault.field}: {fault.sentence}" if fault.field else f"{place}: {fault.sentence}"
