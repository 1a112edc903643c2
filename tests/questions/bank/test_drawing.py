"""Test that the scripts draw the figures of the study guides as they are stored, with the pinned packages."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs the development group `figures`")

from questions.bank.figures import guide_plots  # noqa: F401 - it adds its figures
from questions.bank.figures.boxes import boxes
from questions.bank.figures.plots import FIGURES

BANK = Path(__file__).resolve().parents[3] / "questions" / "bank"


@pytest.mark.slow
def test_drawing_again_changes_no_file() -> None:
    stored = {path: path.read_text() for path in BANK.glob("*/guide/figures/*.svg")}
    assert [path.name for path, svg in stored.items() if FIGURES[path.stem]() != svg] == []
    assert {path.stem for path in stored} == FIGURES.keys()


@pytest.mark.parametrize(
    ("rows", "arrows", "sentence"),
    [
        ("Extraordinarily | Internationalization | Telecommunications", "", "is wider than its box"),
        ("One | Two", "a1>c1", "is not between two cells"),
        ("One | Two | Three\n~ | Four", "c1>b2", "runs behind another box"),
    ],
)
def test_boxes_that_nobody_could_read_are_refused(rows: str, arrows: str, sentence: str) -> None:
    boxes("refused", rows, arrows)
    try:
        with pytest.raises(ValueError, match=sentence):
            FIGURES["refused"]()
    finally:
        del FIGURES["refused"]
