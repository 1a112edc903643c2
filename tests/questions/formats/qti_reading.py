"""What tests of QTI share: small packages, and the one question of a file."""

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
    reading = qti.read(text.encode() if isinstance(text, str) else text, "q.xml")
    assert (len(reading.questions), reading.faults) == (1, ())
    return reading.questions[0]


def taken(text: str | bytes) -> QuestionContent:
    found = one(text)
    assert found.refusals == ()
    assert found.content is not None
    return found.content


def refused(text: str) -> str:
    found = one(text)
    assert found.content is None
    return " ".join(found.refusals)


def keys(question: QuestionContent) -> str:
    return "".join(option.id for option in question.keys)
