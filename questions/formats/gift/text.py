"""Texts of GIFT: escapes, format tags, and the conversion of each text format to Markdown.

During parsing, an escaped character is replaced by a surrogate, which decoded text cannot contain, so that no later
step treats it as a control character.
"""

import re
from dataclasses import dataclass

from questions.content.pictures import describe_pictures
from questions.content.schema import tidy
from questions.formats import html_reader
from questions.formats.text_files import picture_addresses

_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_HIDDEN_OFFSET = 0xDC00
_ESCAPED_CHARS = {_HIDDEN_OFFSET + ord(char): char for char in "\\:#={}~"} | {_HIDDEN_OFFSET + ord("n"): "\n"}
_CONTROL = re.compile(r"[\\:#={}~]")
_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_TAG_OR_WEIGHT = re.compile(r"[\[%]")
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|strong|em|code|pre|tt|ul|ol|li|table|tr|td|th|sub|sup|span|div|img|a|h[1-6]|blockquote)\b[^<>]*>",
    re.IGNORECASE,
)
_CODE = re.compile(r"\\`([^`\n]+?)\\`")
_BLANK = " \t\n"


@dataclass(frozen=True, slots=True)
class GiftText:
    """A text as Markdown; `format` is that of its tag or the inherited one (empty without either)."""

    markdown: str
    format: str
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def hide_escapes(text: str) -> str:
    """Replace escaped characters by surrogates."""
    return _ESCAPED.sub(lambda match: chr(_HIDDEN_OFFSET + ord(match[1])), text)


def show_escaped(text: str) -> str:
    """Restore the characters that were escaped; `\\n` becomes a line end."""
    return text.translate(_ESCAPED_CHARS)


def read_text(source: str, inherited: str = "") -> GiftText:
    """Convert a text with hidden escapes, with or without a format tag, to Markdown."""
    tag = _FORMAT.match(source)
    form = tag[1].lower() if tag else inherited
    source = source[tag.end() :] if tag else source
    if not source.strip():
        return GiftText("", form)
    if form == "markdown":
        text = show_escaped(source.strip(_BLANK)).strip(_BLANK)
        return GiftText(text, form, missing=picture_addresses(text))
    if form == "html":
        return _html_text(show_escaped(source), form)
    # Line ends of the source have no meaning; intended ones are escaped.
    text = show_escaped(" ".join(source.split())).strip()
    if form != "plain" and _TAG.search(text):
        return _html_text(text.replace("\n", "<br>"), form)
    markdown = html_reader.text_to_markdown(text)
    if form != "plain":
        # Moodle has no markup for code in such texts; backticks mean code.
        markdown = _CODE.sub(lambda match: f"`{re.sub(r'\\([\\`*_])', r'\1', match[1])}`", markdown)
    return GiftText(markdown, form)


def _html_text(html: str, form: str) -> GiftText:
    cleaned = html_reader.html_to_markdown(html)
    return GiftText(cleaned.text, form, cleaned.ignored, cleaned.missing)


def write_text(markdown: str, *, tagged: bool = False) -> str:
    """Return a text on one line with control characters escaped.

    It gets a format tag if `tagged`, or if it starts like a tag or a weight.
    """
    text = tidy(describe_pictures(markdown)).strip(_BLANK)
    tag = "[markdown]" if tagged or _TAG_OR_WEIGHT.match(text) else ""
    return tag + _CONTROL.sub(r"\\\g<0>", text).replace("\n", r"\n")
