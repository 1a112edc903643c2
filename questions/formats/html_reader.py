"""Conversion of HTML and plain text to the Markdown subset of `questions.content.markdown`.

Paragraphs, line breaks, lists, tables, code and emphasis are kept; sub- and superscripts become Unicode characters.
"""

import posixpath
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

from questions.content.markdown import render
from questions.content.picture_files import PictureError
from questions.formats.file_pictures import FilePictures
from questions.formats.markdown_writer import BREAK, Run, text_runs, write_paragraph
from questions.formats.parsed import Loss
from questions.formats.tex import tex_of_mathml

_BLOCKS = set(
    "p div section article header footer aside main figure figcaption blockquote h1 h2 h3 h4 h5 h6 dl dt dd "  # noqa: SIM905
    "ul ol li pre table caption thead tbody tfoot tr th td address center hr".split()
)
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_CODE = {"code", "tt", "kbd", "samp"}
_UNSUPPORTED_TAGS = {
    "audio": "a sound", "video": "a film", "iframe": "a page within the page", "object": "an embedded object",
    "embed": "an embedded object", "svg": "a drawing", "math": "a formula", "input": "a form field",
    "textarea": "a form field", "select": "a form field", "canvas": "a drawing",
}  # fmt: skip
_TAGS = _BLOCKS | set(_MARKS) | _CODE | set(_UNSUPPORTED_TAGS) | {"br", "sub", "sup", "a", "img", "span"}
_MAX_DEPTH = 40
_MAX_TABLE_CELLS = 2_000
_SUPER = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
_SUB = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff]")
_BLANK = re.compile(r"\u00a0(?=[\s\u00a0])|(?<=[\s\u00a0])\u00a0")  # how editors write two spaces
_SPACE = re.compile(r"[ \t\r\n]+")
_MARKUP = re.compile("[<&]")
_PARAGRAPH = re.compile("<p>([^<&]*)</p>")
_PLAIN = re.compile(r"(?:\s*<p>[^<&]*</p>)+\s*\Z")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        "ol": {"start"},
        "th": {"class"},
        "code": {"class"},
        "math": {"alttext", "display"},
    },
    url_schemes={"http", "https", "data"},
    link_rel=None,
)


@dataclass(frozen=True, slots=True)
class ConvertedHtml:
    """Markdown text; `ignored` names what was left out, `missing` the pictures that the package does not have."""

    text: str
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def html_to_markdown(html: str, pictures: FilePictures | None = None) -> ConvertedHtml:
    """Convert HTML to Markdown; fragments and bad nesting are accepted. Never raises.

    `pictures` gets the paths of the HTML without prefixes such as `@@PLUGINFILE@@/`. A picture that it does not have is
    replaced by its description.
    """
    html = html.encode("utf-8", "replace").decode()
    if not _MARKUP.search(html):
        return ConvertedHtml(write_paragraph(text_runs(_strip_invisible(html))))
    if _PLAIN.match(html):  # fast path: most texts are plain paragraphs
        return ConvertedHtml(
            "\n\n".join(
                filter(
                    None,
                    (write_paragraph(text_runs(_strip_invisible(text))) for text in _PARAGRAPH.findall(html)),
                )
            )
        )
    tree = _Tree()
    tree.feed(_CLEANER.clean(html))
    tree.close()
    writer = _Writer(pictures)
    text = "\n\n".join(writer.blocks(tree.root))
    return ConvertedHtml(text, tuple(dict.fromkeys(writer.ignored)), tuple(dict.fromkeys(writer.missing)))


