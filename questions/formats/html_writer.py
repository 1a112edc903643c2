"""Write Markdown texts as plain HTML or XHTML for other systems.

`questions.formats.html_reader.html_to_markdown` restores the same Markdown.
"""

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt

from questions.content.markdown import render, render_inline
from questions.formats.tex import write_tex

_CLEANER = nh3.Cleaner(
    tags=set("p ul ol li table thead tbody tr th td pre code strong em br math".split()),  # noqa: SIM905 - a list
    attributes={"ol": {"start"}, "math": {"alttext", "display"}},
    allowed_classes={"th": {"n"}, "td": {"n"}, "code": {"broken"}},
    link_rel=None,
)
_FENCES = MarkdownIt("zero").enable(["fence", "list", "table"])
_LANGUAGE = re.compile(r"[\w+#.-]+\Z")
# Characters that XML 1.0 does not allow, not even as references.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def markdown_to_html(text: str) -> str:
    """Return a text as HTML blocks; the language of a code block is a class, as HTML 5 recommends."""
    plain = write_tex(_CLEANER.clean(render(text)).strip())
    if "<pre>" not in plain:
        return plain
    languages = _languages(text)
    return re.sub("<pre><code>", lambda _: next(languages, "<pre><code>"), plain)


def option_to_html(text: str) -> str:
    """Return an option as HTML: a single line inline, as pages show it (`1. first` is no list), else as blocks."""
    if "\n" not in text.strip():
        return write_tex(_CLEANER.clean(render_inline(text)).strip())
    blocks = markdown_to_html(text)
    single = re.fullmatch(r"<p>(.*)</p>", blocks, re.DOTALL)
    return blocks if single is None or "<p>" in single[1] else single[1]


def strip_xml_controls(text: str) -> str:
    """Remove the characters that XML 1.0 does not allow."""
    return _NOT_IN_XML.sub("", text)


def markdown_to_xhtml(text: str) -> str:
    """Return a text as well-formed XHTML without a root element, HTML entities and start numbers of lists."""
    plain = markdown_to_html(text).replace("<br>", "<br/>").replace("&nbsp;", "\u00a0")
    return strip_xml_controls(re.sub(r'<ol start="\d+">', "<ol>", plain))


def _languages(text: str) -> Iterator[str]:
    for token in _FENCES.parse(text):
        if token.type == "fence":
            language = token.info.strip()
            yield f'<pre><code class="language-{language}">' if _LANGUAGE.match(language) else "<pre><code>"
