"""Test the keys of flash cards in a browser: Space turns one, 1 to 4 rate it once it is turned, U takes that back."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible


def expect_counts(page: Page, counts: str) -> None:
    """Wait for the page with these counts and for its script, which hears the keys."""
    expect(page.get_by_text(counts)).to_be_visible()
    page.wait_for_load_state()


def test_a_deck_is_studied_with_the_keyboard_alone(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/cards/?exam=MLS-C01")
    assert_accessible(page)
    page.get_by_role("link", name="Do not confuse").focus()
    page.keyboard.press("Enter")
    question, back = page.locator(".flash-name"), page.locator("#back")
    expect_counts(page, "0 due, 10 new today")
    first = question.inner_text()
    assert " or " in first
    page.keyboard.press("4")
    expect(question).to_have_text(first, use_inner_text=True)
    page.keyboard.press("Space")
    expect(back).to_have_attribute("open", "")
    assert_accessible(page)
    page.keyboard.press("Space")
    expect(back).not_to_have_attribute("open", "")
    page.keyboard.press("Space")
    page.keyboard.press("3")
    expect_counts(page, "0 due, 9 new today")
    expect(question).not_to_have_text(first, use_inner_text=True)
    page.keyboard.press("u")
    expect_counts(page, "0 due, 10 new today")
    expect(question).to_have_text(first, use_inner_text=True)
    page.set_viewport_size({"width": 320, "height": 700})
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Again in 10 minutes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
    page.goto(f"{site.url}/cards/?exam=MLS-C01")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
