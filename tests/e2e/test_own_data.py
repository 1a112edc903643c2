"""Test in the browser that data is downloaded and deleted, and what a room in another tab says then."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible, start


def test_everything_is_downloaded_as_one_file(page: Page, site: Site) -> None:
    start(page, site)
    page.goto(f"{site.url}/account/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename.startswith("mlsprep-")
    assert download.value.suggested_filename.endswith(".zip")


@pytest.mark.complains("status of 410")
def test_a_room_in_another_tab_says_that_the_data_was_deleted(page: Page, site: Site) -> None:
    start(page, site)
    other = page.context.new_page()
    other.goto(f"{site.url}/account/delete/")
    expect(other.get_by_text("It ends now, without a score.")).to_be_visible()
    other.get_by_role("button", name="Delete my data").click()
    expect(other.get_by_text("Your data was deleted.")).to_be_visible()
    page.locator("#room .option input").first.check(force=True)
    expect(page.get_by_role("heading", name="Your data was deleted")).to_be_visible()
    expect(page.get_by_text("Your last change was not saved.")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('mlsprep:')).length") == 0
