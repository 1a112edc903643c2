"""Test the clock of the exam room in a browser: wrong clocks, sleep, late responses, announcements, time-out."""

import re
import time

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import TIMEOUT_MS, Site, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import OFFLINE, attempt_id, bit, preferences, single, stored, wait_until_acknowledged


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wrong_clock_in_the_browser_changes_nothing(browser: Browser, site: Site, hours: int) -> None:
    context = browser.new_context(timezone_id="Pacific/Auckland")
    page = context.new_page()
    page.clock.install(time=time.time() + hours * 3600)
    start(page, site)
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(3:00:00|2:59:\d\d)$"))
    context.close()


def grant_30_minutes(site: Site, attempt: str) -> None:
    site.sql(
        "UPDATE exams_attempt SET deadline = datetime(deadline, '+30 minutes') WHERE uuid = ?", attempt_id(attempt)
    )


def test_minutes_granted_during_the_exam_are_shown_and_announced_with_the_next_click(page: Page, site: Site) -> None:
    grant_30_minutes(site, start(page, site))
    page.get_by_role("button", name="Flag for review").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^3:(29|30):\d\d$"))
    expect(page.locator("#message-clock")).to_contain_text("30 minutes more")


def test_minutes_granted_are_shown_with_the_next_visit(page: Page, site: Site) -> None:
    page.clock.install()
    grant_30_minutes(site, start(page, site))
    next_question(page)
    page.clock.run_for(31_000)
    expect(page.locator("#message-clock")).to_contain_text("30 minutes more")


@pytest.mark.parametrize(("left", "quiet"), [(170, 300), (9, 60)], ids=["early", "in the last ten minutes"])
def test_without_any_reply_the_room_asks_for_the_time(page: Page, site: Site, left: int, quiet: int) -> None:
    page.clock.install()
    attempt = start(page, site)
    site.sql(
        f"UPDATE exams_attempt SET deadline = datetime('now', '+{left} minutes') WHERE uuid = ?", attempt_id(attempt)
    )
    page.reload()
    wait_for_room(page, 1)
    page.get_by_role("button", name="Flag for review").click()
    wait_until_acknowledged(page)
    grant_30_minutes(site, attempt)
    page.clock.run_for((quiet - 2) * 1000)
    expect(page.locator("#message-clock")).to_be_hidden()
    page.clock.run_for(4000)
    expect(page.locator("#message-clock")).to_contain_text("30 minutes more")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(3:1\d|3\d):\d\d$"))


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
    position = single(page)
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


@pytest.mark.parametrize(
    ("gone", "left", "stage"),
    [(1, 24, ""), (19, 5.9, "soon"), (24, 1, "last"), (151, 29, "soon"), (176, 4, "last"), (179.5, 0.5, "final")],
)
def test_the_timer_takes_its_colors_by_the_share_of_the_time(
    page: Page, site: Site, gone: float, left: float, stage: str
) -> None:
    attempt = start(page, site)
    site.sql(
        f"UPDATE exams_attempt SET started_at = datetime('now', '-{round(gone * 60)} seconds'), "
        f"deadline = datetime('now', '+{round(left * 60)} seconds') WHERE uuid = ?",
        attempt_id(attempt),
    )
    page.reload()
    expect(page.locator("#timer")).to_have_class(re.compile(rf"^timer {stage}$"))


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
        page.locator("[name=flag]").click()
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


@pytest.mark.complains(OFFLINE)
@pytest.mark.parametrize("place", ["finish/", "summary/", "questions/1/report/"])
def test_a_timeout_offline_on_a_page_around_the_room_is_said_and_the_page_goes_on_when_it_is_back(
    context: BrowserContext, page: Page, site: Site, place: str
) -> None:
    page.clock.install()
    attempt = start(page, site)
    tick = bit(page, 0)
    page.locator(".option label").nth(0).click()
    wait_until_acknowledged(page)
    page.goto(attempt + place)
    context.set_offline(True)
    page.clock.fast_forward("03:00:01")
    message = page.locator("#message-save")
    expect(message).to_have_text(
        "Time is up, and there is no connection. Your answers are safe; this page goes on when it is back."
    )
    expect(page).to_have_url(attempt + place)
    site.sql(
        "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
        "deadline = datetime('now', '-1 seconds') WHERE uuid = ?",
        attempt_id(attempt),
    )
    page.clock.run_for(11_000)  # it asks again, in vain
    expect(message).to_be_visible()
    context.set_offline(False)
    expect(page.locator("h1")).to_have_text(re.compile("[Pp]assed:|This exam is over|Finished"))
    assert stored(site, attempt)[0] == tick


def test_a_report_of_a_problem_that_is_written_when_the_time_is_up_can_be_sent(page: Page, site: Site) -> None:
    page.clock.install()
    attempt = start(page, site)
    page.goto(f"{attempt}questions/1/report/")
    page.get_by_label("What is wrong?").fill("Written to the last second.")
    site.sql(
        "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
        "deadline = datetime('now', '-1 seconds') WHERE uuid = ?",
        attempt_id(attempt),
    )
    page.clock.fast_forward("03:00:01")
    expect(page.locator("#message-save")).to_have_text("Time is up. You can still send this report.")
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("h1")).to_have_text(re.compile("[Pp]assed:|This exam is over|Finished"))
    assert site.sql("SELECT count(*) FROM questions_questionreport WHERE text = 'Written to the last second.'") == [
        (1,)
    ]
