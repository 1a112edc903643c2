"""Write Markdown texts as plain HTML or XHTML for other systems.

`questions.formats.html_reader.html_to_markdown` restores the same Markdown.
"""

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt

from questions.content.markdown import render, render_inline
from questions.content.pictures import DIRECTORY, describe_pictures
from questions.formats.tex import write_tex

_CLEANER = nh3.Cleaner(
    tags=set("p ul ol li table thead tbody tr th td pre code strong em br math img".split()),  # noqa: SIM905 - a list
    attributes={"ol": {"start"}, "math": {"alttext", "display"}, "img": {"src", "alt"}},
    allowed_classes={"th": {"n"}, "td": {"n"}, "code": {"broken"}},
    link_rel=None,
)
_FENCES = MarkdownIt("zero").enable(["fence", "list", "table"])
_LANGUAGE = re.compile(r"[\w+#.-]+\Z")
# Characters that XML 1.0 does not allow, not even as references.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def markdown_to_html(text: str, pictures: str | None = None) -> str:
    """Return a text as HTML blocks; the language of a code block is a class, as HTML 5 recommends.

    `pictures` is the directory of the pictures in the written file; without it, their alternative texts are written.
    """
    text = describe_pictures(text) if pictures is None else text
    plain = write_tex(_CLEANER.clean(render(text)).strip())
    if pictures is not None:
        plain = plain.replace(f'<img src="{DIRECTORY}', f'<img src="{pictures}')
    if "<pre>" not in plain:
        return plain
    languages = _languages(text)
    return re.sub("<pre><code>", lambda _: next(languages, "<pre><code>"), plain)


def option_to_html(text: str, pictures: str | None = None) -> str:
    """Return an option as HTML: a single line inline, as pages show it (`1. first` is no list), else as blocks."""
    if "\n" not in text.strip():
        shown = describe_pictures(text) if pictures is None else text
        html = write_tex(_CLEANER.clean(render_inline(shown)).strip())
        return html.replace(f'<img src="{DIRECTORY}', f'<img src="{pictures}')
    blocks = markdown_to_html(text, pictures)
    single = re.fullmatch(r"<p>(.*)</p>", blocks, re.DOTALL)
    return blocks if single is None or "<p>" in single[1] else single[1]


def strip_xml_controls(text: str) -> str:
    """Remove the characters that XML 1.0 does not allow."""
    return _NOT_IN_XML.sub("", text)


def markdown_to_xhtml(text: str, pictures: str | None = None) -> str:
    """Return a text as well-formed XHTML without a root element, HTML entities and start numbers of lists."""
    plain = markdown_to_html(text, pictures).replace("<br>", "<br/>").replace("&nbsp;", "\u00a0")
    plain = re.sub(r"(<img [^<>]*)>", r"\1/>", plain)
    return strip_xml_controls(re.sub(r'<ol start="\d+">', "<ol>", plain))


def _languages(text: str) -> Iterator[str]:
    for token in _FENCES.parse(text):
        if token.type == "fence":
            language = token.info.strip()
            yield f'<pre><code class="language-{language}">' if _LANGUAGE.match(language) else "<pre><code>"
