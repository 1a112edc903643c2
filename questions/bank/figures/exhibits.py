"""Pictures of questions: curves and plots that a candidate has to read, as PNG files of the bank.

A script `exhibit_*.py` beside this one draws them. A picture is light with a border, so that it looks the same in both
themes. Its text in the question gives the data that a sighted candidate reads, not what follows from it, so it is
printed from the arrays that are plotted. Another name of the file would be another wording of the question: it is only
written where pixels differ, not where a new library writes the same ones in other bytes.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageChops

from questions.bank.figures.palette import BLUE, INK, ORANGE, RULE
from questions.bank_files import question_yaml
from questions.content.picture_files import PictureFile, clean_picture
from questions.content.pictures import MAX_ALT_CHARS, PICTURE, markdown
from questions.content.schema import QuestionContent

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

WIDTH = 5.3  # inches; with 13 points of text it can be read 358 pixels wide
_DPI = 160
_SAME = 48  # of 255: the largest difference of a pixel that is drawn again, as at the edges of letters
_STYLE = {
    "font.family": "DejaVu Sans", "font.size": 13, "axes.titlesize": 13, "axes.labelsize": 13,
    "axes.titleweight": "bold", "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "axes.edgecolor": INK, "grid.color": RULE, "lines.linewidth": 2.2, "lines.markersize": 6,
    "figure.facecolor": "white", "axes.facecolor": "white", "figure.edgecolor": "#808080", "legend.frameon": False,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE], linestyle=["-", "--"]),
    "figure.constrained_layout.w_pad": 0.1, "figure.constrained_layout.h_pad": 0.1,
}  # fmt: skip


@dataclass(frozen=True)
class Exhibit:
    """The picture of one question, and the text that stands for it."""

    question: str
    draw: Callable[[], Figure]
    alternative: Callable[[], str]


EXHIBITS: dict[str, Exhibit] = {}


def exhibit(question: str, alternative: Callable[[], str]) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Add the picture of a question, which a function draws with matplotlib."""

    def added(draw: Callable[[], Figure]) -> Callable[[], Figure]:
        if question in EXHIBITS:
            raise ValueError(f"There are two exhibits of '{question}'.")
        EXHIBITS[question] = Exhibit(question, draw, alternative)
        return draw

    return added


def values(name: str, numbers: Iterable[float], form: str) -> str:
    """Return a sentence of a text that stands for a picture: a name and its numbers."""
    return f"{name}: {' '.join(format(number, form) for number in numbers)}."


def drawn(one: Exhibit) -> PictureFile:
    """Return the picture as the bank stores pictures."""
    with plt.rc_context(_STYLE):
        figure = one.draw()
        figure.set_linewidth(2)
        file = io.BytesIO()
        figure.savefig(file, dpi=_DPI, edgecolor=figure.get_edgecolor())
        plt.close(figure)
    return clean_picture(file.getvalue())


def look_alike(one: bytes, other: bytes) -> bool:
    """Return whether two pictures have the same size and no pixel that differs to the eye."""
    first, second = (Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other))
    if first.size != second.size:
        return False
    bands = ImageChops.difference(first, second).split()
    return all(int(np.asarray(band).max()) <= _SAME for band in bands)


def write(bank: Path, exhibits: dict[str, Exhibit]) -> Iterator[str]:
    """Write the pictures that differ into their collections; yield what an author has to do in a question, and why."""
    files = {path.stem: path for collection in bank.iterdir() for path in question_yaml.question_files(collection)}
    for code, one in exhibits.items():
        question = question_yaml.read(files[code])[0] if code in files else None
        if question is None:
            yield f"{code}: there is no such question, or its file has faults."
            continue
        if len(one.alternative()) > MAX_ALT_CHARS:
            yield f"{code}: the text of the picture has {len(one.alternative())} characters, of {MAX_ALT_CHARS}."
        yield from _write(files[code].parents[1], question, one)


def _write(collection: Path, question: QuestionContent, one: Exhibit) -> Iterator[str]:
    picture, old = drawn(one), PICTURE.search(question.stem)
    stored = collection / old["name"] if old else None
    if stored and stored.is_file() and look_alike(stored.read_bytes(), picture.data):
        name = old["name"] if old else ""
    else:
        name = picture.name
        (collection / name).parent.mkdir(exist_ok=True)
        (collection / name).write_bytes(picture.data)
    wanted = markdown(name, one.alternative())
    if old is None:
        yield f"{question.id}: put the picture into its stem: {wanted}"
    elif old[0] != wanted:
        yield f"{question.id}: raise its revision, and put this in place of its picture: {wanted}"
