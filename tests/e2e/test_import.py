"""Test the import in a browser, with and without scripts: upload, map, check, import, work list, undo, export; axe."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import examples, udemy_csv
from tests.e2e.conftest import Site, assert_accessible
from tests.e2e.instructor import instructor

TIMEOUT_MS = 60_000  # ms: the worker shares a busy machine with the tests

FORM = "/admin/questions/importbatch/import/?exam=MLS-C01"


def draft(about: str, options: str = "abc") -> QuestionContent:
    rows = tuple(OptionContent(letter, letter == "b", f"Way {letter} of the {about}") for letter in options)
    stem = f"A ferry line trains a network with dropout and early stopping on {about}. What helps against {about}?"
    return QuestionContent(id="", stem=stem, options=rows, exam_domain=3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ferries.csv"
    path.write_bytes(udemy_csv.write([draft("fog"), draft("gulls", "abcd"), draft("ice", "ab")], {3: "Sea"}))
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a file that is too large to process within a request."""
    long = "The fog of a harbor hides gulls from every camera of the line. " * 20
    drafts = [replace(draft(f"fog number {n}"), explanation=long) for n in range(250)]
    path = tmp_path / "many ferries.csv"
    path.write_bytes(udemy_csv.write(drafts, {3: "Modeling"}))
    return path


def importer(browser: Browser, site: Site, *, scripts: bool = True) -> Page:
    """Sign an author in and open the list of imports."""
    page = instructor(browser, site, "ida", "Author", java_script_enabled=scripts)
    page.goto(f"{site.url}/admin/questions/importbatch/")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_mapped_checked_imported_processed_and_undone(
    browser: Browser, site: Site, file: Path, *, scripts: bool
) -> None:
    page = importer(browser, site, scripts=scripts)

    def look() -> None:
        if scripts:
            assert_accessible(page)

    page.locator("#content").get_by_role("link", name="Import questions").click()
    expect(page.get_by_role("heading", name="Import questions")).to_be_visible()
    look()
    page.goto(f"{site.url}{FORM}")
    look()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("0 of 3 can be imported.")).to_be_visible(timeout=TIMEOUT_MS)
    look()
    page.get_by_label("Sea").select_option("3")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("2 of 3 can be imported.")).to_be_visible(timeout=TIMEOUT_MS)
    expect(page.get_by_text("at least 3 are required")).to_be_visible()
    look()
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    bar = page.locator(".import .bar").bounding_box()
    assert bar
    assert bar["height"] < 844 / 8  # the table needs the screen
    if size:
        page.set_viewport_size(size)
    page.get_by_role("button", name="Import 2 accepted questions").click()
    expect(page.get_by_text("2 new questions were imported as drafts")).to_be_visible(timeout=TIMEOUT_MS)
    look()
    with page.expect_download() as refused:
        page.get_by_role("link", name="Download", exact=True).click()
    assert b"at least 3 are required" in refused.value.path().read_bytes()
    page.get_by_role("link", name="Assign topics").click()
    expect(page.get_by_text("2 questions have no topic yet.")).to_be_visible()
    look()
    page.get_by_role("link", name="Back to the work list").click()
    page.get_by_role("link", name="Undo the import").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.locator("#content-main").get_by_text("This import was undone.")).to_be_visible(timeout=TIMEOUT_MS)
    page.locator(".breadcrumbs").get_by_role("link", name="Imports").click()
    page.locator("#content").get_by_role("link", name="Export questions").click()
    look()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Udemy CSV").click()
    assert download.value.path().read_bytes().startswith(b'"Question","Question Type",')
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_large_file_is_imported_by_the_worker_and_undone(
    browser: Browser, site: Site, large: Path, *, scripts: bool
) -> None:
    page = importer(browser, site, scripts=scripts)
    page.goto(f"{site.url}{FORM}")
    page.get_by_label("File", exact=True).set_input_files(large)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("250 of 250 can be imported.")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_role("button", name="Import all 250 questions").click()
    expect(page.get_by_text("250 new questions were imported as drafts")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_role("link", name="Assign topics").click()
    accept = page.get_by_role("button", name="Assign the chosen topics")
    if not scripts:  # only once: then it can no longer be undone
        page.get_by_role("combobox", name="Topic").first.select_option(index=1)
        for topic in page.get_by_role("combobox", name="Topic").all()[1:]:
            topic.select_option("")  # later, also where the suggestion is believed
        accept.click()
        expect(page.get_by_text("1 topic was assigned.")).to_be_visible(timeout=TIMEOUT_MS)
        expect(page.get_by_text("249 questions have no topic yet.")).to_be_visible()
    else:
        expect(accept).to_be_visible()
        page.get_by_role("link", name="Back to the work list").click()
        page.get_by_role("link", name="Undo the import").click()
        page.get_by_role("button", name="Undo the import").click()
        expect(page.locator("#content-main").get_by_text("This import was undone.")).to_be_visible(timeout=TIMEOUT_MS)
    page.context.close()


def test_typed_text_is_parsed_beside_the_box(browser: Browser, site: Site) -> None:
    page = importer(browser, site)
    page.goto(f"{site.url}{FORM}")
    box = page.get_by_label("Or paste questions")
    box.fill("1. Which service streams?\nA) One\nB) Two\nC) Three\nAnswer: B")
    expect(page.locator("#text-preview").get_by_text("✓ Two")).to_be_visible(timeout=TIMEOUT_MS)
    box.fill("1. Which service streams?\nA) One\nB) Two\nAnswer: B")
    expect(page.locator("#text-preview").get_by_text("at least 3 are required")).to_be_visible(timeout=TIMEOUT_MS)
    assert_accessible(page)
    page.context.close()


def test_the_example_of_each_format_is_downloaded_and_imported(browser: Browser, site: Site, tmp_path: Path) -> None:
    page = importer(browser, site)
    form = f"{site.url}{FORM}"
    for name, title in examples.FORMATS.items():
        page.goto(form)
        with page.expect_download() as download:
            page.locator(".examples").get_by_role("link", name=title, exact=True).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        page.get_by_label("File", exact=True).set_input_files(file)
        page.get_by_label("Exam domain").select_option("1")
        page.get_by_label("Collection").fill(f"examples-{name}")
        page.get_by_role("button", name="Check the file").click()
        expect(page.locator("#content-main").get_by_text("can be imported.")).to_be_visible(timeout=TIMEOUT_MS)
        expect(page.get_by_text(f"· {title}")).to_be_visible()
        expect(page.locator(".what-refused")).to_have_count(0)
    page.context.close()
