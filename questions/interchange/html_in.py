"""HTML of other systems as the Markdown subset of `questions.markdown`, and what of it had to be left out.

Kept are paragraphs, line breaks, lists, tables, code and emphasis; sub- and superscripts become characters of
that kind. A passage is written with as few backslashes as it needs to be rendered as it was.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape as html_escape
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

from questions.markdown import render

_BLOCKS = set(
    "p div section article header footer aside main figure figcaption blockquote h1 h2 h3 h4 h5 h6 dl dt dd "  # noqa: SIM905
    "ul ol li pre table caption thead tbody tfoot tr th td address center hr".split()
)
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_CODE = {"code", "tt", "kbd", "samp"}
_LEFT_OUT = {
    "audio": "a sound", "video": "a film", "iframe": "a page within the page", "object": "an embedded object",
    "embed": "an embedded object", "svg": "a drawing", "math": "a formula", "input": "a form field",
    "textarea": "a form field", "select": "a form field", "canvas": "a drawing",
}  # fmt: skip
_TAGS = _BLOCKS | set(_MARKS) | _CODE | set(_LEFT_OUT) | {"br", "sub", "sup", "a", "img"}
_DEEPEST = 40
_SUPER = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
_SUB = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff]")
_BLANK = re.compile(r"\u00a0(?=[\s\u00a0])|(?<=[\s\u00a0])\u00a0")  # editors write two spaces so
_SPACE = re.compile(r"[ \t\r\n]+")
# What could be taken for markup: in a line, or at its beginning (list, fence, rule of a table).
_SPECIAL = re.compile(r"[\\`*_]|^(?:[-+]|\d{1,9}[.)])(?: |$)|^~~~|^[ |:-]+$", re.MULTILINE)
# The marks of a line that need a backslash: not a star or underscore between spaces, nor one within a_name.
_NEEDED = re.compile(r"`|\\(?=[!-/:-@\[-`{-~\n]|\Z)|(?<![ \n])\*|\*(?![ \n])|(?<![^\W_])_|_(?![^\W_])")
_ANY_MARK = re.compile(r"[\\`*_]")
_LINE_MARK = re.compile(r"^(\d{1,9})(?=[.)](?: |$))|^(?=[-+](?: |$)|~~~|[ |:-]+$)", re.MULTILINE)
_BREAK = "\x00"
_MARKUP = re.compile("[<&]")
_PARAGRAPH = re.compile("<p>([^<&]*)</p>")
_PLAIN = re.compile(r"(?:\s*<p>[^<&]*</p>)+\s*\Z")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "th": {"class"}, "code": {"class"}},
    url_schemes={"http", "https", "data"},
    link_rel=None,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text in Markdown; `ignored` names what was left out, `missing` the pictures that the package lacks."""

    text: str
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def clean(html: str, has: Callable[[str], bool] = lambda name: False) -> Cleaned:
    """HTML (also a mere fragment, or badly nested) as Markdown. Never raises.

    `has` says whether the package holds a file; it gets the path as the HTML has it, without `@@PLUGINFILE@@/` and
    the like. Pictures are never kept, as our texts hold none: their description stands in their place.
    """
    html = html.encode("utf-8", "replace").decode()
    if not _MARKUP.search(html):
        return Cleaned(_passage([_Run(_shown(html))]))
    if _PLAIN.match(html):  # most texts are plain paragraphs, and quickly read
        return Cleaned("\n\n".join(filter(None, (_passage([_Run(_shown(each))]) for each in _PARAGRAPH.findall(html)))))
    tree = _Tree()
    tree.feed(_CLEANER.clean(html))
    tree.close()
    writer = _Writer(has)
    text = "\n\n".join(writer.blocks(tree.root))
    return Cleaned(text, tuple(dict.fromkeys(writer.ignored)), tuple(dict.fromkeys(writer.missing)))


