"""Test the figures of study pages in a browser: the policy refuses nothing, and every word can be read on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible

BANK = Path(__file__).resolve().parents[2] / "questions" / "bank"
FIGURES = {path.stem: path.read_text() for path in sorted(BANK.glob("*/guide/figures/*.svg"))}
COUNT = """(svgs) => new Promise((resolve) => {
  let count = 0;
  addEventListener("securitypolicyviolation", () => { count += 1; });
  const box = document.querySelector("figure.figure");
  for (const svg of svgs) box.innerHTML = svg;
  setTimeout(() => resolve(count), 300);
})"""
TEXTS = """(svg) => {
  const box = document.querySelector("figure.figure");
  box.innerHTML = svg;
  const frame = box.getBoundingClientRect();
  return [...box.querySelectorAll("text")].filter((text) => text.textContent.trim()).map((text) => {
    const at = text.getBoundingClientRect();
    const scale = frame.width / box.firstElementChild.viewBox.baseVal.width;
    const size = parseFloat(getComputedStyle(text).fontSize) * scale;
    return [text.textContent, at.left - frame.left, at.right - frame.left, at.top, at.bottom, size, frame.width];
  });
}"""


@pytest.fixture
def page(viewer: Page) -> Page:
    """Return the page that all tests share: they only look."""
    return viewer


def test_a_page_with_a_figure_has_no_fault_in_both_themes(page: Page, site: Site, faults: list[str]) -> None:
    for path in ("classification-metric-choice", "iam-for-ml", "plots-for-analysis"):
        page.goto(f"{site.url}/guide/{path}/")
        expect(page.locator("figure.figure").get_by_role("img")).to_have_count(1)
        assert_accessible(page)


def test_the_policy_refuses_nothing_in_any_figure(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/guide/classification-metric-choice/")
    assert len(FIGURES) > 100
    assert page.evaluate(COUNT, list(FIGURES.values())) == 0


@pytest.mark.complains("refused by the policy", "Content Security Policy")
def test_the_policy_would_refuse_the_styles_of_matplotlib(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/guide/classification-metric-choice/")
    assert page.evaluate(COUNT, [FIGURES["roc"].replace('fill="none"', 'style="fill: none"')]) > 0


def test_the_words_of_each_figure_are_large_enough_and_apart_on_a_phone(
    page: Page, site: Site, faults: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/guide/classification-metric-choice/")
    wrong = []
    for name, svg in FIGURES.items():
        texts = page.evaluate(TEXTS, svg)
        for number, (text, left, right, top, bottom, size, width) in enumerate(texts):
            if left < -1 or right > width + 1:
                wrong.append(f"{name}: '{text}' leaves the figure")
            if size < 10.5:
                wrong.append(f"{name}: '{text}' has {size:.1f} pixels")
            for other, l2, r2, t2, b2, *_ in texts[number + 1 :]:
                if min(right, r2) - max(left, l2) > 1 and min(bottom, b2) - max(top, t2) > 4:
                    wrong.append(f"{name}: '{text}' lies on '{other}'")
    assert wrong == []
