"""All import and export formats by name, and the detection of the format of a file."""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from questions.content.schema import Fault, QuestionContent
from questions.formats import (
    aiken,
    checkbox_markdown,
    json_file,
    lettered_text,
    moodle_xml,
    udemy_csv,
    unsupported_files,
    xlsx,
    yaml_file,
)
from questions.formats.gift import format as gift
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, ParsedFile, too_many_questions
from questions.formats.qti import format as qti
from questions.formats.question_tables import read_table
from questions.formats.refusals import UnsupportedQuestions
from questions.formats.zip_packages import is_zip, open_package, size_fault

_DETECTION_BYTES = 200_000  # leading bytes used to detect the format
_TEXT_ENDINGS = (".txt", ".text", "")
# A pattern that starts with white space must not cross lines: on blank lines, the search would be quadratic.
_CHECKBOX_LINE = re.compile(r"^[^\S\n]*[-*+] \[[ xX]\]", re.MULTILINE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_GIFT_ANSWERS = re.compile(r"[=~]|\b(?:TRUE|FALSE|T|F)\b")
_GIFT_START = re.compile(r"::|\$CATEGORY:")
_AIKEN_ANSWER = re.compile(r"^ANSWER: ?[A-Z][^\S\n]*$", re.MULTILINE)
# White space follows the number of a question: `2.5 million` is a text.
_NUMBER = r"[^\S\n]*(?:(\d+)[^\S\n]*[.)](?=\s)|Q(?:uestion)?[^\S\n]*(\d+))"
_NUMBERED = re.compile(_NUMBER)
_NOT_AIKEN = re.compile(rf"^{_NUMBER}|^ANSWER: ?[A-Z] ?,", re.MULTILINE)
_LETTERED_OPTION = re.compile(r"^[^\S\n]*\*?\(?[A-Ja-j][).]\s*\S", re.MULTILINE)
_PROLOG = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))  # how parts before the root element start and end
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")


class Reader(Protocol):
    """A module that reads files of one format. LOSES describes what a written file does not contain."""

    @property
    def FORMAT(self) -> str: ...
    @property
    def EXTENSIONS(self) -> tuple[str, ...]: ...
    @property
    def LOSES(self) -> tuple[str, ...]: ...
    def read(self, data: bytes, name: str) -> ParsedFile: ...


class Writer(Protocol):
    """Returns a file with these questions. Raises UnsupportedQuestions."""

    def __call__(self, questions: Sequence[QuestionContent], /) -> bytes: ...


class PictureWriter(Protocol):
    """The same, with the pictures of the questions by name."""

    def __call__(self, questions: Sequence[QuestionContent], pictures: Mapping[str, bytes], /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the module that reads it, and what writes it, if anything does. `ending` is that of written files."""

    title: str
    ending: str
    reader: Reader
    writer: Writer | None = None
    picture_writer: PictureWriter | None = None

    @property
    def name(self) -> str:
        return self.reader.FORMAT

    @property
    def loses(self) -> tuple[str, ...]:
        return self.reader.LOSES

    @property
    def writes(self) -> bool:
        return bool(self.writer or self.picture_writer)

    @property
    def keeps_pictures(self) -> bool:
        """Whether a written file contains the pictures of the questions."""
        return self.picture_writer is not None

    def read(self, data: bytes, name: str, columns: Mapping[str, str] | None = None) -> ParsedFile:
        """Parse a file; `columns` says what columns of a table are that have other names. Never raises."""
        if fault := size_fault(len(data), name):
            return ParsedFile(self.name, faults=(fault,))
        if columns and (open_table := _TABLES.get(self.name)):
            table = open_table(data, name)
            if not isinstance(table, Fault):
                return read_table(table, self.name, name, columns)
        return self.reader.read(data, name)

    def write(
        self, questions: Sequence[QuestionContent], pictures: Mapping[str, bytes] | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Return the file, and the reasons by id of the questions left out as unsupported."""
        try:
            return self._write(questions, pictures or {}), {}
        except UnsupportedQuestions as error:
            good = [question for question in questions if question.id not in error.reasons]
            return self._write(good, pictures or {}), error.reasons

    def _write(self, questions: Sequence[QuestionContent], pictures: Mapping[str, bytes]) -> bytes:
        if self.picture_writer:
            return self.picture_writer(questions, pictures)
        assert self.writer is not None, f"{self.title} is only read"
        return self.writer(questions)


# In the order of lists in the interface.
FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("Udemy CSV", ".csv", udemy_csv, udemy_csv.write),
        Format("Excel workbook", ".xlsx", xlsx),
        Format("Moodle XML", ".xml", moodle_xml, picture_writer=moodle_xml.write),
        Format("GIFT", ".gift", gift, gift.write),
        Format("Aiken", ".txt", aiken, aiken.write),
        Format("QTI (3.0, 2.x, Canvas 1.2)", ".zip", qti, picture_writer=qti.write),
        Format("Markdown with checkboxes", ".md", checkbox_markdown),
        Format("Lettered text", ".txt", lettered_text),
        Format("YAML", ".yaml", yaml_file, yaml_file.write),
        Format("JSON", ".json", json_file, picture_writer=json_file.write),
    )
}