def from_text(text: str) -> str:
    """Text without any markup as Markdown that shows the same: blank lines part paragraphs, lines stay lines."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    paragraphs = (each.strip("\n") for each in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text))
    passages = ([run for line in each.split("\n") for run in (_Run(line), _Run(_BREAK))] for each in paragraphs)
    return "\n\n".join(filter(None, (_passage(runs) for runs in passages)))


class _Node:
    __slots__ = ("attrs", "children", "tag")

    def __init__(self, tag: str, attrs: dict[str, str]) -> None:
        self.tag = tag
        self.attrs = attrs
        self.children: list[_Node | str] = []


class _Tree(HTMLParser):
    """The tree of cleaned HTML, which is well nested; below a certain depth it grows no deeper."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("div", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in ("br", "img", "hr", "input", "embed") and len(self._open) < _DEEPEST:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(_shown(data))


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of a passage with the same marks; `text` may be `_BREAK`, a line break."""

    text: str
    marks: tuple[str, ...] = ()
    code: bool = False


@dataclass(slots=True)
class _Writer:
    has: Callable[[str], bool]
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def blocks(self, node: _Node) -> list[str]:
        """The Markdown blocks of a node's children."""
        found: list[str] = []
        runs: list[_Run] = []
        for child in node.children:
            if isinstance(child, _Node) and (child.tag in _BLOCKS or _holds_block(child)):
                found.append(_passage(runs))
                runs = []
                found += self._block(child)
            else:
                runs += self._runs(child, (), code=False)
        return [each for each in (*found, _passage(runs)) if each]

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
            blocks = self.blocks(child) if isinstance(child, _Node) else [_passage([_Run(child)])]
            blocks = [each for each in blocks if each]
            if not blocks:
                continue
            mark = "- " if node.tag == "ul" else f"{number}. "
            number += 1
            text = "\n\n".join(blocks)
            if len(blocks) == 2 and re.match(r"- |\d+\. ", blocks[1]):
                text = "\n".join(blocks)  # a list within a list stands close
            items.append(mark + re.sub(r"\n(?=[^\n])", "\n" + " " * len(mark), text))
        return "\n".join(items)

    def _table(self, node: _Node) -> str:
        rows = [[cell for cell in row.children if isinstance(cell, _Node)] for row in _find(node, "tr")]
        rows = [row for row in rows if row]
        if not rows:
            return ""
        width = max(len(row) for row in rows)
        cells = [[self._cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
        right = [cell.attrs.get("class") == "n" for cell in rows[0]] + [False] * (width - len(rows[0]))
        table = _table_text(cells, [False] * width)
        # Columns of figures stand to the right by themselves.
        own = ['class="n"' in head for head in re.findall("<th[ >][^>]*>?", render(table))]
        return _table_text(cells, [wanted and not already for wanted, already in zip(right, own, strict=False)])

    def _cell(self, node: _Node) -> str:
        text = _passage([run for child in node.children for run in self._runs(child, (), code=False)], one_line=True)
        return text.replace("|", r"\|")

    def _runs(self, node: _Node | str, marks: tuple[str, ...], *, code: bool) -> Iterator[_Run]:
        if isinstance(node, str):
            yield _Run(node, marks, code)
            return
        if node.tag == "img":
            yield from self._picture(node, marks)
            return
        if node.tag == "br":
            yield _Run(_BREAK)
            return
        if node.tag in _LEFT_OUT:
            self.ignored.append(_LEFT_OUT[node.tag])
            if node.tag != "math":
                return
        if node.tag in ("sub", "sup"):
            yield _Run(_raised(_text(node), node.tag), marks, code)
            return
        mark = _MARKS.get(node.tag)
        inner = (*marks, mark) if mark and mark not in marks else marks
        if node.tag in _BLOCKS:
            yield _Run(" ")
        for child in node.children:
            yield from self._runs(child, inner, code=code or node.tag in _CODE)
        if node.tag in _BLOCKS:
            yield _Run(" ")
        address = node.attrs.get("href", "")
        if address.startswith("http") and address.rstrip("/") not in _text(node):
            yield _Run(f" ({address})", marks)

    def _picture(self, node: _Node, marks: tuple[str, ...]) -> Iterator[_Run]:
        source = node.attrs.get("src", "")
        name = _file_name(source)
        described = _SPACE.sub(" ", node.attrs.get("alt", "")).strip()
        if source.startswith("data:") or not source:
            self.ignored.append("a picture")
        elif re.match(r"(?:https?:)?//", source):
            self.ignored.append(f"the picture {source[:200]}")
        elif self.has(name):
            self.ignored.append(f"the picture {name[:200]}")
        else:
            self.missing.append(name[:200])
        if described:
            yield _Run(f"[Picture: {described}]", marks)


def _shown(text: str) -> str:
    return _BLANK.sub(" ", _UNSEEN.sub("", text))


def _file_name(source: str) -> str:
    name = unquote(source.split("?")[0].split("#")[0])
    name = re.sub(r"\A(?:@@PLUGINFILE@@|\$IMS[-_]CC[-_]FILE_?BASE\$)/*", "", name)
    return posixpath.normpath(name) if name else name


def _holds_block(node: _Node) -> bool:
    return any(isinstance(each, _Node) and (each.tag in _BLOCKS or _holds_block(each)) for each in node.children)


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
    return "\n".join([rows[0], f"|{'|'.join('---:' if each else '---' for each in right)}|", *rows[1:]])


def _raised(text: str, tag: str) -> str:
    """`2` as ², or `^(max)` where a character is lacking."""
    signs = _SUPER if tag == "sup" else _SUB
    text = _SPACE.sub(" ", text).strip()
    if all(char in signs for char in text):
        return "".join(signs[char] for char in text)
    return f"{'^' if tag == 'sup' else '_'}({text})"


def _fence(text: str, language: str) -> str:
    text = text.replace("\r\n", "\n").rstrip("\n").removeprefix("\n")
    if not text.strip():
        return ""
    longest = max((len(each) for each in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _passage(runs: Iterable[_Run], *, one_line: bool = False) -> str:
    """A paragraph of Markdown, in the plainest way of writing that renders as the runs say."""
    runs = list(runs)
    if not any(run.marks or run.code or run.text == _BREAK for run in runs):
        text = "".join(run.text for run in runs)
        text = _SPACE.sub(lambda found: "\n" if "\n" in found[0] and not one_line else " ", text)
        runs = [_Run(text.strip(" \n\u00a0"))]
        if not _SPECIAL.search(runs[0].text):
            return runs[0].text
    else:
        runs = _squeezed(runs, one_line=one_line)
    wanted = _html(runs)
    bare = [_Run(run.text, (), run.code) for run in runs]
    for mark in (None, _NEEDED, _ANY_MARK):
        text = _markdown(runs, mark)
        if render(text) == wanted:
            return text
    return _markdown(bare, _ANY_MARK)  # emphasis that Markdown cannot say, as within a word


def _squeezed(runs: Iterable[_Run], *, one_line: bool) -> list[_Run]:
    """Runs without needless white space; marks never begin or end with a space. A newline stays one."""
    chars: list[tuple[str, tuple[str, ...], bool]] = []
    for run in runs:
        for char in run.text:
            if char in " \t\r\n\x00":
                char = _BREAK if char == _BREAK else "\n" if char in "\r\n" else " "
                if one_line or (run.code and char == "\n"):
                    char = " "
                if not chars:
                    continue
                before = chars[-1][0]
                if before in " \n\x00":
                    if char == _BREAK or (char == "\n" and before == " "):
                        chars[-1] = (char, (), False)
                    continue
            chars.append((char, run.marks, run.code))
    while chars and chars[-1][0] in " \n\x00\u00a0":
        chars.pop()
    # A space between two stretches belongs to what both have in common.
    for number in range(1, len(chars) - 1):
        space, own, code = chars[number]
        if space in " \n\x00":
            (_, left, coded), (_, right, coded_too) = chars[number - 1], chars[number + 1]
            common = tuple(a for a, b, c in zip(left, own, right, strict=False) if a == b == c)
            chars[number] = (space, common, code and coded and coded_too and left == right)
    joined: list[_Run] = []
    for char, marks, code in chars:
        if joined and joined[-1].marks == marks and joined[-1].code == code and _BREAK not in (char, joined[-1].text):
            joined[-1] = _Run(joined[-1].text + char, marks, code)
        else:
            joined.append(_Run(char, marks, code))
    return joined


def _markdown(runs: list[_Run], mark: re.Pattern[str] | None) -> str:
    parts: list[str] = []
    for run, sign in _steps(runs, str, str):
        if run is None:
            parts.append(sign)
        elif run.text == _BREAK:
            parts.append("\\\n")
        elif run.code:
            longest = max((len(each) for each in re.findall(r"`+", run.text)), default=0)
            pad = " " if run.text[0] == "`" or run.text[-1] == "`" else ""
            parts.append("`" * (longest + 1) + pad + run.text + pad + "`" * (longest + 1))
        else:
            parts.append(mark.sub(r"\\\g<0>", run.text) if mark else run.text)
    text = "".join(parts)
    return _LINE_MARK.sub(lambda found: f"{found[1] or ''}\\", text) if mark else text


def _html(runs: list[_Run]) -> str:
    """What `questions.markdown.render` makes of these runs if all is well."""
    names = {"**": "strong", "*": "em"}
    parts = ["<p>"]
    for run, tag in _steps(runs, lambda mark: f"<{names[mark]}>", lambda mark: f"</{names[mark]}>"):
        if run is None:
            parts.append(tag)
        elif run.text == _BREAK:
            parts.append("<br>\n")
        else:
            text = html_escape(run.text, quote=False).replace("\u00a0", "&nbsp;")
            parts.append(f"<code>{text}</code>" if run.code else text)
    return "".join((*parts, "</p>"))


def _steps(
    runs: list[_Run], opening: Callable[[str], str], closing: Callable[[str], str]
) -> Iterator[tuple[_Run | None, str]]:
    """The runs, with the marks that open and close between them."""
    now: tuple[str, ...] = ()
    for run in (*runs, _Run("")):
        shared = 0
        while shared < min(len(now), len(run.marks)) and now[shared] == run.marks[shared]:
            shared += 1
        for mark in reversed(now[shared:]):
            yield None, closing(mark)
        for mark in run.marks[shared:]:
            yield None, opening(mark)
        now = run.marks
        if run.text:
            yield run, ""
