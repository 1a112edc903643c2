"""What all Markdown files of a guide have in common: encoding, headings and the allowed markup (no Django)."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from questions.content.schema import Fault

_BOM = "\ufeff"
# All of Markdown is parsed, so that markup that is not allowed becomes a fault instead of text.
_PARSER = MarkdownIt("commonmark").enable("table")
_NOT_ALLOWED = {
    "html_block": "HTML is not allowed. Use Markdown, and put names such as <channel> in backticks.",
    "html_inline": "HTML is not allowed. Use Markdown, and put names such as <channel> in backticks.",
    "link_open": "Links are allowed only under References of a study page. Move it there.",
    "image": "Images are not allowed. Use words, a table or a figure.",
    "hr": "A horizontal rule is not allowed. Remove it.",
    "blockquote_open": "A block quote is not allowed. Write a paragraph in your own words.",
    "code_block": "Text indented by four spaces becomes code. Indent it less, or fence it with ```.",
}


def text_of(path: Path, file: str) -> str | Fault:
    """Return the text of a file, or the fault that prevents reading it."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Fault(file, line, "", "The file is not UTF-8. Save it as UTF-8.")
    return text_fault(text, file) or text


def text_fault(text: str, file: str) -> Fault | None:
    """Return a fault if the text begins with a byte-order mark or has foreign line ends."""
    if text.startswith(_BOM):
        return Fault(file, 1, "", "The file begins with a byte-order mark. Save it without one.")
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        return Fault(file, line, "", "Lines end with CRLF. Save the file with LF line endings.")
    return None


def parse(text: str) -> list[Token]:
    """Return the tokens of a text."""
    return _PARSER.parse(text)


def headings(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield the lines and texts of all headings, such as `## Title`; one in a list begins with `- `."""
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.map:
            within = "" if opening.level == 0 else "- "
            yield opening.map[0] + 1, f"{within}{opening.markup} {content.content}"


def markup_faults(tokens: Iterable[Token], file: str, before_line: int, *, images: str = "") -> Iterator[Fault]:
    """Yield a fault for all markup before a line that is not allowed. Addresses of images may begin with `images`."""
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        if line >= before_line:
            return
        yield from _fault(token, file, line)
        for child in token.children or ():
            if not (images and child.type == "image" and str(child.attrs["src"]).startswith(images)):
                yield from _fault(child, file, line)
            line += child.type in ("softbreak", "hardbreak")


def _fault(token: Token, file: str, line: int) -> Iterator[Fault]:
    if token.type in _NOT_ALLOWED:
        yield Fault(file, line, "", _NOT_ALLOWED[token.type])
