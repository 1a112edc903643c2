"""Test the clock of the exam room in a browser: wrong clocks, sleep, late responses, announcements, time-out."""

import re
import time

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import TIMEOUT_MS, Site, start, wait_for, wait_for_room
from tests.e2e.instructor import instructor
from tests.e2e.rooms import OFFLINE, attempt_id, bit, preferences, single, stored
from tests.e2e.test_classes import create, join


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wrong_clock_in_the_browser_changes_nothing(browser: Browser, site: Site, hours: int) -> None:
    context = browser.new_context(timezone_id="Pacific/Auckland")
    page = context.new_page()
    page.clock.install(time=time.time() + hours * 3600)
    start(page, site)
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(3:00:00|2:59:\d\d)$"))
    context.close()


def test_minutes_granted_during_the_exam_are_shown_and_announced(page: Page, site: Site) -> None:
    attempt = start(page, site)
    site.sql(
        "UPDATE exams_attempt SET deadline = datetime(deadline, '+30 minutes') WHERE uuid = ?", attempt_id(attempt)
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^3:(29|30):\d\d$"))
    expect(page.locator("#message-clock")).to_contain_text("30 minutes more")


def assert_minutes_are_shown(page: Page, site: Site, attempt: str, within_ms: int) -> None:
    """Grant 30 minutes after a reply of the server; assert that they are shown after this time without any click."""
    page.clock.run_for(5000)
    with page.expect_response("**/sync/"):
        page.get_by_role("button", name="Flag for review").click()
    before = page.get_by_role("timer").inner_text()
    site.sql(
        "UPDATE exams_attempt SET deadline = datetime(deadline, '+30 minutes') WHERE uuid = ?", attempt_id(attempt)
    )
    page.clock.run_for(within_ms)
    expect(page.locator("#message-clock")).to_contain_text("30 minutes more")
    assert minutes(page.get_by_role("timer").inner_text()) > minutes(before)


def minutes(time: str) -> int:
    hours, rest = time.split(":", 1)
    return 60 * int(hours) + int(rest[:2])


def test_minutes_granted_to_a_class_are_shown_within_a_minute_of_the_last_reply(
    browser: Browser, page: Page, site: Site
) -> None:
    code = create(instructor(browser, site), site, "Class with more time")
    join(page, site, code, "Ana Silva")
    page.clock.install()
    page.reload()
    wait_for_room(page, 1)
    assert_minutes_are_shown(page, site, page.url.split("/questions/")[0], 61_000)


def test_minutes_granted_to_one_who_sits_alone_are_shown_within_five_of_the_last_reply(page: Page, site: Site) -> None:
    page.clock.install()
    assert_minutes_are_shown(page, site, start(page, site), 301_000)


def test_a_suspended_page_asks_the_server_for_the_time(page: Page, site: Site) -> None:
    attempt = start(page, site)
    site.sql(
        "UPDATE exams_attempt SET started_at = datetime(started_at, '-1 hours'), "
        "deadline = datetime(deadline, '-1 hours') WHERE uuid = ?",
        attempt_id(attempt),
    )
    page.evaluate("const since = Date.now(); while (Date.now() - since < 5000);")  # timers do not run meanwhile
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(2:00:00|1:59:\d\d)$"))


def test_a_late_response_to_an_earlier_save_does_not_undo_a_later_one(page: Page, site: Site) -> None:
    attempt = start(page, site)
    single(page)
    position = int(page.locator("#room").get_attribute("data-position") or 0)
    late: list[tuple[Route, APIResponse]] = []

    def first_late(route: Route) -> None:
        if not late:
            late.append((route, route.fetch()))  # stored immediately, acknowledged when the test says so
        else:
            route.continue_()

    page.route("**/sync/", first_late)
    page.locator(".option label").nth(0).click()
    wait_for(page, lambda: bool(late))
    tick = bit(page, 1)
    page.locator(".option label").nth(1).click()
    [(first, acknowledgement)] = late
    first.fulfill(response=acknowledgement)
    wait_for(page, lambda: stored(site, attempt, position)[:2] == (tick, 2))
    expect(page.locator("#save")).to_contain_text("Saved")
    assert page.locator(".option input").nth(1).is_checked()


def test_a_hidden_timer_reappears_for_the_last_five_minutes(page: Page, site: Site) -> None:
    attempt = start(page, site)
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_role("timer")).to_have_text("Time hidden")
    wait_for(page, lambda: preferences(site, attempt).get("timer") is False)
    page.reload()
    expect(page.get_by_role("timer")).to_have_text("Time hidden")
    site.sql("UPDATE exams_attempt SET deadline = datetime('now', '+4 minutes') WHERE uuid = ?", attempt_id(attempt))
    page.reload()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(4:00|3:\d\d)$"))


def test_the_time_is_announced_once_at_its_marks(page: Page, site: Site) -> None:
    attempt = start(page, site)
    # The mark is five seconds wide. A page that loads too late is tried again; a mark is announced only once.
    toast, patience = page.locator("#message-clock"), time.monotonic() + TIMEOUT_MS / 1000
    while "15 minutes left. Not answered: 65." not in (toast.text_content() or ""):
        assert time.monotonic() < patience, toast.text_content()
        site.sql(
            "UPDATE exams_attempt SET deadline = datetime('now', '+902 seconds') WHERE uuid = ?",
            attempt_id(attempt),
        )
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(4000)


def test_the_whole_time_of_an_exam_is_not_announced(page: Page, site: Site) -> None:
    attempt = start(page, site)
    site.sql("UPDATE exams_attempt SET deadline = datetime('now', '+1800 seconds') WHERE uuid = ?", attempt_id(attempt))
    page.reload()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))
    page.wait_for_timeout(1500)
    expect(page.locator("#message-clock")).to_be_hidden()


@pytest.mark.complains(OFFLINE)
def test_a_timeout_offline_is_shown_and_submitted_afterwards(context: BrowserContext, page: Page, site: Site) -> None:
    page.clock.install()
    attempt = start(page, site)
    context.set_offline(True)
    page.clock.fast_forward("03:00:01")
    expect(page.locator("#strip")).to_contain_text("Time is up, and the server does not respond")
    site.sql(
        "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
        "deadline = datetime('now', '-1 seconds') WHERE uuid = ?",
        attempt_id(attempt),
    )
    context.set_offline(False)
    expect(page.locator("h1")).to_have_text(re.compile("[Pp]assed:|This exam is over|Finished"))
