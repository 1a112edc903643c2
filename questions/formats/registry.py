"""All import and export formats by name: which module reads and writes each, how a file is recognized, what is lost."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath
from types import ModuleType

from questions.content.schema import Fault, QuestionContent
from questions.formats import unsupported_files
from questions.formats.parsed import MAX_QUESTIONS_PER_FILE, ParsedFile, too_many_questions
from questions.formats.refusals import UnsupportedQuestions
from questions.formats.zip_packages import is_zip, open_package, size_fault

# Name, what people call it, module, ending of a written file. The order is that of lists shown to the user.
_KNOWN = (
    ("csv", "Udemy CSV", "udemy_csv", ".csv"),
    ("moodle-xml", "Moodle XML", "moodle_xml", ".xml"),
    ("gift", "GIFT", "gift.format", ".gift"),
    ("aiken", "Aiken", "aiken", ".txt"),
    ("qti3", "QTI (3.0, 2.x, Canvas 1.2)", "qti.format", ".zip"),
    ("checkbox-markdown", "Markdown with checkboxes", "checkbox_markdown", ".md"),
    ("lettered-text", "Lettered text", "lettered_text", ".txt"),
    ("yaml", "YAML", "yaml_file", ".yaml"),
    ("json", "JSON", "json_file", ".json"),
)
_HEAD = 200_000  # bytes of a file that are looked at to recognize it
_TEXT_ENDINGS = (".txt", ".text", "")


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `loses` says in words what a written file does not carry."""

    name: str
    title: str
    ending: str
    module: ModuleType

    @property
    def loses(self) -> tuple[str, ...]:
        return tuple(self.module.LOSES)

    @property
    def extensions(self) -> tuple[str, ...]:
        return tuple(self.module.EXTENSIONS)

    @property
    def reads(self) -> bool:
        return hasattr(self.module, "read")

    @property
    def writes(self) -> bool:
        return hasattr(self.module, "write")

    def read(self, data: bytes, name: str) -> ParsedFile:
        """What the file says. Never raises."""
        fault = size_fault(len(data), name)
        reading: ParsedFile = ParsedFile(self.name, faults=(fault,)) if fault else self.module.read(data, name)
        return reading

    def write(self, questions: Sequence[QuestionContent]) -> tuple[bytes, dict[str, str]]:
        """The file, and the questions that the format cannot hold with the reason; those are left out."""
        try:
            return self.module.write(questions), {}
        except UnsupportedQuestions as error:
            good = [question for question in questions if question.id not in error.reasons]
            return self.module.write(good), error.reasons


def _load() -> dict[str, Format]:
    package = __package__
    return {
        name: Format(name, title, ending, import_module(f"{package}.{module}"))
        for name, title, module, ending in _KNOWN
        if find_spec(f"{package}.{module}")
    }


FORMATS: dict[str, Format] = _load()


def losses() -> tuple[tuple[Format, tuple[str, ...]], ...]:
    """The one table of what each format that is written cannot carry."""
    return tuple((each, each.loses) for each in FORMATS.values() if each.writes)


def detect(data: bytes, name: str) -> Format | None:
    """The format of a file by its content, or else by its ending; None if nothing fits."""
    found = _by_content(data, name)
    if found is None and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        ending = PurePath(name).suffix.lower()
        found = next((each.name for each in FORMATS.values() if ending in each.extensions and ending), None)
    format = FORMATS.get(found or "")
    return format if format and format.reads else None


def read(data: bytes, name: str, format: str = "") -> ParsedFile:
    """A file in the named format, or in the one it seems to have. Never raises."""
    if not data.strip():
        return ParsedFile(format, faults=(Fault(name, None, "", "The file is empty."),))
    if sentence := unsupported_files.advice(data, name):
        return ParsedFile(format, faults=(Fault(name, None, "", sentence),))
    chosen = FORMATS.get(format) if format else detect(data, name)
    if chosen is None or not chosen.reads:
        known = ", ".join(each.name if format else each.title for each in FORMATS.values() if each.reads)
        unknown = "The format of the file is not recognized, or it holds no question."
        sentence = f"The format '{format}' cannot be read." if format else unknown
        return ParsedFile(format, faults=(Fault(name, None, "", f"{sentence} Choose one of: {known}."),))
    reading = chosen.read(data, name)
    return too_many_questions(chosen.name, name) if len(reading.questions) > MAX_QUESTIONS_PER_FILE else reading


def _by_content(data: bytes, name: str) -> str | None:
    if is_zip(data):
        return _of_package(data, name)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data[:_HEAD].decode("utf-16" if wide else "utf-8-sig", "replace").lstrip()
    if text.startswith("<"):
        return _of_xml(text)
    if re.match(r'\{\s*"|\[\s*[{\]]', text):
        return "json"
    if re.match(r"(?:---\s*\n)?id:\s", text) and re.search(r"^options:\s*$", text, re.MULTILINE):
        return "yaml"
    head = text.split("\n", 1)[0].lower()
    if "question" in head and "answer option" in head:
        return "csv"
    return _of_text(text, PurePath(name).suffix.lower())


def _of_package(data: bytes, name: str) -> str | None:
    package, _ = open_package(data, name)
    # A package that is not opened goes to the reader of packages, which says why.
    if package is None or any(each.lower().endswith((".xml", ".qti", ".dat")) for each in package.names):
        return "qti3"
    return None


def _of_xml(text: str) -> str | None:
    root = re.search(
        r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)", re.sub(r"<!--.*?-->|<\?.*?\?>|<!\w[^>]*>", "", text, flags=re.S)
    )
    if root is None:
        return None
    if root[1] == "quiz":
        return "moodle-xml"
    qti = ("questestinterop", "assessmentItem", "assessmentTest", "manifest", "item", "section", "assessment")
    return "qti3" if root[1] in qti or root[1].startswith("qti-") else None


def _of_text(text: str, ending: str) -> str | None:
    if re.search(r"^\s*[-*+] \[[ xX]\]", text, re.MULTILINE):
        return "checkbox-markdown"
    if ending not in _TEXT_ENDINGS:
        return None
    gift = re.search(r"\{[^{}]*(?:[=~]|\b(?:TRUE|FALSE|T|F)\b)[^{}]*\}", text)
    if gift or re.match(r"::|\$CATEGORY:", text):
        return "gift"
    if re.search(r"^ANSWER: ?[A-Z]\s*$", text, re.MULTILINE) and not re.search(
        r"^\s*(?:\d+\s*[.)]|Q(?:uestion)?\s*\d+)|^ANSWER: ?[A-Z] ?,", text, re.MULTILINE
    ):
        return "aiken"
    if re.search(r"^\s*\*?\(?[A-Ja-j][).]\s*\S", text, re.MULTILINE):
        return "lettered-text"
    return None
