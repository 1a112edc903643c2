"""Small QTI packages, and the single question of a file."""

import io
import zipfile

from questions.content.schema import QuestionContent
from questions.formats.parsed import ParsedQuestion
from questions.formats.qti import format as qti
from tests.questions.formats.parsed_questions import content, reasons, single


def zipped(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_png", ".png"), data)
    return buffer.getvalue()


def one(text: str | bytes) -> ParsedQuestion:
    return single(qti.read(text.encode() if isinstance(text, str) else text, "q.xml"))


def taken(text: str | bytes) -> QuestionContent:
    return content(one(text))


def refused(text: str) -> str:
    return reasons(one(text))


def keys(question: QuestionContent) -> str:
    return "".join(option.id for option in question.keys)
