"""Test a whole exam in a browser: 65 questions to report and review, and resuming after every way of leaving."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import TIMEOUT_MS, Site, answer, assert_accessible, next_question, start, wait_for_room
from tests.e2e.rooms import OFFLINE


def test_a_guest_answers_all_65_questions_to_the_report_and_the_review(
    page: Page, site: Site, faults: list[str]
) -> None:
    page.goto(site.url)
    expect(page.get_by_text("AWS retired this exam on 31 March 2026. You can no longer book it.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Start an exam").click()
    expect(page.get_by_role("heading", name="Before you start")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Start exam").click()
    wait_for_room(page, 1)
    for position in range(1, 66):
        expect(page.get_by_role("heading", name=f"Question {position} of 65")).to_be_visible()
        answer(page, position)
        if position == 2:
            page.get_by_role("button", name="Flag for review").click()
            expect(page.get_by_role("button", name="Flagged for review")).to_have_attribute("aria-pressed", "true")
            assert_accessible(page)
        if position == 65:
            page.locator(".room-moves .next").click()
        else:
            next_question(page)
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    expect(page.get_by_text("65 of 65 answered")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Flagged").click()
    expect(page.get_by_role("button", name="Question 2, answered, flagged")).to_be_visible()
    page.get_by_role("link", name="Finish exam").click()
    expect(page.get_by_role("heading", name="Finish exam?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_have_text(re.compile("assed:"))
    assert_accessible(page)
    page.get_by_text("How this was worked out").click()
    expect(page.get_by_text("Form seed")).to_be_visible()
    page.get_by_role("link", name="Review all 65 questions").click()
    expect(page.locator("h1")).to_contain_text("1 of 65")
    page.get_by_role("link", name="All on one page").click()
    expect(page.locator("article")).to_have_count(65)
    page.get_by_role("link", name=re.compile("^Missed")).click()
    page.wait_for_url("**/review/?show=missed")
    assert 0 < page.locator("article").count() < 65
    page.get_by_role("link", name=re.compile("^All 65")).click()
    page.get_by_role("link", name=re.compile("^Unscored")).click()
    expect(page.locator("article")).to_have_count(15)
    expect(page.get_by_text("no, an unscored question").first).to_be_visible()
    assert_accessible(page)  # every kind of card, in a quarter of the time that 65 take
    review_one_by_one(page)
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("cell", name=re.compile("Passed|Not passed"))).to_be_visible()
    assert_accessible(page)
    page.goto(f"{site.url}/method/")
    assert_accessible(page)


def review_one_by_one(page: Page) -> None:
    """Go from the page of all unscored questions through some of them, with links and with keys."""
    page.locator("article h2 a").first.click()
    expect(page.locator("h1")).to_contain_text("1 of 15")
    assert_accessible(page)
    expect(page.get_by_text("Keys: N next, P previous, S star, W note.")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("2 of 15")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Starred")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("p")
    expect(page.locator("h1")).to_contain_text("1 of 15")
    page.get_by_role("link", name="Starred 1").click()
    expect(page.locator("h1")).to_contain_text("1 of 1")
    expect(page.locator(".sheet .cell")).to_have_count(1)


def test_closing_and_reopening_the_browser_loses_nothing(context: Any, page: Page, site: Site) -> None:
    attempt = start(page, site)
    next_question(page)
    answer(page, 1)
    expect(page.locator("#save")).to_contain_text("Saved")
    page.close()
    back = context.new_page()
    back.goto(attempt)
    expect(back.get_by_role("heading", name="Question 2 of 65")).to_be_visible()
    assert back.locator("[name=option]:checked").count() >= 1
    assert back.locator(".option").nth(1).locator("input").is_checked()
    expect(back.get_by_role("button", name="Question 2, answered")).to_be_visible()


def test_a_tick_followed_immediately_by_next_is_stored(page: Page, site: Site, faults: list[str]) -> None:
    start(page, site)
    for position in range(1, 11):
        answer(page, position)
        next_question(page)
    page.locator("button.cell[value='1']").click()
    wait_for_room(page, 1)
    for position in range(1, 11):
        assert page.locator("[name=option]:checked").count() >= 1, f"question {position} lost its answer"
        next_question(page)


@pytest.mark.complains("status of 409")
def test_an_answer_of_another_window_is_shown_and_not_overwritten(context: Any, page: Page, site: Site) -> None:
    attempt = start(page, site)
    other = context.new_page()
    other.goto(attempt)
    other.locator(".option label").nth(0).click()
    expect(other.locator("#save")).to_contain_text("Saved")
    page.locator(".option label").nth(1).click()
    expect(page.get_by_role("alert")).to_contain_text("answered in another window")
    expect(page.locator(".option input").nth(0)).to_be_checked()


def test_an_exam_is_closed_and_scored_after_its_time_without_any_request(page: Page, site: Site) -> None:
    attempt = start(page, site)
    answer(page)
    expect(page.locator("#save")).to_contain_text("Saved")
    page.close()
    uuid = attempt.rstrip("/").rsplit("/", 1)[1].replace("-", "")
    site.sql(
        "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
        "deadline = datetime('now', '-9 seconds') WHERE uuid = ?",
        uuid,
    )
    patience = time.monotonic() + 4 * TIMEOUT_MS / 1000  # the sweeper runs every 15 s, and scores in a later round
    while (status := site.sql("SELECT status FROM exams_attempt WHERE uuid = ?", uuid)[0][0]) != "scored":
        assert time.monotonic() < patience, status
        time.sleep(0.5)
    ended, deadline, by = site.sql("SELECT submitted_at, deadline, closed_by FROM exams_attempt WHERE uuid = ?", uuid)[
        0
    ]
    assert (ended, by) == (deadline, "time")


def test_the_clock_of_the_room_submits_at_zero_with_the_last_tick(page: Page, site: Site, faults: list[str]) -> None:
    attempt = start(page, site)
    uuid = attempt.rstrip("/").rsplit("/", 1)[1].replace("-", "")
    answer(page)
    site.sql("UPDATE exams_attempt SET deadline = datetime('now', '+3 seconds') WHERE uuid = ?", uuid)
    page.get_by_role("button", name="Flag for review").click()
    expect(page.locator("h1 .word")).to_be_visible(timeout=2 * TIMEOUT_MS)
    assert site.sql("SELECT closed_by FROM exams_attempt WHERE uuid = ?", uuid) == [("time",)]
    assert site.sql(
        "SELECT count(*) FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND ticked > 0",
        uuid,
    ) == [(1,)]


@pytest.mark.complains(OFFLINE)
def test_offline_the_page_shows_not_saved_and_sends_the_answer_when_it_is_online(
    context: Any, page: Page, site: Site
) -> None:
    start(page, site)
    context.set_offline(True)
    answer(page)
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    context.set_offline(False)
    expect(page.locator("#save")).to_have_text("Saved")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_of_the_room_scrolls_horizontally(page: Page, site: Site, width: int) -> None:
    attempt = start(page, site)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("questions/1/", "questions/9/", "summary/", "finish/"):
        page.goto(attempt + path)
        content_width, window_width = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert content_width <= window_width, f"{path} is {content_width} px wide in a window of {window_width}"


def test_without_javascript_buttons_and_links_do_everything(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("link", name="Start an exam").click()
    page.get_by_role("button", name="Start exam").click()
    for position in (1, 2, 3):
        page.locator(".option label").nth(0).click()
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("heading", name=f"Question {position + 1} of 65")).to_be_visible()
    expect(page.locator("#ends")).to_contain_text(re.compile(r"Ends at\s+\d\d:\d\d\s+\(UTC\)"))
    page.get_by_role("button", name="Question 1, ").click()
    expect(page.get_by_role("heading", name="Question 1 of 65")).to_be_visible()
    expect(page.locator(".option input").nth(0)).to_be_checked()
    page.get_by_role("button", name="Review answers").click()
    page.get_by_role("link", name="Finish exam").click()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_be_visible()
    page.get_by_role("link", name="Review all 65 questions").click()
    expect(page.locator("h1")).to_contain_text("1 of 65")
    page.get_by_role("link", name="All on one page").click()
    expect(page.locator("article")).to_have_count(65)
    context.close()
