"""Advice for files that are not question files."""

import re

from questions.formats.zip_packages import is_zip, open_package

_TEXT = "Copy the questions out of it and paste them, or save them as plain text in UTF-8."
_MAGIC = (
    (b"%PDF", f"This is a PDF. {_TEXT}"),
    (b"\xd0\xcf\x11\xe0", "This is an old Word or Excel file. Save a table as 'CSV UTF-8', a text as plain text."),
    (b"{\\rtf", f"This is a rich text document. {_TEXT}"),
    (b"\x89PNG", "This is a picture. Type the questions, or paste their text."),
    (b"\xff\xd8\xff", "This is a picture. Type the questions, or paste their text."),
    (b"GIF8", "This is a picture. Type the questions, or paste their text."),
    (b"\x1f\x8b", "This is a compressed file. Unpack it and import the files in it."),
    (b"7z\xbc\xaf", "This is a compressed file. Unpack it and import the files in it."),
    (b"Rar!", "This is a compressed file. Unpack it and import the files in it."),
    (b"SQLite format 3", "This is a database. Export its questions in one of the supported formats."),
)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_BLACKBOARD = re.compile(rb"(?:\xef\xbb\xbf)?(?:MC|MA)\t[^\t\r\n]+\t")
_QUESTION_FILES = (".xml", ".qti", ".dat")
_IMPORTABLE = (".csv", ".tsv", ".txt", ".md", ".gift", ".json", ".yaml", ".yml", ".zip", ".imscc")
_MAX_NAMES_SHOWN = 3


def advice(data: bytes, name: str) -> str:
    """Return what to do with an unsupported file, in one or two sentences; empty if it may be a question file."""
    for start, sentence in _MAGIC:
        if data.startswith(start):
            return sentence
    if _HTML.match(data[:1000]):
        return f"This is a web page. {_TEXT}"
    if _BLACKBOARD.match(data[:5000]):
        return "These are tab-separated questions of Blackboard. Export the test as a QTI package instead."
    return _zip_advice(data, name) if is_zip(data) else ""


def _zip_advice(data: bytes, name: str) -> str:
    package, _faults = open_package(data, name)
    if package is None:
        return ""  # the package reader reports why
    first = " ".join(package.names[:50])
    if "xl/workbook.xml" in package:
        return ""
    if "xl/workbook.bin" in package:
        return "This is a binary Excel workbook. Save it as .xlsx, and import that."
    if "word/document.xml" in package:
        return f"This is a Word document. {_TEXT}"
    if "ppt/presentation.xml" in package:
        return f"These are slides. {_TEXT}"
    if ("META-INF/manifest.xml" in package and "content.xml" in package) or first.startswith("mimetype"):
        return "This is an office document. Save a table as CSV in UTF-8, a text as plain text."
    importable = [
        path for path in package.names if path.lower().endswith(_IMPORTABLE) and not path.startswith("__MACOSX/")
    ]
    if any(path.lower().endswith(".md") for path in importable):
        return ""
    if importable and not any(path.lower().endswith(_QUESTION_FILES) for path in package.names):
        listed = ", ".join(f"'{path[:60]}'" for path in importable[:_MAX_NAMES_SHOWN])
        listed += " …" if len(importable) > _MAX_NAMES_SHOWN else ""
        return f"Only QTI packages are read as a zip file. Unpack it and import these files separately: {listed}."
    return ""
