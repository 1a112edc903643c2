"""Test an exam of a class in browsers: create, join by code, sit, watch on the board, results and release."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, answer, assert_accessible, next_question, wait_for_room
from tests.e2e.instructor import instructor
from tests.e2e.rooms import lose_posts

ONE_REFRESH_MS = 40_000  # the board asks every ten seconds
SECONDS_TO_HEAR = 30  # of a candidate who does nothing: the room of a class asks every fifteen


def moment(minutes: int) -> str:
    """Return a time from now as a field for date and time takes it. The browsers of the tests are in UTC."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def create(page: Page, site: Site, name: str) -> str:
    """Create an exam that is open, and return its code; the page then shows it."""
    page.goto(f"{site.url}/admin/exams/sitting/add/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Opens").fill(moment(-5))
    page.get_by_label("Last start").fill("")
    page.get_by_label("Ends for all").fill(moment(170))
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page.locator(".class-code b").inner_text()


def join(page: Page, site: Site, code: str, name: str) -> None:
    """Enter the code and a name, and start."""
    page.goto(f"{site.url}/join/")
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill(name)
    assert_accessible(page)
    page.get_by_role("button", name="Start exam").click()
    wait_for_room(page, 1)


@pytest.mark.complains("ERR_FAILED")
def test_a_start_whose_reply_is_lost_is_asked_for_again_and_starts_once(
    browser: Browser, page: Page, site: Site
) -> None:
    ines = instructor(browser, site, timezone_id="UTC")
    page.goto(f"{site.url}/join/{create(ines, site, 'Lost replies')}/")
    page.get_by_label("Your name").fill("Ana Silva")
    lost = lose_posts(page, "**/join/*/", 1, cookie="sessionid")
    page.get_by_role("button", name="Start exam").click()
    wait_for_room(page, 1)
    assert lost == [200]
    assert site.sql(
        "SELECT count(*) FROM exams_attempt a JOIN exams_sitting s ON s.id = a.sitting_id WHERE s.name = 'Lost replies'"
    ) == [(1,)]


def row_of(page: Page, name: str) -> str:
    return page.get_by_role("row", name=re.compile(name)).inner_text()


