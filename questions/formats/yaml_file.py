"""Many questions in one YAML file: question files of the bank, separated by `---`."""

import re
from collections.abc import Iterator, Sequence

from questions.bank_files import question_yaml
from questions.content.schema import Fault, QuestionContent
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.text_files import decode_text
from questions.formats.zip_packages import size_fault

FORMAT = "yaml"
EXTENSIONS = (".yaml", ".yml")
LOSES = (
    "the collection (the directory of a bank determines it)",
    "the files of pictures (their names are kept; dump_bank writes them)",
)
# Texts cannot contain this line, since text blocks are indented.
_DOCUMENT_MARK = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_ID = re.compile(r"^id:[ \t]*[\"']?([\w-]{1,80})", re.MULTILINE)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a YAML file of one or more documents, as strictly as a bank. Never raises."""
    if fault := size_fault(len(data), name):
        return ParsedFile(FORMAT, faults=(fault,))
    decoded = decode_text(data, name)
    if decoded.faults:
        return ParsedFile(FORMAT, faults=decoded.faults)
    documents = enumerate(_documents(decoded.text), 1)
    questions = tuple(_parse_document(number, line, part, name) for number, (line, part) in documents)
    if not questions:
        return ParsedFile(FORMAT, faults=(Fault(name, 1, "", "The file is empty."),))
    return ParsedFile(FORMAT, questions, warnings=decoded.warnings)


def write(questions: Sequence[QuestionContent]) -> bytes:
    """Write all questions to one file."""
    return "---\n".join(question_yaml.dump(question) for question in questions).encode()


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each non-empty document."""
    start, line = 0, 1
    for end, after in [
        *((match.start(), match.end()) for match in _DOCUMENT_MARK.finditer(text)),
        (len(text), len(text)),
    ]:
        part = text[start:end]
        if part.strip():
            yield line, part
        line += text.count("\n", start, after)
        start = after


def _parse_document(number: int, line: int, part: str, file: str) -> ParsedQuestion:
    try:
        question, faults = question_yaml.read(part, file, placed=False)
    except RecursionError:
        question, faults = None, [Fault(file, 1, "", "Lists and mappings are nested too deeply.")]
    id_match = _ID.search(part)
    name = question.id if question else id_match[1] if id_match else ""
    refused = tuple(_fault_sentence(fault, line) for fault in faults)
    return ParsedQuestion(number, line, name, question, refusals=refused)


def _fault_sentence(fault: Fault, first: int) -> str:
    place = f"Line {first - 1 + (fault.line or 1)}"
    return f"{place}, {fault.field}: {fault.sentence}" if fault.field else f"{place}: {fault.sentence}"
