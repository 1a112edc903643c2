"""Test the index of the admin in a browser: tiles, header and collapsed tables, by keyboard and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Site, assert_accessible
from tests.e2e.instructor import account, signed_in

STAFF = (("desk-ina", "Instructor"), ("desk-rob", "Reviewer"), ("desk-adm", "Administrator"))


@pytest.fixture(scope="module")
def staff(site: Site) -> None:
    for name, group in STAFF:
        account(site, name, group)


@pytest.fixture
def reported(site: Site) -> Iterator[str]:
    """Yield the code of a live question that candidates have reported; close the reports after the test."""
    [(code, revision)] = site.sql(
        "SELECT code, current_id FROM questions_question WHERE status = 'live'"
        " AND current_id NOT IN (SELECT revision_id FROM questions_questionreport) ORDER BY id LIMIT 1"
    )
    for candidate in range(4):  # more than any other test reports, so that it is listed first
        site.sql(
            "INSERT INTO questions_questionreport (revision_id, candidate_uuid, ticked, text, status, outcome, at)"
            " VALUES (?, ?, 0, 'No option is right.', 'open', '', '2026-11-01')",
            revision,
            f"{candidate:032}",
        )
    yield code
    site.sql(
        "UPDATE questions_questionreport SET status = 'closed', outcome = 'Thank you.' WHERE revision_id = ?", revision
    )


def test_an_instructor_opens_the_waiting_work_from_the_index(
    browser: Browser, site: Site, staff: None, reported: str
) -> None:
    page = signed_in(browser, site, "desk-ina")
    page.goto(f"{site.url}/admin/")
    expect(page.get_by_role("heading", name="Question bank", level=1)).to_be_visible()
    expect(page.get_by_text("All tables")).to_have_count(0)
    assert_accessible(page)
    row = page.locator(".desk-rows").first.get_by_role("listitem").filter(has_text=reported)
    expect(row).to_contain_text("4 reports: “No option is right.”")
    row.get_by_role("link", name="Open the reports").click()
    expect(page.locator("#content-main")).to_contain_text("No option is right.")
    page.get_by_role("link", name="Question bank").first.click()
    page.locator(".tiles").get_by_role("link", name="Needs attention").click()
    expect(page.get_by_role("heading", name="Needs attention", level=1)).to_be_visible()
    assert_accessible(page)
    page.goto(f"{site.url}/admin/")
    page.get_by_role("link", name="Write a question").click()
    expect(page.locator("#write")).to_be_visible()
    page.goto(f"{site.url}/admin/checks/")
    expect(page.get_by_role("status")).to_contain_text("Checked 1–100")
    assert_accessible(page)
    page.get_by_role("link", name="Check the next 100").click()
    expect(page.get_by_role("status")).to_contain_text("Checked 101–200")
    page.context.close()


def test_the_menu_and_the_tables_open_by_keyboard(browser: Browser, site: Site, staff: None) -> None:
    page = signed_in(browser, site, "desk-adm")
    page.goto(f"{site.url}/admin/")
    tables = page.locator("#tables")
    expect(tables.get_by_role("link", name="Attempts")).to_be_hidden()
    tables.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(tables.get_by_role("link", name="Attempts")).to_be_visible()
    assert_accessible(page)
    menu = page.locator(".me")
    expect(menu.get_by_role("link", name="Change password")).to_be_hidden()
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Change password")).to_be_visible()
    assert_accessible(page)
    menu.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/admin/logout/")
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 640])
def test_without_scripts_on_a_narrow_screen_everything_is_visible(
    browser: Browser, site: Site, staff: None, width: int
) -> None:
    page = signed_in(browser, site, "desk-adm", java_script_enabled=False, viewport={"width": width, "height": 800})
    page.goto(f"{site.url}/admin/")
    for name in ("Questions", "Review queue", "Import", "All tables"):
        expect(page.locator("#header nav").get_by_role("link", name=name)).to_be_visible()
    for tile in page.locator(".tiles a").all():
        box = tile.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.locator("#header nav").get_by_role("link", name="All tables").click()
    expect(page.locator("#tables").get_by_role("link", name="Attempts")).to_be_visible()
    page.context.close()


def test_a_reviewer_starts_with_waiting_questions(browser: Browser, site: Site, staff: None) -> None:
    page = signed_in(browser, site, "desk-rob")
    page.goto(f"{site.url}/admin/")
    expect(page.get_by_text("Write a question")).to_have_count(0)
    page.locator(".tiles").get_by_role("link", name="Review queue").click()
    expect(page.get_by_role("heading", name="Review queue", level=1)).to_be_visible()
    page.context.close()
