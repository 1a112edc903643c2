"""Render texts of questions as HTML: a subset of Markdown, rendered once and cleaned.

The subset is paragraphs, lists, tables, code, emphasis, TeX formulas and stored pictures, without HTML, links, other
images and headings. Other markup stays as it was typed. The result has no style, script or address of another site, so
it fits a strict content security policy. Pictures are named relative to the site (`questions.models.rendered_html`).
"""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from importlib import import_module
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from questions.content import formulas
from questions.content.pictures import PICTURE
from questions.content.prose import is_question, split_ask

# The parser fills short rows up to the columns of the head, which made 65,000 cells of 2 kB. It cuts a table off now.
MAX_ADDED_CELLS = 100
tables: Any = import_module("markdown_it.rules_block.table")  # its package has the function of this name instead
tables.MAX_AUTOCOMPLETED_CELLS = MAX_ADDED_CELLS

_INLINE = ["backticks", "emphasis", "escape", "newline"]
_INLINE_TAGS = {"code", "strong", "em", "br", "img", *formulas.ELEMENTS}
_TAGS = set("p ul ol li table thead tbody tr th td div pre".split()) | _INLINE_TAGS  # noqa: SIM905 - a list to read
_ATTRIBUTES = {
    "div": {"role", "tabindex", "aria-label"},
    "pre": {"tabindex"},
    "th": {"scope"},
    "ol": {"start"},
    "img": {"src", "alt"},
    **formulas.ATTRIBUTES,
}
_CLASSES = {"code": {"broken"}, "div": {"scroll"}, "p": {"ask"}, "th": {"n"}, "td": {"n"}}

_FIGURE = re.compile(r"[-−+±]?[$€]?\d[\d,.]*\s?(?:%|[a-zA-Z]{1,3})?")

type _Env = MutableMapping[str, Any]


