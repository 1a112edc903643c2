"""Figures of study pages: SVG files in `guide/figures/` of a bank directory, which become part of the page (no Django).

Only files of our own are inlined, never anything from a database or an upload. They have no style, script or address,
so that they fit a strict content security policy, and classes instead of colors (`static/css/figures.css`).
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from questions.content import markdown
from questions.content.schema import Fault

SCHEME = "figure:"
FIGURE = re.compile(rf"^!\[(?P<alt>[^\[\]\n]*)\]\({SCHEME}(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\)$", re.MULTILINE)
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "defs", "clipPath", "path", "rect", "circle", "polygon", "text", "tspan", "use"})
_ATTRIBUTES = frozenset({
    "viewBox", "id", "class", "d", "x", "y", "width", "height", "rx", "cx", "cy", "r", "points", "transform",
    "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
    "opacity", "fill-opacity", "stroke-opacity", "fill-rule", "font-size", "font-weight", "font-style", "text-anchor",
})  # fmt: skip
_VALUES = {
    "fill": re.compile("none"),
    "stroke": re.compile("none"),
    "href": re.compile("#[a-z0-9-]+"),
    "clip-path": re.compile(r"url\(#[a-z0-9-]+\)"),
}


def figure_directory(guide: Path) -> Path:
    """Return the directory of the figures beside the pages of a guide."""
    return guide / "figures"


def figure_files(guide: Path) -> dict[str, Path]:
    """Return the figures of a guide by name."""
    return {path.stem: path for path in sorted(figure_directory(guide).glob("*.svg"))}


def names(text: str) -> list[str]:
    """Return the names of the figures that a text shows."""
    return [match["name"] for match in FIGURE.finditer(text)]


def without_figures(text: str) -> str:
    """Return a text without its figures: their alternatives are no prose of the page."""
    return FIGURE.sub("", text)


def described(text: str) -> str:
    """Return a text with the alternative of each figure in its place, for the search."""
    return FIGURE.sub(lambda match: match["alt"], text)


def render(text: str, svgs: Mapping[str, str]) -> str:
    """Return a text as HTML blocks, with its figures."""
    parts, end = [], 0
    for match in FIGURE.finditer(text):
        parts += [markdown.render(text[end : match.start()]), _html(svgs[match["name"]], match["alt"])]
        end = match.end()
    return "\n".join(filter(None, [*parts, markdown.render(text[end:])]))


def _html(svg: str, alternative: str) -> str:
    labeled = svg.strip().replace("<svg ", f'<svg role="img" aria-label="{escape(alternative)}" ', 1)
    return f'<figure class="figure">{labeled}</figure>'


def page_faults(text: str, file: str, guide: Path | None) -> Iterator[Fault]:
    """Yield a fault for each figure of a page that is missing, has no alternative, or does not stand alone."""
    known = figure_files(guide) if guide else {}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if f"]({SCHEME}" not in line:
            continue
        match = FIGURE.fullmatch(line)
        around = lines[max(0, number - 2) : number - 1] + lines[number : number + 1]
        if match is None or any(other.strip() for other in around):
            yield Fault(file, number, "", "Put a figure between blank lines, as ![alternative](figure:name).")
        elif not match["alt"].strip():
            yield Fault(file, number, "", "The figure has no alternative. Say in a sentence or two what it shows.")
        elif match["name"] not in known:
            yield Fault(file, number, "", f"There is no figure '{match['name']}'. Correct the name, or draw it.")


def check(guide: Path, used: set[str]) -> Iterator[Fault]:
    """Yield the faults of the figures of a guide: what a strict policy refuses, and figures that no page shows."""
    for name, path in figure_files(guide).items():
        yield from svg_faults(path.read_text(encoding="utf-8"), str(path))
        if name not in used:
            yield Fault(str(path), None, "", "No study page shows this figure. Remove it, or show it.")


def svg_faults(svg: str, file: str) -> Iterator[Fault]:
    """Yield a fault for each element and attribute of an SVG that may not be part of a page."""
    try:
        root: Element = fromstring(svg)
    except (ParseError, DefusedXmlException) as error:
        yield Fault(file, 1, "", f"This is no SVG: {error}. Draw it again.")
        return
    if root.tag != f"{_SVG}svg" or not root.get("viewBox"):
        yield Fault(file, 1, "", "The root is not an svg element with a viewBox. Draw it again.")
    for element in root.iter():
        tag = str(element.tag).removeprefix(_SVG)
        if tag not in _ELEMENTS:
            yield Fault(file, None, tag, "This element is not allowed in figures. Draw it with `make figures`.")
        for key, value in element.attrib.items():
            if key not in _ATTRIBUTES and not (key in _VALUES and _VALUES[key].fullmatch(value)):
                sentence = "is not allowed in figures. Draw it with `make figures`."
                yield Fault(file, None, f"{tag}.{key}", f"'{value[:40]}' {sentence}")
