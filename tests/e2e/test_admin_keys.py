"""Test the admin with the keyboard, and its lists on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Site
from tests.e2e.instructor import instructor

MAX_TABS_TO_SAVE = 20


@pytest.mark.parametrize("key", ["Control+s", "Meta+s"])
def test_a_question_is_saved_by_a_key_from_within_a_field(browser: Browser, site: Site, key: str) -> None:
    page = instructor(browser, site)
    page.goto(f"{site.url}/admin/questions/question/add/")
    page.wait_for_selector("html.scripted")
    code = f"own-key-{key[0].lower()}"
    page.get_by_label("Code", exact=True).fill(code)
    page.locator("#id_topic-field").select_option(index=3, force=True)
    page.get_by_label("Stem").fill("A ferry counts its passengers. Which step is right?")
    page.keyboard.press(key)
    expect(page.locator(".messagelist")).to_contain_text(f"{code} is saved.")


def test_save_is_reached_with_few_tabs(browser: Browser, site: Site) -> None:
    page = instructor(browser, site)
    page.goto(f"{site.url}/admin/questions/question/add/")
    page.wait_for_selector("html.scripted")
    for _tab in range(MAX_TABS_TO_SAVE - 1):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hash") == "#save":
            page.keyboard.press("Enter")
            break
    expect(page.locator("#save")).to_be_focused()


@pytest.mark.parametrize("path", ["questions/blueprint/", "questions/question/", "questions/history/"])
def test_lists_fit_a_phone(browser: Browser, site: Site, path: str) -> None:
    page = instructor(browser, site, viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/admin/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    if path == "questions/blueprint/":
        cell = page.locator("td.field-minutes").first
        expect(cell).to_be_in_viewport(ratio=1)
        assert cell.get_attribute("data-label") == "Minutes"