class _Renderer(RendererHTML):
    """A renderer that puts tables and code blocks into scrollable regions with keyboard access."""

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        label = escape(tokens[idx].meta["label"])
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return formulas.render_formula(tokens[idx].content, display=tokens[idx].meta["display"])

    def picture(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f'<img src="{tokens[idx].content}" alt="{escape(tokens[idx].meta["alt"])}">'


def _picture(state: StateInline, silent: bool) -> bool:
    """Parse the stored picture at this place of a text, if there is one."""
    match = PICTURE.match(state.src, state.pos) if state.src[state.pos] == "!" else None
    if match is None:
        return False
    if not silent:
        token = state.push("picture", "", 0)
        token.content, token.meta = match["name"], {"alt": match["alt"]}
    state.pos = match.end()
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """Parse the formula at this place of a text, if there is one."""
    match = formulas.FORMULA.match(state.src, state.pos) if state.src[state.pos] == "$" else None
    if match is None or (match["inline"] and formulas.is_price(match["inline"])):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.meta = match["display"] or match["inline"], {"display": bool(match["display"])}
    state.pos = match.end()
    return True


def _table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parse the table at this line, and note in the environment if it was cut off: its rows are too short."""
    before = len(state.tokens)
    found: bool = tables.table(state, first, end, silent)
    if found and not silent and state.line < end and not state.isEmpty(state.line):
        cells = list(pairwise(state.tokens[before:]))
        columns = sum(token.type == "th_open" for token, _content in cells)
        empty = sum(token.type == "td_open" and not content.content for token, content in cells)
        if empty + columns > MAX_ADDED_CELLS:
            state.env["short rows"] = True
    return found


def _parser(blocks: list[str]) -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False}, renderer_cls=_Renderer)
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("escape", "picture", _picture)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    return parser.enable([*_INLINE, *blocks])


def _cleaner(tags: set[str]) -> nh3.Cleaner:
    return nh3.Cleaner(tags=tags, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, url_schemes=set(), link_rel=None)


_BLOCKS = _parser(["fence", "list", "table"])
_LINES = _parser(["fence"])
# Made once: to set up a cleaner takes several times as long as to clean a text.
_CLEANER, _INLINE_CLEANER = _cleaner(_TAGS), _cleaner(_INLINE_TAGS)


SHORT_ROWS = "Rows of a table have many cells less than its head. Complete them, or give the head fewer columns."


def has_short_rows(text: str) -> bool:
    """Return whether a table of the text has rows that are much shorter than its head, and is cut off there."""
    env: _Env = {}
    if "|" in text:
        _BLOCKS.parse(text, env)
    return bool(env)


def render(text: str) -> str:
    """Return a text as HTML blocks."""
    return _html(_BLOCKS.parse(text))


def render_stem(text: str) -> str:
    """Return a stem as HTML blocks; its question, with '(Select TWO.)', is a paragraph of class `ask`.

    The question is the last sentence of the last paragraph that ends with a question mark, or else of the last
    paragraph. Paragraphs in lists and tables do not count.
    """
    tokens = _BLOCKS.parse(text)
    paragraphs = [
        (token.map, tokens[number + 1].content)
        for number, token in enumerate(tokens)
        if token.type == "paragraph_open"
        and token.level == 0
        and token.map
        and PICTURE.sub("", tokens[number + 1].content).strip()
    ]
    asking = [paragraph for paragraph in paragraphs if is_question(paragraph[1])]
    if not paragraphs:
        return _html(tokens)
    (first, end), content = (asking or paragraphs)[-1]
    before, question = split_ask(content)
    cut = len(content) - len(question)
    if any(len(question.split(mark)) % 2 == 0 for mark in ("`", "*", "**")) or any(
        formula.start() < cut < formula.end() for formula in formulas.find_formulas(content)
    ):
        before = ""  # the sentence begins within code, emphasis or a formula: leave it whole
    if before:
        lines, above = text.split("\n"), [*before.split("\n"), ""]
        tokens = _BLOCKS.parse("\n".join([*lines[:first], *above, *question.split("\n"), *lines[end:]]))
        first += len(above)
    for token in tokens:
        if token.type == "paragraph_open" and token.level == 0 and token.map and token.map[0] == first:
            token.attrSet("class", "ask")
    return _html(tokens)


def render_inline(text: str) -> str:
    """Return an option as HTML for a label: paragraphs and code blocks become lines."""
    parts = []
    for token in _LINES.parse(text):
        if token.type == "inline":
            parts.append(_LINES.renderer.render([token], _LINES.options, {}))
        elif token.type == "fence":
            lines = (escape(line).replace("  ", "\u00a0 ") for line in token.content.rstrip("\n").split("\n"))
            parts.append("<br>".join(f"<code>{line}</code>" for line in lines))
    return _INLINE_CLEANER.clean("<br>".join(parts)).strip()


def _html(tokens: list[Token]) -> str:
    for number, token in enumerate(tokens):
        if token.type in ("th_open", "td_open"):
            # The parser aligns by a style attribute, which the security policy forbids: use a class.
            aligned = str(token.attrs.pop("style", ""))
            if aligned.endswith("right"):
                token.attrSet("class", "n")
            if token.type == "th_open" and tokens[number + 1].content:
                token.attrSet("scope", "col")
            elif token.type == "th_open":
                token.tag = tokens[number + 2].tag = "td"  # an empty header cell names no column
        elif token.type == "table_open":
            token.meta["label"] = _label(tokens[number:])
            _align_figures(tokens[number:])
    return _CLEANER.clean(_BLOCKS.renderer.render(tokens, _BLOCKS.options, {})).strip()


def _align_figures(tokens: list[Token]) -> None:
    """Align columns of figures to the right, so that their digits line up."""
    columns: dict[int, list[tuple[Token, str]]] = {}
    column = 0
    for token, content in pairwise(tokens):
        if token.type == "tr_open":
            column = 0
        elif token.type in ("th_open", "td_open"):
            columns.setdefault(column, []).append((token, _plain(content)))
            column += 1
        elif token.type == "table_close":
            break
    for cells in columns.values():
        if all(_FIGURE.fullmatch(text) for cell, text in cells if cell.type == "td_open"):
            for cell, _ in cells:
                cell.attrSet("class", "n")


def _label(tokens: list[Token]) -> str:
    """Return the label of a table for screen readers: its column heads."""
    end = next(number for number, token in enumerate(tokens) if token.type == "thead_close")
    heads = [_plain(token) for token in tokens[:end] if token.type == "inline"]
    return ", ".join(head for head in heads if head) or "Table"


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ()).strip()