def text_to_markdown(text: str) -> str:
    """Convert plain text to Markdown that renders the same: blank lines separate paragraphs, lines are kept."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    paragraphs = (paragraph.strip("\n") for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text))
    passages = (
        [run for line in paragraph.split("\n") for run in (*text_runs(line), Run(BREAK))] for paragraph in paragraphs
    )
    return "\n\n".join(filter(None, (write_paragraph(runs) for runs in passages)))


class _Node:
    __slots__ = ("attrs", "children", "tag")

    def __init__(self, tag: str, attrs: dict[str, str]) -> None:
        self.tag = tag
        self.attrs = attrs
        self.children: list[_Node | str] = []


class _Tree(HTMLParser):
    """The tree of cleaned, well-nested HTML, cut at _MAX_DEPTH."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("div", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in ("br", "img", "hr", "input", "embed") and len(self._open) < _MAX_DEPTH:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(_strip_invisible(data))


@dataclass(slots=True)
class _Writer:
    pictures: FilePictures | None
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def blocks(self, node: _Node) -> list[str]:
        """Return the children of a node as Markdown blocks."""
        blocks: list[str] = []
        runs: list[Run] = []
        for child in node.children:
            if isinstance(child, _Node) and (child.tag in _BLOCKS or _holds_block(child)):
                blocks.append(write_paragraph(runs))
                runs = []
                blocks += self._block(child)
            else:
                runs += self._runs(child, (), code=False)
        return [block for block in (*blocks, write_paragraph(runs)) if block]

    def _block(self, node: _Node) -> list[str]:
        if node.tag in ("ul", "ol"):
            return [self._list(node)]
        if node.tag == "pre":
            inner = next(_find(node, "code"), node)
            language = re.search(r"(?:^| )lang(?:uage)?-([\w+#.-]+)", inner.attrs.get("class", ""))
            return [_fence(_text(node), language[1] if language else "")]
        if node.tag == "table":
            return [self._table(node)]
        return self.blocks(node)

    def _list(self, node: _Node) -> str:
        start = node.attrs.get("start", "")
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
        items = []
        for child in node.children:
            blocks = self.blocks(child) if isinstance(child, _Node) else [write_paragraph([Run(child)])]
            blocks = [block for block in blocks if block]
            if not blocks:
                continue
            mark = "- " if node.tag == "ul" else f"{number}. "
            number += 1
            text = "\n\n".join(blocks)
            if len(blocks) == 2 and re.match(r"- |\d+\. ", blocks[1]):
                text = "\n".join(blocks)  # a nested list follows without a blank line
            items.append(mark + re.sub(r"\n(?=[^\n])", "\n" + " " * len(mark), text))
        return "\n".join(items)

    def _table(self, node: _Node) -> str:
        rows = [[cell for cell in row.children if isinstance(cell, _Node)] for row in _find(node, "tr")]
        rows = [row for row in rows if row]
        if not rows:
            return ""
        width = max(len(row) for row in rows)
        if width * len(rows) > _MAX_TABLE_CELLS:  # short rows are filled up, so that a small file could fill the memory
            self.ignored.append(Loss(f"a table of over {_MAX_TABLE_CELLS:,} cells"))
            return ""
        cells = [[self._cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
        right = [cell.attrs.get("class") == "n" for cell in rows[0]] + [False] * (width - len(rows[0]))
        table = _table_text(cells, [False] * width)
        # The renderer aligns columns of numbers to the right.
        aligned = ['class="n"' in head for head in re.findall("<th[ >][^>]*>?", render(table))]
        return _table_text(
            cells, [right_class and not is_aligned for right_class, is_aligned in zip(right, aligned, strict=False)]
        )

    def _cell(self, node: _Node) -> str:
        text = write_paragraph(
            [run for child in node.children for run in self._runs(child, (), code=False)], one_line=True
        )
        return text.replace("|", r"\|")

    def _runs(self, node: _Node | str, marks: tuple[str, ...], *, code: bool) -> Iterator[Run]:
        if isinstance(node, str):
            yield from [Run(node, marks, code)] if code else text_runs(node, marks)
            return
        if node.tag == "math" and (tex := tex_of_mathml(node.attrs)):
            yield Run(tex, marks, verbatim=True)
            return
        if node.tag == "img":
            yield from self._picture(node, marks)
            return
        if node.tag == "br":
            yield Run(BREAK)
            return
        if node.tag in _UNSUPPORTED_TAGS:
            self.ignored.append(Loss(_UNSUPPORTED_TAGS[node.tag]))
            if node.tag != "math":
                return
        if node.tag in ("sub", "sup"):
            yield Run(_raised(_text(node), node.tag), marks, code)
            return
        mark = _MARKS.get(node.tag)
        inner = (*marks, mark) if mark and mark not in marks else marks
        if node.tag in _BLOCKS:
            yield Run(" ")
        for child in node.children:
            yield from self._runs(child, inner, code=code or node.tag in _CODE)
        if node.tag in _BLOCKS:
            yield Run(" ")
        address = node.attrs.get("href", "")
        if address.startswith("http") and address.rstrip("/") not in _text(node):
            yield Run(f" ({address})", marks)

    def _picture(self, node: _Node, marks: tuple[str, ...]) -> Iterator[Run]:
        source = node.attrs.get("src", "")
        name = _file_name(source)
        described = _SPACE.sub(" ", node.attrs.get("alt", "")).strip()
        shown = "a picture" if source.startswith("data:") or not source else f"the picture {name[:200]}"
        try:
            if source.startswith("data:") and self.pictures:
                yield Run(self.pictures.keep(_decoded(source), described), marks, verbatim=True)
                return
            if re.match(r"(?:https?:)?//", source):
                self.ignored.append(Loss(f"the picture {source[:200]}"))
            elif shown == "a picture":
                self.ignored.append(Loss(shown))
            elif markdown := self.pictures.markdown(name, described) if self.pictures else None:
                yield Run(markdown, marks, verbatim=True)
                return
            else:
                self.missing.append(name[:200])
        except PictureError as error:
            self.ignored.append(Loss(f"{shown} ({str(error).rstrip('.')})"))
        if described:
            yield Run(f"[Picture: {described}]", marks)


def _decoded(source: str) -> bytes:
    """Return the content of a data URI; empty if it has none."""
    head, _, data = source.partition(",")
    try:
        return b64decode(unquote(data)) if ";base64" in head else b""
    except ValueError:
        return b""


def _strip_invisible(text: str) -> str:
    return _BLANK.sub(" ", _INVISIBLE.sub("", text))


def _file_name(source: str) -> str:
    name = unquote(source.split("?")[0].split("#")[0])
    name = re.sub(r"\A(?:@@PLUGINFILE@@|\$IMS[-_]CC[-_]FILE_?BASE\$)/*", "", name)
    return posixpath.normpath(name) if name else name


def _holds_block(node: _Node) -> bool:
    return any(isinstance(child, _Node) and (child.tag in _BLOCKS or _holds_block(child)) for child in node.children)


def _text(node: _Node) -> str:
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        else:
            parts.append("\n" if child.tag == "br" else _text(child))
    return "".join(parts)


def _find(node: _Node, tag: str) -> Iterator[_Node]:
    for child in node.children:
        if isinstance(child, _Node):
            if child.tag == tag:
                yield child
            else:
                yield from _find(child, tag)


def _table_text(cells: list[list[str]], right: list[bool]) -> str:
    rows = ["|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in cells]
    return "\n".join([rows[0], f"|{'|'.join('---:' if is_right else '---' for is_right in right)}|", *rows[1:]])


def _raised(text: str, tag: str) -> str:
    """Return `2` as ², or `^(max)` if there is no such character."""
    signs = _SUPER if tag == "sup" else _SUB
    text = _SPACE.sub(" ", text).strip()
    if all(char in signs for char in text):
        return "".join(signs[char] for char in text)
    return f"{'^' if tag == 'sup' else '_'}({text})"


def _fence(text: str, language: str) -> str:
    text = text.replace("\r\n", "\n").rstrip("\n").removeprefix("\n")
    if not text.strip():
        return ""
    longest_run = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest_run + 1)
    return f"{fence}{language}\n{text}\n{fence}"
