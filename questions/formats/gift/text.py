"""Texts within GIFT: escapes, format tags, and each text format as Markdown.

While a file is read, an escaped character is a surrogate (which decoded text cannot hold), so that no
later step takes it for a control character.
"""

import re
from dataclasses import dataclass

from questions.content.schema import tidy
from questions.formats import html_reader
from questions.formats.text_files import picture_addresses

_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_HIDDEN = 0xDC00
_SHOWN = {_HIDDEN + ord(char): char for char in "\\:#={}~"} | {_HIDDEN + ord("n"): "\n"}
_CONTROL = re.compile(r"[\\:#={}~]")
_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_GUARDED = re.compile(r"[\[%]")
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|strong|em|code|pre|tt|ul|ol|li|table|tr|td|th|sub|sup|span|div|img|a|h[1-6]|blockquote)\b[^<>]*>",
    re.IGNORECASE,
)
_CODE = re.compile(r"\\`([^`\n]+?)\\`")
_BLANK = " \t\n"


@dataclass(frozen=True, slots=True)
class Text:
    """A text as Markdown; `format` is that of its tag or the one it inherits (empty: none was named)."""

    markdown: str
    format: str
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def hidden(text: str) -> str:
    """The text with its escaped characters out of sight."""
    return _ESCAPED.sub(lambda found: chr(_HIDDEN + ord(found[1])), text)


def shown(text: str) -> str:
    """The text with the characters that were escaped, `\\n` as a line end."""
    return text.translate(_SHOWN)


def read_text(source: str, inherited: str = "") -> Text:
    """A text with hidden escapes, with or without a format tag, as Markdown."""
    tag = _FORMAT.match(source)
    form = tag[1].lower() if tag else inherited
    source = source[tag.end() :] if tag else source
    if not source.strip():
        return Text("", form)
    if form == "markdown":
        text = shown(source.strip(_BLANK)).strip(_BLANK)
        return Text(text, form, missing=picture_addresses(text))
    if form == "html":
        return _of_html(shown(source), form)
    # A line of the source ends where its author's editor broke it; a wanted line end is escaped.
    text = shown(" ".join(source.split())).strip()
    if form != "plain" and _TAG.search(text):
        return _of_html(text.replace("\n", "<br>"), form)
    markdown = html_reader.text_to_markdown(text)
    if form != "plain":
        # Moodle has no sign for code in such texts: who writes backticks means them.
        markdown = _CODE.sub(lambda found: f"`{re.sub(r'\\([\\`*_])', r'\1', found[1])}`", markdown)
    return Text(markdown, form)


def _of_html(html: str, form: str) -> Text:
    cleaned = html_reader.html_to_markdown(html)
    return Text(cleaned.text, form, cleaned.ignored, cleaned.missing)


def write_text(markdown: str, *, tagged: bool = False) -> str:
    """A text on one line with its control characters escaped.

    It gets a format tag where one is asked for, and where it would itself begin like a tag or a weight.
    """
    text = tidy(markdown).strip(_BLANK)
    tag = "[markdown]" if tagged or _GUARDED.match(text) else ""
    return tag + _CONTROL.sub(r"\\\g<0>", text).replace("\n", r"\n")
