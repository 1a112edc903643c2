"""Test the list of questions in a browser: search, filters, queues; bulk cleanup, submission and approval."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from questions.formats import udemy_csv
from tests import many_questions
from tests.e2e.conftest import Site, assert_accessible, served
from tests.e2e.instructor import instructor

LIST = "/admin/questions/question/"
COUNT = 120  # more than a page


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a server for this module only, because the tests count questions and make pilots."""
    with served(prepared, tmp_path_factory.mktemp("list")) as site:
        yield site


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mills.csv"
    path.write_bytes(udemy_csv.write([many_questions.content(n, exam_domain=3) for n in range(COUNT)], {3: "Modeling"}))
    return path


def choose_all(page: Page, act: str) -> None:
    """Select the whole list, across its pages, and run an action."""
    page.locator("#action-toggle").check()
    page.get_by_text(f"Select all {COUNT}").click()
    expect(page.get_by_text(f"All {COUNT} selected")).to_be_visible()
    page.get_by_label("Action:").select_option(label=act)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text(f"{COUNT} questions are selected.")).to_be_visible()


def test_a_file_is_cleaned_submitted_and_approved_in_bulk(browser: Browser, site: Site, file: Path) -> None:
    lia = instructor(browser, site, "lia", "Author")
    lia.goto(f"{site.url}/admin/questions/importbatch/import/?exam=MLS-C01")
    lia.get_by_label("File", exact=True).set_input_files(file)
    lia.get_by_role("button", name="Check the file").click()
    lia.get_by_role("button", name=f"Import the {COUNT}").or_(lia.get_by_role("button", name="Import all")).click()
    lia.get_by_role("link", name="Questions of this import").click()
    expect(lia.locator("#toolbar")).to_contain_text(f"{COUNT} found")
    assert_accessible(lia)

    choose_all(lia, "Edit selected")
    lia.get_by_label("Your rating").fill("65")
    lia.get_by_label("Facts checked on").fill("2026-11-20")
    lia.get_by_label("License", exact=True).select_option("CC-BY-4.0")
    lia.get_by_label("Topic", exact=True).select_option(index=3)
    lia.locator("#points input").first.check()
    assert_accessible(lia)
    lia.get_by_role("button", name="Show the changes").last.click()
    expect(lia.get_by_role("heading", name=f"{COUNT} ready")).to_be_visible()
    lia.get_by_role("button", name="Change questions").click()
    expect(lia.locator(".messagelist")).to_contain_text(f"{COUNT} questions were changed.")

    choose_all(lia, "Submit for review")
    expect(lia.get_by_role("heading", name=f"{COUNT} with a warning")).to_be_visible()
    assert_accessible(lia)
    lia.locator("#waive-missing-reference").fill("The course book backs them.")
    # Enter only searches again; it never submits.
    lia.locator("#waive-missing-reference").press("Enter")
    expect(lia.get_by_role("heading", name=f"{COUNT} ready")).to_be_visible()
    lia.get_by_role("button", name="Submit for review").click()
    expect(lia.locator(".messagelist")).to_contain_text(f"{COUNT} questions were submitted for review.")
    address = lia.url

    lou = instructor(browser, site, "lou", "Reviewer")
    lou.goto(address)
    choose_all(lou, "Approve")
    expect(lou.get_by_label("Live")).to_be_checked()
    lou.get_by_label("Pilot").check()
    assert_accessible(lou)
    lou.get_by_role("button", name="Approve").click()
    expect(lou.locator(".messagelist")).to_contain_text(f"{COUNT} questions are approved.")
    assert site.sql("SELECT status, count(*) FROM questions_question WHERE license = 'CC-BY-4.0' GROUP BY status") == [
        ("pilot", COUNT)
    ]

    lou.get_by_label("Search the stem").fill("BABABE mill")
    lou.get_by_label("Search the stem").press("Enter")
    expect(lou.locator("#result_list tbody tr")).to_have_count(1)
    lou.get_by_role("link", name="Clear all filters").click()
    lou.get_by_role("link", name="No references").click()
    expect(lou.locator("#toolbar")).to_contain_text(f"{COUNT} found")
    lou.get_by_label("Status", exact=True).select_option("live")
    expect(lou.get_by_text("No question matches.")).to_be_visible()
    assert_accessible(lou)
    lia.context.close()
    lou.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_column_is_cut_off(browser: Browser, site: Site, width: int) -> None:
    page = instructor(browser, site, "lia", "Author", viewport={"width": width, "height": 900})
    page.goto(f"{site.url}{LIST}")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    inner, outer = page.evaluate(
        "[document.querySelector('.results').scrollWidth, document.querySelector('.results').clientWidth]"
    )
    assert inner <= outer
    assert_accessible(page)
    page.context.close()


def test_without_scripts_the_whole_list_is_selected_with_one_checkbox(browser: Browser, site: Site) -> None:
    page = instructor(browser, site, "ina", "Instructor", java_script_enabled=False)
    page.goto(f"{site.url}{LIST}?exam_domain__id__exact=1&origin__exact=shipped")
    retired = "SELECT count(*) FROM questions_question WHERE status = 'retired'"
    before = site.sql(retired)
    page.get_by_label("in this list").check()
    page.get_by_label("Action:").select_option(label="Retire")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="ready")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#result_list")).to_be_visible()
    assert site.sql(retired) == before
    page.context.close()