@pytest.mark.complains("status of 422")
def test_a_class_from_the_first_form_to_the_release(browser: Browser, site: Site) -> None:
    ines = instructor(browser, site, timezone_id="UTC")
    ines.goto(f"{site.url}/admin/exams/sitting/add/")
    assert_accessible(ines)
    ines.get_by_label("Name", exact=True).fill("Class 7b")
    ines.get_by_label("Last start").fill("")
    ines.get_by_role("button", name="Create").click()
    expect(ines.get_by_role("alert")).to_contain_text("Without an end, participants see no score")
    expect(ines.get_by_role("button", name="Create anyway")).to_be_visible()
    assert_accessible(ines)
    code = create(ines, site, "Class 7b")
    assert_accessible(ines)
    change = ines.url
    ines.get_by_role("link", name="See the paper").click()
    assert_accessible(ines)
    ines.get_by_role("link", name="Without the key").click()
    ines.emulate_media(media="print")
    expect(ines.locator(".paper-name")).to_be_visible()
    controls = ines.locator("a, button, input, .help")
    assert not [found for found in controls.all() if found.is_visible()], "print shows nothing but the questions"
    ines.emulate_media(media="screen")
    ines.goto(change.replace("change/", "sheet/"))
    assert_accessible(ines)

    ana = browser.new_context().new_page()
    join(ana, site, code, "Ana Silva")
    answer(ana)
    next_question(ana)

    ines.goto(change)
    ines.get_by_role("link", name="Board").click()
    expect(ines.get_by_role("row", name=re.compile("Ana Silva"))).to_contain_text("1 of 65")
    assert_accessible(ines)
    ines.get_by_label("Select Ana Silva").check()
    answer(ana)
    next_question(ana)
    expect(ines.get_by_role("row", name=re.compile("Ana Silva"))).to_contain_text("2 of 65", timeout=ONE_REFRESH_MS)
    expect(ines.get_by_label("Select Ana Silva")).to_be_checked()  # kept by the refresh
    ines.get_by_role("button", name="Give extra time").click()
    ines.get_by_label("Minutes").fill("10")
    ines.get_by_label("Reason").fill("A cable was pulled")
    assert_accessible(ines)
    ines.get_by_role("button", name="Give extra time").click()
    expect(ines.get_by_role("row", name=re.compile("Ana Silva"))).to_contain_text("+10 min")
    ines.get_by_role("link", name="Move the window").click()
    assert_accessible(ines)

    ana.goto(f"{ana.url.split('/questions/')[0]}/finish/")
    ana.get_by_role("button", name="Finish exam").click()
    expect(ana.get_by_role("heading", name="Your exam is handed in")).to_be_visible()
    expect(ana.get_by_text("or when the last person has finished")).to_be_visible()
    expect(ana.get_by_text("You see your score as soon as nobody can start or write any more.")).to_be_visible()
    assert_accessible(ana)

    ines.goto(change)
    ines.get_by_role("link", name="Results").click()
    expect(ines.get_by_role("row", name=re.compile("Ana Silva"))).to_contain_text("not passed")
    ines.get_by_text("The numbers of the chart").click()
    assert_accessible(ines)
    with ines.expect_download() as download:
        ines.get_by_role("link", name="Excel workbook").click()
    assert download.value.suggested_filename == f"results-{code}.xlsx"
    ines.get_by_role("link", name="Score", exact=True).click()
    expect(ines.get_by_role("columnheader", name="Score")).to_have_attribute("aria-sort", "ascending")
    ines.get_by_role("link", name="Ana Silva").click()
    expect(ines.get_by_role("heading", name="Ana Silva")).to_be_visible()
    expect(ines.locator("article")).to_have_count(65)
    ines.go_back()
    ines.get_by_role("link", name="Question by question").click()
    expect(ines.get_by_text("1 person").first).to_be_visible()
    ines.get_by_text("1 person").first.click()
    expect(ines.get_by_text("Ana Silva").first).to_be_visible()

    ines.goto(change)
    ines.get_by_role("link", name="Release the answers").click()
    assert_accessible(ines)
    ines.get_by_role("button", name="Release the answers now").click()
    expect(ines.locator(".messagelist")).to_contain_text("The answers are released")
    ana.reload()
    expect(ana.get_by_role("heading", name=re.compile("assed:"))).to_be_visible()


def test_the_board_works_without_scripts(browser: Browser, site: Site) -> None:
    ines = instructor(browser, site, java_script_enabled=False)
    code = create(ines, site, "Class 8c")
    ines.get_by_role("link", name="Board").click()
    expect(ines.get_by_text("Nobody.")).to_be_visible()
    ben = browser.new_context().new_page()
    join(ben, site, code, "Ben Okoro")
    ines.get_by_role("link", name="Reload").click()
    assert "writing" in row_of(ines, "Ben Okoro")
    ines.get_by_label("Select Ben Okoro").check()
    ines.get_by_role("button", name="End the exam").click()
    ines.get_by_label("Reason").fill("Went home ill")
    ines.get_by_role("button", name="End the exam").click()
    assert "ended by staff" in row_of(ines, "Ben Okoro")
    expect(ines.get_by_text("Went home ill")).to_be_visible()
    expect(ben.get_by_role("timer")).to_be_hidden(timeout=SECONDS_TO_HEAR * 1000)
    ines.get_by_role("button", name="Close the joining").click()
    expect(ines.get_by_text("Nobody else can join since")).to_be_visible()
    late = browser.new_context().new_page()
    late.goto(f"{site.url}/join/{code}/")
    expect(late.get_by_text("Joining is closed")).to_be_visible()