_TABLES = {udemy_csv.FORMAT: udemy_csv.open_table, xlsx.FORMAT: xlsx.open_table}


def losses() -> tuple[tuple[Format, tuple[str, ...]], ...]:
    """Return what is lost in each format that can be written."""
    return tuple((format, format.loses) for format in FORMATS.values() if format.writes)


def detect(data: bytes, name: str) -> Format | None:
    """Return the format of a file by its content, else by its extension; None if it is unknown."""
    detected = _detect_by_content(data, name)
    if detected is None and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        ending = PurePath(name).suffix.lower()
        detected = next(
            (known.name for known in FORMATS.values() if ending in known.reader.EXTENSIONS and ending), None
        )
    return FORMATS.get(detected or "")


def read(data: bytes, name: str, format: str = "", columns: Mapping[str, str] | None = None) -> ParsedFile:
    """Parse a file in the named format, or in the detected one; `columns` as in Format. Never raises."""
    if not data.strip():
        return ParsedFile(format, faults=(Fault(name, None, "", "The file is empty."),))
    if sentence := unsupported_files.advice(data, name):
        return ParsedFile(format, faults=(Fault(name, None, "", sentence),))
    chosen = FORMATS.get(format) if format else detect(data, name)
    if chosen is None:
        known = ", ".join(known.name if format else known.title for known in FORMATS.values())
        unknown = "The format of the file is not recognized, or the file contains no question."
        sentence = f"The format '{format}' cannot be read." if format else unknown
        return ParsedFile(format, faults=(Fault(name, None, "", f"{sentence} Choose one of: {known}."),))
    reading = chosen.read(data, name, columns)
    return too_many_questions(chosen.name, name) if len(reading.questions) > MAX_QUESTIONS_PER_FILE else reading


def _detect_by_content(data: bytes, name: str) -> str | None:
    if is_zip(data):
        return _detect_package(data, name)
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data[:_DETECTION_BYTES].decode("utf-16" if is_utf16 else "utf-8-sig", "replace").lstrip()
    if text.startswith("<"):
        return _detect_xml(text)
    if re.match(r'\{\s*"|\[\s*[{\]]', text):
        return "json"
    if re.match(r"(?:---\s*\n)?id:\s", text) and re.search(r"^options:\s*$", text, re.MULTILINE):
        return "yaml"
    head = text.split("\n", 1)[0].lower()
    if "question" in head and "answer option" in head:
        return "csv"
    return _detect_text(text, PurePath(name).suffix.lower())


def _detect_package(data: bytes, name: str) -> str | None:
    package, _ = open_package(data, name)
    if package is None:
        return "qti3"  # whose reader reports why a package cannot be opened
    if xlsx.WORKBOOK in package:
        return xlsx.FORMAT
    if any(path.lower().endswith((".xml", ".qti", ".dat")) for path in package.names):
        return "qti3"
    return checkbox_markdown.FORMAT if checkbox_markdown.markdown_files(package) else None


def _detect_xml(text: str) -> str | None:
    root = _ROOT.search(text, _prolog_end(text))
    if root is None:
        return None
    if root[1] == "quiz":
        return "moodle-xml"
    qti = ("questestinterop", "assessmentItem", "assessmentTest", "manifest", "item", "section", "assessment")
    return "qti3" if root[1] in qti or root[1].startswith("qti-") else None


def _prolog_end(text: str) -> int:
    """Return the position after the comments, instructions and declarations at the start of an XML file."""
    at = 0
    while (start := text.find("<", at)) >= 0:
        end = next((end for mark, end in _PROLOG if text.startswith(mark, start)), None)
        if end is None:
            return start
        at = text.find(end, start)
        if at < 0:
            break
    return len(text)


def _detect_text(text: str, ending: str) -> str | None:
    if _CHECKBOX_LINE.search(text):
        return "checkbox-markdown"
    if ending not in _TEXT_ENDINGS:
        return None
    if aiken := _detect_aiken(text):
        return aiken
    if _GIFT_START.match(text) or any(_GIFT_ANSWERS.search(braces) for braces in _BRACES.findall(text)):
        return "gift"
    if _AIKEN_ANSWER.search(text) and not _NOT_AIKEN.search(text):
        return "aiken"
    return "lettered-text" if _LETTERED_OPTION.search(text) else None


def _detect_aiken(text: str) -> str | None:
    """Return "aiken" if all of a text is Aiken, "lettered-text" if its stems are numbered in order, else None."""
    if not _AIKEN_ANSWER.search(text):
        return None
    questions = aiken.read(text.encode(), "").questions
    if not all(question.content for question in questions):
        return None
    lines = text.split("\n")
    starts = [_NUMBERED.match(lines[question.line - 1]) for question in questions if question.line]
    numbers = [int(start[1] or start[2]) for start in starts if start]
    return "lettered-text" if len(numbers) == len(questions) and numbers == sorted(numbers) else "aiken"
