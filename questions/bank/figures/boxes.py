"""Draw plain boxes with arrows from a grid of words: pipelines, decisions, comparisons. `guide_boxes.yaml` has those
of the study guide.

A row is a text with `|` between cells. An empty cell stays empty, and `=` makes the cell before it wider. A cell that
begins with `*` is the one the figure is about, with `?` a decision, with `-` something outside, with `~` a text without
a box; `\\n` begins a new line. Cells are named as in a spreadsheet: `a1>b1` is an arrow, `a1>b1: label` one with words,
`a1<>b1` points both ways. Arrows run straight along rows and columns, else out at the side and in from above or below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import yaml
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from questions.bank.figures.plots import add

WIDTH = 360
_SIZE, _LINE, _PAD, _EDGE = 12, 15, 7, 1
_ABOVE_CAPTION = 5
_ARROW = re.compile(r"([a-f])(\d+)(>|<>)([a-f])(\d+)(?:: ?(.*))?$")
_BOXES = {
    "": "f-wash s-quiet",
    "*": "f-blue-wash s-blue",
    "?": "f-orange-wash s-orange",
    "-": "f-paper s-quiet",
}


@cache
def text_width(text: str, *, bold: bool = False) -> float:
    """Return the width of a line in a wide font, so that it fits in the fonts of other systems too."""
    font = FontProperties(family="DejaVu Sans", size=_SIZE, weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, prop=font).get_extents().x1) if text.strip() else 0.0


@dataclass(frozen=True)
class _Cell:
    mark: str
    lines: list[str]
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


def boxes(
    name: str, rows: str, arrows: str = "", *, gap: int = 24, drop: int = 26, widths: Sequence[float] = ()
) -> None:
    """Add a figure of boxes. `gap` lies between columns, `drop` between rows; `widths` are shares of the columns."""
    add(name, lambda: _svg(rows, arrows, gap, drop, widths, name))


def _svg(text: str, arrows: str, gap: int, drop: int, widths: Sequence[float], name: str) -> str:
    cells, height = _layout(text, gap, drop, widths, name)
    parts = [_arrow(line.strip(), cells, name) for line in arrows.split(";") if line.strip()]
    parts += [_box(cell) for cell in cells.values()]
    lines = (line for part in parts for line in part)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}">'
    return "\n".join((head, *lines, "</svg>")) + "\n"


def _layout(text: str, gap: int, drop: int, widths: Sequence[float], name: str) -> tuple[dict[str, _Cell], float]:
    rows = [[cell.strip() for cell in row.split("|")] for row in text.strip().split("\n")]
    columns = max(map(len, rows))
    shares = widths or (1.0,) * columns
    space = WIDTH - 2 * _EDGE - gap * (columns - 1)
    sizes = [space * share / sum(shares) for share in shares]
    cells: dict[str, _Cell] = {}
    y = float(_EDGE)
    for number, row in enumerate(rows, 1):
        x, made = float(_EDGE), []
        for column, cell in enumerate(row):
            if cell:
                mark = cell[0] if cell[0] in "*?-~" else ""
                last = column + 1
                while last < len(row) and row[last] == "=":
                    last += 1
                width = sum(sizes[column:last]) + gap * (last - column - 1)
                if cell != "=":
                    lines = _wrapped(cell.removeprefix(mark), width - (2 if mark == "~" else 2 * _PAD), mark, name)
                    made.append((column, mark, lines, x, width))
            x += sizes[column] + gap
        if made and number > 1 and all(mark == "~" for _, mark, *_ in made):
            y -= drop - min(drop, _ABOVE_CAPTION)
        tallest = max(len(lines) for _, _, lines, _, _ in made)
        height = tallest * _LINE + (4 if all(mark == "~" for _, mark, *_ in made) else 2 * _PAD)
        for column, mark, lines, left, width in made:
            cells[f"{'abcdef'[column]}{number}"] = _Cell(mark, lines, left, y, width, height)
        y += height + drop
    return cells, y - drop + _EDGE


def _wrapped(text: str, width: float, mark: str, name: str) -> list[str]:
    lines: list[str] = []
    for part in text.split("\\n"):
        line = ""
        for word in part.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, bold=mark == "*") > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    for line in lines:
        if text_width(line, bold=mark == "*") > width:
            raise ValueError(f"Figure {name}: '{line}' is wider than its box.")
    return lines


def _box(cell: _Cell) -> list[str]:
    x, y = cell.middle
    parts = []
    if cell.mark != "~":
        dashes = ' stroke-dasharray="4 3"' if cell.mark == "-" else ""
        radius = 12 if cell.mark == "?" else 3
        parts.append(
            f'<rect class="{_BOXES[cell.mark]}" x="{_n(cell.x)}" y="{_n(cell.y)}" width="{_n(cell.width)}" '
            f'height="{_n(cell.height)}" rx="{radius}" stroke-width="1.4"{dashes}/>'
        )
    first = y - (len(cell.lines) - 1) * _LINE / 2 + _SIZE * 0.36
    bold = ' font-weight="600"' if cell.mark == "*" else ""
    color = "f-quiet" if cell.mark == "~" else "f-ink"
    for number, line in enumerate(cell.lines):
        parts.append(
            f'<text class="{color}" x="{_n(x)}" y="{_n(first + number * _LINE)}" font-size="{_SIZE}" '
            f'text-anchor="middle"{bold}>{escape(line, quote=False)}</text>'
        )
    return parts


def _arrow(text: str, cells: dict[str, _Cell], name: str) -> list[str]:
    match = _ARROW.match(text)
    if match is None or f"{match[1]}{match[2]}" not in cells or f"{match[4]}{match[5]}" not in cells:
        raise ValueError(f"Figure {name}: the arrow '{text}' is not between two cells.")
    one, other = cells[f"{match[1]}{match[2]}"], cells[f"{match[4]}{match[5]}"]
    points, (x, y, anchor) = _route(one, other)
    corner = points[1] if len(points) == 3 else None
    if corner and any(cell.y == one.y and cell.x < corner[0] < cell.x + cell.width for cell in cells.values()):
        raise ValueError(f"Figure {name}: the arrow '{text}' runs behind another box.")
    path = " ".join(f"{'M' if number == 0 else 'L'}{_n(px)} {_n(py)}" for number, (px, py) in enumerate(points))
    parts = [f'<path class="s-ink" fill="none" stroke-width="1.5" d="{path}"/>']
    parts.append(_head(points[-2], points[-1]))
    if match[3] == "<>":
        parts.append(_head(points[1], points[0]))
    if match[6]:
        for number, line in enumerate(match[6].split("\\n")):
            parts.append(
                f'<text class="f-quiet" x="{_n(x)}" y="{_n(y + number * 13)}" font-size="11" '
                f'text-anchor="{anchor}">{escape(line, quote=False)}</text>'
            )
    return parts


def _route(one: _Cell, other: _Cell) -> tuple[list[tuple[float, float]], tuple[float, float, str]]:
    """Return the corners of an arrow, and where its label stands."""
    (x1, y1), (x2, y2) = one.middle, other.middle
    same_row = one.y == other.y
    overlap = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    if same_row:
        start, end = (one.x + one.width, other.x) if x1 < x2 else (one.x, other.x + other.width)
        return [(start, y1), (end, y2)], ((start + end) / 2, y1 - 5, "middle")
    down = y1 < y2
    out, into = (one.y + one.height, other.y) if down else (one.y, other.y + other.height)
    if overlap > 10:
        narrow = one if one.width <= other.width else other
        x = narrow.middle[0]
        return [(x, out), (x, into)], (x + 6, (out + into) / 2 + 4, "start")
    side = one.x + one.width if x1 < x2 else one.x
    return [(side, y1), (x2, y1), (x2, into)], ((side + x2) / 2, y1 - 5, "middle")


def _head(before: tuple[float, float], tip: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = before, tip
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1e-9)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    left, right = (x2 - 7 * dx - 4 * dy, y2 - 7 * dy + 4 * dx), (x2 - 7 * dx + 4 * dy, y2 - 7 * dy - 4 * dx)
    corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in ((x2, y2), left, right))
    return f'<polygon class="f-ink" points="{corners}"/>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


for _figure in yaml.safe_load(Path(__file__).with_name("guide_boxes.yaml").read_text("utf-8")):
    boxes(**_figure)
