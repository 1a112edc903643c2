"""Import in a real browser, with scripts and without: upload, map, check, import, undo, export; axe on each page."""

from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, expect

from questions.interchange import udemy_csv
from questions.interchange.schema import OptionDraft, QuestionDraft
from tests.e2e.conftest import Site, accessible, watch

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def importer(site: Site) -> None:
    """An author, as an administrator would make one."""
    site.sql(
        "INSERT INTO auth_user (username, password, is_staff, is_active, is_superuser, first_name, last_name,"
        " email, date_joined) VALUES ('ida', ?, 1, 1, 0, '', '', '', '2026-01-01')", make_password(PASSWORD),
    )  # fmt: skip
    site.sql(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user u, auth_group g"
        " WHERE u.username = 'ida' AND g.name = 'Author'"
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    def draft(about: str, options: str) -> QuestionDraft:
        rows = tuple(OptionDraft(each, each == "b", f"Way {each} of the {about}") for each in options)
        return QuestionDraft(
            id="", stem=f"A ferry line has trouble with {about}. What helps?", options=rows, exam_domain=3
        )

    path = tmp_path / "ferries.csv"
    path.write_bytes(udemy_csv.write([draft("fog", "abc"), draft("gulls", "abcd"), draft("ice", "ab")], {3: "Sea"}))
    return path


def signed_in(browser: Browser, site: Site, faults: list[str], *, scripts: bool) -> Page:
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.set_default_timeout(10_000)
    watch(page, faults)
    page.goto(f"{site.url}/accounts/login/?next=/admin/questions/importbatch/")
    page.locator("[name=login]").fill("ida")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/importbatch/")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_mapped_checked_imported_and_undone(
    browser: Browser, site: Site, importer: None, file: Path, *, scripts: bool
) -> None:
    faults: list[str] = []
    page = signed_in(browser, site, faults, scripts=scripts)

    def look() -> None:
        if scripts:
            accessible(page)

    page.get_by_role("link", name="Import questions").click()
    look()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("0 of 3 can be imported.")).to_be_visible()
    look()
    page.get_by_label("Sea").select_option("3")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("2 of 3 can be imported.")).to_be_visible()
    expect(page.get_by_text("at least 3 are needed")).to_be_visible()
    look()
    page.get_by_role("button", name="Import the 2 good ones").click()
    expect(page.get_by_text("2 new questions were written as drafts")).to_be_visible()
    look()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.locator("#content-main").get_by_text("This import was undone.")).to_be_visible()
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Export questions").click()
    look()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Udemy CSV").click()
    assert download.value.path().read_bytes().startswith(b"Question,Question Type,")
    assert faults == []
    page.context.close()
