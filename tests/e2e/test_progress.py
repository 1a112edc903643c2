"""Test the page of progress in a browser: with no and with several exams, the map by keyboard, a phone, and axe."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible
from tests.mlsprep.processes import manage


def test_without_exams_the_page_offers_to_begin(page: Page, site: Site, learner: str, faults: list[str]) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Progress").click()
    expect(page.get_by_text("No answers yet.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Try 10 questions").click()
    expect(page.get_by_role("heading", name="Practice")).to_be_visible()


def test_after_exams_the_map_leads_by_keyboard_to_the_row_of_a_topic_and_to_practice(
    page: Page, site: Site, learner: str, faults: list[str]
) -> None:
    # A class of another module may hold its paper: scores of exams with its questions would wait.
    site.sql("UPDATE exams_sitting SET released_at = opens_at WHERE released_at IS NULL")
    manage(site.file.parent, "simulate", f"--account={learner}", "--candidates=3", "--theta", "-1", "0.5")
    page.goto(f"{site.url}/progress/")
    expect(page.get_by_role("img", name="Scores of 3 exams")).to_be_visible()
    expect(page.get_by_role("heading", name="Where you can gain most")).to_be_visible()
    assert_accessible(page)
    first = page.locator("[data-topic-map] a").first
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    current = page.locator("[data-topic-map] a:focus")
    expect(page.locator("[data-map-reading]")).to_have_text(current.get_attribute("title") or "")
    expect(page.locator("[data-topic-map] a[tabindex='0']")).to_have_count(1)
    row = page.locator(current.get_attribute("href") or "")
    expect(row).to_be_hidden()
    page.keyboard.press("Enter")
    expect(row).to_be_in_viewport()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    content_width, window_width = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert content_width <= window_width
    assert_accessible(page)
    row.get_by_role("button", name="Practice").click()
    page.wait_for_selector("#room[data-position='1']")


def test_without_scripts_the_map_and_the_tables_are_there(page: Page, site: Site, learner: str) -> None:
    manage(site.file.parent, "simulate", f"--account={learner}", "--candidates=1")
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"{site.url}/progress/")
    cell = plain.locator("[data-topic-map] a").nth(20)
    cell.click()
    expect(plain.locator(cell.get_attribute("href") or "")).to_be_in_viewport()
    context.close()


def test_on_a_phone_the_line_of_the_map_speaks_of_touch_and_covers_nothing(
    page: Page, site: Site, learner: str, faults: list[str]
) -> None:
    manage(site.file.parent, "simulate", f"--account={learner}", "--candidates=1")
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844},
        storage_state=page.context.storage_state(),
    )  # fmt: skip
    phone = context.new_page()
    phone.goto(f"{site.url}/progress/")
    reading = phone.locator("[data-map-reading]")
    expect(reading).to_have_text("Tap a topic to go to its row below.")
    expect(phone.get_by_text("Select a bubble to go to its row below.")).to_be_hidden()
    assert reading.evaluate("element => getComputedStyle(element).position") == "static"
    context.close()
    assert page.goto(f"{site.url}/progress/")
    expect(reading := page.locator("[data-map-reading]")).to_have_text(re.compile("^Point at a topic"))
    assert reading.evaluate("element => getComputedStyle(element).position") == "static"
    page.locator("[data-topic-map] a").first.hover()
    assert reading.evaluate("element => getComputedStyle(element).position") == "sticky"
