"""Decoding of text files, and Markdown of other programs in the supported subset."""

import codecs
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from questions.content.picture_files import PictureError
from questions.content.prose import prose
from questions.content.schema import Fault, tidy
from questions.formats.file_pictures import FilePictures
from questions.formats.parsed import Loss

_LINK = re.compile(
    r"(?<![\\!])\[([^\[\]\n]{0,500})\]\([ \t]{0,9}<?([^)>\s]{0,1000})>?(?:[ \t]{1,9}\"[^\"\n]{0,500}\")?[ \t]{0,9}\)"
)
_BREAK = re.compile(r"[ \t]{0,9}<br[ \t]{0,9}/?>[ \t]*\n?", re.IGNORECASE)
_CODE = re.compile(
    r"(^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)|^[ \t]*~~~.*?(?:^[ \t]*~~~[ \t]*$|\Z)|`[^`\n]+`)",
    re.MULTILINE | re.DOTALL,
)
# With the semicolon that Markdown demands: `?a=1&copy=2` is an address.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MARKUP_CHARS = frozenset("*_`[]|\\")
MAX_QUESTION_CHARS = 50_000  # about 17 pages of text
QUESTION_TOO_LONG = f"The question has over {MAX_QUESTION_CHARS:,} characters. Check for a missing end, or shorten it."

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FALLBACK = "cp1252"
_FALLBACK_WARNING = (
    "The file is not UTF-8, so it was read as Windows-1252. Check accents and quotation marks, first in line %d."
)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}\bencoding\s{0,9}=\s{0,9}[\"']([\w.-]{1,40})")
_PICTURE = re.compile(
    r"!\[[^\]\n]{0,500}\]\([ \t]{0,9}<?([^)>\s]{0,500})(?:[> \t][^)\n]{0,500})?\)"
    r"|<img\b[^<>]{0,500}?\bsrc[ ]{0,9}=[ ]{0,9}[\"']?([^\"'\s<>]{0,500}+)(?:[\"'\s][^<>]{0,500}+)?>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file with `\\n` as line end; empty if there are `faults`. `warnings` are for the whole file."""

    text: str
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()


_ALT = re.compile(r"\A!\[([^\]\n]{0,500})\]")
_ALT_ATTRIBUTE = re.compile(r"\balt[ ]{0,9}=[ ]{0,9}[\"']([^\"']{0,500})[\"']", re.IGNORECASE)


def decode_text(data: bytes, file: str) -> DecodedText:
    """Return the text of a file: UTF-8 with or without a byte-order mark, UTF-16 with one, or else Windows-1252.

    Spreadsheets and old editors write Windows-1252. Nothing in a file says so, hence a warning.
    """
    mark, encoding = next((entry for entry in _BYTE_ORDER_MARKS if data.startswith(entry[0])), (b"", "utf-8"))
    warnings: tuple[str, ...] = ()
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, len(mark) + error.start) + 1
        try:
            text = data.decode(_FALLBACK) if encoding == "utf-8" else ""
        except UnicodeDecodeError:
            text = ""
        if not text:
            return _not_text(file, line)
        warnings = (_FALLBACK_WARNING % line,)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        return _not_text(file, text.count("\n", 0, text.index("\0")) + 1)
    return DecodedText(text, (), warnings)


def decode_xml(data: bytes, file: str) -> tuple[bytes, tuple[str, ...]]:
    """Return XML that its parser can decode, and warnings: what wrongly claims to be UTF-8 is read as Windows-1252."""
    declared = _XML_ENCODING.match(data[:200].lstrip(codecs.BOM_UTF8 + b" \t\r\n"))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (declared and declared[1].lower() != b"utf-8"):
        return data, ()
    decoded = decode_text(data, file)
    return (decoded.text.encode(), decoded.warnings) if decoded.warnings else (data, ())


def _not_text(file: str, line: int) -> DecodedText:
    return DecodedText("", (Fault(file, line, "", "The file is not text. Save it as text in UTF-8."),))


def picture_addresses(markdown: str) -> tuple[str, ...]:
    """Return the addresses of the pictures in a Markdown text, outside of code."""
    return tuple(match[1] or match[2] or "without a name" for match in _PICTURE.finditer(prose(markdown)))


def no_questions_fault(file: str, hint: str) -> tuple[Fault, ...]:
    """Return the fault of a file without any question."""
    return (Fault(file, None, "", f"The file contains no question. {hint}"),)


def first_words(text: str, max_chars: int = 60) -> str:
    """Return the beginning of a text as one line, to name a question without a title."""
    line = " ".join(text.split())
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class AdaptedMarkdown:
    """Markdown in the supported subset; `ignored` names what was left out, `missing` the pictures not found."""

    text: str
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def adapt_markdown(markdown: str, pictures: FilePictures | None = None) -> AdaptedMarkdown:
    """Convert Markdown to the supported subset: links become text, entities characters.

    Pictures that `pictures` does not have are removed.
    """
    ignored: list[str] = []
    missing: list[str] = []

    def picture(match: re.Match[str]) -> str:
        address = match[1] or match[2] or "without a name"
        if re.match(r"(?:https?:)?//|data:", address):
            ignored.append(Loss(f"the picture {first_words(address, 100)}"))
            return ""
        try:
            kept = pictures.markdown(unquote(address), _alt(match)) if pictures else None
        except PictureError as error:
            ignored.append(Loss(f"the picture {first_words(address, 100)} ({str(error).rstrip('.')})"))
            return ""
        if kept is None:
            missing.append(first_words(address, 100))
        return kept or ""

    def plain(text: str) -> str:
        text = _LINK.sub(_link, _PICTURE.sub(picture, text))
        return _ENTITY.sub(_character, _BREAK.sub("\\\n", text))

    parts = _CODE.split(markdown)  # code is at odd positions
    text = "".join(part if number % 2 else plain(part) for number, part in enumerate(parts))
    return AdaptedMarkdown(tidy(text).strip(" \t"), tuple(ignored), tuple(missing))


def _alt(match: re.Match[str]) -> str:
    """Return the alternative text of a picture, in Markdown or HTML."""
    found = _ALT.search(match[0]) or _ALT_ATTRIBUTE.search(match[0])
    return unescape(found[1]) if found else ""


def _character(match: re.Match[str]) -> str:
    """Return the character of an entity, escaped if it would be markup."""
    character = unescape(match[0])
    return f"\\{character}" if character in _MARKUP_CHARS else character


def _link(match: re.Match[str]) -> str:
    words, address = match[1], match[2]
    return f"{words} ({address})" if re.match("https?://", address) and address not in words else words
