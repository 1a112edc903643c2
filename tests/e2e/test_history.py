"""Test the history and the missed questions in a browser, with exams and practice: axe, light and dark, and a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible, wait_for_room
from tests.mlsprep.processes import manage


@pytest.mark.parametrize(("path", "heading"), [("history/", "History"), ("missed/", "Missed questions")])
def test_the_page_after_exams_is_accessible_and_fits_a_phone(
    page: Page, site: Site, learner: str, faults: list[str], path: str, heading: str
) -> None:
    manage(site.file.parent, "simulate", f"--account={learner}", "--candidates=2")
    page.goto(f"{site.url}/practice/")
    page.get_by_role("button", name="Try 10").click()
    wait_for_room(page, 1)
    page.locator(".room-sheet [name=finish]").click()
    page.wait_for_url("**/finish/")
    page.get_by_role("button", name="End practice").click()
    page.wait_for_url("**/report/")
    page.goto(f"{site.url}/{path}")
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    content_width, window_width = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert content_width <= window_width
    assert_accessible(page)
