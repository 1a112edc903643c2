"""One style for the plots of the study guide, which are read at the width of a phone, and the list of all figures."""

import io
from collections.abc import Callable

import matplotlib

from questions.bank.figures.clean_svg import cleaned
from questions.bank.figures.palette import BLUE, GREEN, INK, ORANGE, RULE

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

WIDTH = 5.0  # inches of 72 units: a unit is a pixel of a phone 390 wide
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 12, "axes.titlesize": 12, "axes.labelsize": 12,
    "axes.titleweight": "bold", "xtick.labelsize": 11, "ytick.labelsize": 11, "legend.fontsize": 11.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK, "axes.labelcolor": INK,
    "axes.titlecolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK, "grid.color": RULE,
    "lines.linewidth": 2.2, "lines.markersize": 6, "figure.facecolor": "none", "axes.facecolor": "none",
    "patch.edgecolor": INK, "legend.frameon": False, "legend.handlelength": 2.6,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN]), "svg.fonttype": "none", "savefig.transparent": True,
}  # fmt: skip


FIGURES: dict[str, Callable[[], str]] = {}


def add(name: str, draw: Callable[[], str]) -> None:
    """Add a figure, which is drawn as SVG, under a name of its own."""
    if name in FIGURES:
        raise ValueError(f"There are two figures '{name}'.")
    FIGURES[name] = draw


def plot(name: str) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Add a figure that a function draws with matplotlib."""

    def added(draw: Callable[[], Figure]) -> Callable[[], Figure]:
        add(name, lambda: _svg(name, draw))
        return draw

    return added


def _svg(name: str, draw: Callable[[], Figure]) -> str:
    with plt.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = draw()
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return cleaned(file.getvalue(), name)


def axes(height: float = 3.1, columns: int = 1, rows: int = 1, **shared: bool):  # type: ignore[no-untyped-def]
    """Return a figure as wide as the text of a phone, and its axes."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **shared)


def bare(axis) -> None:  # type: ignore[no-untyped-def]
    """Take the ticks away: the shape is what counts."""
    axis.set_xticks([])
    axis.set_yticks([])
