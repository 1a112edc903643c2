"""Test figures of study pages: only our own files are inlined, and only what a strict policy accepts."""

import re
from pathlib import Path

import pytest

from questions.bank.figures.palette import CLASSES
from questions.bank_files import figures, study_pages
from tests.questions.bank_files.test_study_pages import PAGE

ROOT = Path(__file__).resolve().parents[3]
BANKS = sorted(path.parent for path in (ROOT / "questions" / "bank").glob("*/guide"))
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 200">'
    '<path class="s-blue" fill="none" d="M 0 0 L 9 9"/></svg>\n'
)
ROC = "![The curve of a good model rises to the upper left.](figure:roc)"


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """Return the directory of a guide with one figure."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "roc.svg").write_text(SVG)
    return tmp_path


def with_figure(line: str) -> str:
    return PAGE.replace("## How it works\n", f"## How it works\n\n{line}\n")


def test_a_page_shows_its_figure_in_its_place_with_its_alternative(guide: Path) -> None:
    page, faults = study_pages.read(with_figure(ROC), "guide/roc.md", guide)
    assert page is not None, faults
    figure, _, rest = page.works_html.partition("</figure>")
    assert figure.startswith('<figure class="figure"><svg role="img" aria-label="The curve of a good model rises')
    assert '<path class="s-blue" fill="none"' in figure
    assert rest.strip().startswith("<ul>")
    assert "![" not in page.works_html


def test_the_alternative_is_found_by_the_search_and_is_no_prose(guide: Path) -> None:
    page, _faults = study_pages.read(with_figure(ROC), "guide/roc.md", guide)
    without, _faults = study_pages.read(PAGE, "guide/roc.md", guide)
    assert page is not None
    assert without is not None
    assert "The curve of a good model rises to the upper left." in page.text
    assert "figure:" not in page.text
    assert page.n_words == without.n_words


def test_an_alternative_cannot_leave_its_attribute(guide: Path) -> None:
    page, _faults = study_pages.read(with_figure('![A "good" <b> curve](figure:roc)'), "guide/roc.md", guide)
    assert page is not None
    assert 'aria-label="A &quot;good&quot; &lt;b&gt; curve"' in page.works_html


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("![A curve.](figure:pr)", "There is no figure 'pr'."),
        ("![A curve.](figure:../../secret)", "Put a figure between blank lines"),
        ("![](figure:roc)", "The figure has no alternative."),
        ("![ ](figure:roc)", "The figure has no alternative."),
        ("See ![A curve.](figure:roc)", "Put a figure between blank lines"),
        (f"{ROC}\nThe curve", "Put a figure between blank lines"),
        (f"- {ROC}", "Put a figure between blank lines"),
        ("![A curve.](https://example.org/a.svg)", "Images are not allowed."),
    ],
)
def test_a_figure_that_is_missing_or_misplaced_is_a_fault(guide: Path, line: str, sentence: str) -> None:
    page, faults = study_pages.read(with_figure(line), "guide/roc.md", guide)
    assert page is None
    assert [(fault.line, fault.sentence.startswith(sentence)) for fault in faults] == [(7, True)], faults


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('fill="none"', 'style="fill: none"'),
        ('fill="none"', 'fill="#ff0000"'),
        ('fill="none"', 'onclick="alert(1)"'),
        ("<path ", "<script>alert(1)</script><path "),
        ("<path ", '<image href="https://example.org/a.png"/><path '),
        ("<path ", '<use href="https://example.org/a.svg#b"/><path '),
        ("<path ", "<foreignObject/><path "),
        ("<path ", "<style>path{}</style><path "),
        ("</svg>", ""),
        ("<svg ", '<!DOCTYPE svg [<!ENTITY a "b">]><svg '),
        (' viewBox="0 0 360 200"', ""),
    ],
)
def test_what_a_strict_policy_refuses_is_a_fault(old: str, new: str) -> None:
    assert list(figures.svg_faults(SVG, "roc.svg")) == []
    assert old in SVG
    assert list(figures.svg_faults(SVG.replace(old, new), "roc.svg"))


def test_a_figure_that_no_page_shows_is_a_fault(guide: Path) -> None:
    assert list(figures.check(guide, {"roc"})) == []
    [fault] = figures.check(guide, set())
    assert fault.sentence.startswith("No study page shows this figure.")


def test_a_page_is_read_again_after_its_figures_were_drawn_again(tmp_path: Path) -> None:
    guide = tmp_path / "guide"
    (guide / "figures").mkdir(parents=True)
    (guide / "roc.md").write_text(with_figure(ROC))
    assert study_pages.page(tmp_path, "roc") is None
    (guide / "figures" / "roc.svg").write_text(SVG)
    page = study_pages.page(tmp_path, "roc")
    assert page is not None
    assert "s-blue" in page.works_html


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.name)
def test_the_guide_explains_most_topics_with_a_figure(bank: Path) -> None:
    pages = study_pages.page_files(bank)
    shown = [path for path in pages if figures.names(path.read_text())]
    assert len(shown) >= {"mls-c01": 60, "mla-c02": 50}[bank.name]


def test_each_class_of_a_figure_has_a_color_in_both_themes() -> None:
    css = (ROOT / "static" / "css" / "figures.css").read_text()
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text()
    for name in CLASSES.values():
        assert f".figure .f-{name} {{\n  fill: var(--figure-{name});" in css
        assert f".figure .s-{name} {{\n  stroke: var(--figure-{name});" in css
        assert re.search(rf"--figure-{name}: (?:light-dark|var)\(", tokens)
    used = {
        name for bank in BANKS for path in figures.figure_files(bank / "guide").values()
        for value in re.findall(r'class="([^"]+)"', path.read_text()) for name in value.split()
    }  # fmt: skip
    assert used <= {f"{kind}-{name}" for kind in "fs" for name in CLASSES.values()}
