"""Small QTI packages, and the single question of a file."""

import io
import zipfile

from questions.content.schema import QuestionContent
from questions.formats.parsed import ParsedQuestion
from questions.formats.qti import format as qti


def zipped(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_png", ".png"), content)
    return buffer.getvalue()


def one(text: str | bytes) -> ParsedQuestion:
    parsed_file = qti.read(text.encode() if isinstance(text, str) else text, "q.xml")
    assert (len(parsed_file.questions), parsed_file.faults) == (1, ())
    return parsed_file.questions[0]


def taken(text: str | bytes) -> QuestionContent:
    parsed = one(text)
    assert parsed.refusals == ()
    assert parsed.content is not None
    return parsed.content


def refused(text: str) -> str:
    parsed = one(text)
    assert parsed.content is None
    return " ".join(parsed.refusals)


def keys(question: QuestionContent) -> str:
    return "".join(option.id for option in question.keys)
