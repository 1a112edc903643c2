"""Test answers and time in the exam room under bad conditions: offline, late responses, two windows, wrong clocks."""

import re
import time

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import TIMEOUT_MS, Site, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import CONFLICT, OFFLINE, PausedRequests, attempt_id, bit, preferences, single, stored, unsent


class TestAnswers:
    def test_back_and_forward_restore_a_whole_room_that_saves(self, page: Page, site: Site, faults: list[str]) -> None:
        attempt = start(page, site)
        next_question(page)
        next_question(page)
        page.go_back()
        expect(page.get_by_role("heading", name="Question 2 of 65")).to_be_visible()
        expect(page.get_by_role("timer")).to_be_visible()
        wait_for_room(page, 2)
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        expect(page.locator("#save")).to_contain_text("Saved")
        assert stored(site, attempt, 2)[0] == tick

    @pytest.mark.complains("ERR_FAILED")
    def test_a_reload_right_after_the_click_loses_nothing(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        single(page)
        position = int(page.locator("#room").get_attribute("data-position") or 0)
        page.route(
            "**/questions/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
        )
        tick = bit(page, 1)
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator(".option label").nth(1).click()
        page.unroute("**/questions/**")
        page.reload()
        expect(page.locator(".option input").nth(1)).to_be_checked()
        wait_for(page, lambda: stored(site, attempt, position)[0] == tick)

    @pytest.mark.complains("507")
    def test_a_full_disk_is_named_and_the_answer_is_sent_when_there_is_room(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        tick = bit(page, 0)
        page.route(
            "**/questions/**",
            lambda route: route.fulfill(status=507) if route.request.method == "POST" else route.continue_(),
        )
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text("The server's disk is full. Your answer is kept in this browser")
        expect(page.locator("#save")).to_contain_text("Not saved")
        page.unroute("**/questions/**")
        wait_for(page, lambda: stored(site, attempt)[0] == tick)
        expect(page.locator("#save")).to_contain_text("Saved")

    @pytest.mark.complains(OFFLINE)
    def test_a_browser_killed_offline_sends_the_answer_when_it_is_back(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        tick = bit(page, 0)
        context.set_offline(True)
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text("kept in this browser")
        page.close(run_before_unload=False)
        context.set_offline(False)
        assert stored(site, attempt)[0] == 0
        back = context.new_page()
        back.goto(attempt)
        wait_for(back, lambda: stored(site, attempt)[0] == tick)
        wait_for(back, lambda: unsent(back) == 0)

    @pytest.mark.complains(OFFLINE)
    def test_answers_of_several_questions_arrive_in_order_after_an_outage(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        context.set_offline(True)
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        page.locator(".room-moves .next").click()
        expect(page.locator("#strip")).to_contain_text("To open the next question, you need a connection")
        page.evaluate("scrollTo(0, 0)")
        strip, heading = page.locator("#strip").bounding_box(), page.locator("h1").bounding_box()
        assert strip
        assert heading
        assert strip["y"] + strip["height"] <= heading["y"]
        expect(page.get_by_role("heading", name="Question 1 of 65")).to_be_visible()
        context.set_offline(False)
        expect(page.get_by_role("heading", name="Question 2 of 65")).to_be_visible()
        assert stored(site, attempt)[0] == tick

    def test_a_then_b_with_a_late_response_ends_with_b(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        single(page)
        position = int(page.locator("#room").get_attribute("data-position") or 0)
        paused = PausedRequests(page)
        page.locator(".option label").nth(0).click()
        page.locator(".option label").nth(1).click()
        tick = bit(page, 1)
        page.locator(".option label").nth(2).click()
        page.locator(".option label").nth(1).click()
        paused.release()
        wait_for(page, lambda: stored(site, attempt, position)[0] == tick)
        expect(page.locator("#save")).to_contain_text("Saved")
        assert stored(site, attempt, position)[0] == tick

    @pytest.mark.parametrize("act", ["flag", "strike"])
    def test_a_tick_right_after_a_flag_or_a_strike_is_stored(self, page: Page, site: Site, act: str) -> None:
        attempt = start(page, site)
        paused = PausedRequests(page)
        page.locator("[name=flag]" if act == "flag" else ".strike").first.click()
        tick = bit(page, 2)
        page.locator(".option label").nth(2).click()
        paused.release()
        wait_for(page, lambda: stored(site, attempt)[0] == tick)
        expect(page.locator("#save")).to_contain_text("Saved")
        assert page.locator(".option input").nth(2).is_checked()

    def test_two_strikes_in_a_row_are_both_stored(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        paused = PausedRequests(page)
        page.locator(".strike").nth(0).click()
        page.locator(".strike").nth(1).click()
        paused.release()
        struck = (
            "SELECT struck FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
            "WHERE a.uuid = ? AND r.position = 1"
        )
        wait_for(page, lambda: site.sql(struck, attempt_id(attempt))[0][0].bit_count() == 2)
        page.reload()
        expect(page.locator(".option.struck")).to_have_count(2)

    def test_ticking_a_struck_option_takes_the_strike_out_away(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        expect(page.get_by_role("button", name="Clear answer")).to_be_hidden()
        page.locator(".strike").nth(0).click()
        page.locator(".option label").nth(0).click()
        expect(page.locator(".option.struck")).to_have_count(0)
        expect(page.locator("#save")).to_contain_text("Saved")
        expect(page.get_by_role("button", name="Clear answer")).to_be_visible()
        struck = (
            "SELECT struck FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
            "WHERE a.uuid = ? AND r.position = 1"
        )
        assert site.sql(struck, attempt_id(attempt)) == [(0,)]

    @pytest.mark.complains(CONFLICT)
    def test_a_stale_window_stays_and_shows_the_newer_answer_even_with_a_fast_next(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        single(page)
        position = int(page.locator("#room").get_attribute("data-position") or 0)
        other = context.new_page()
        other.goto(f"{attempt}questions/{position}/")
        tick = bit(other, 0)
        other.locator(".option label").nth(0).click()
        expect(other.locator("#save")).to_contain_text("Saved")
        paused = PausedRequests(page)  # so that Next is pressed before the refusal is visible
        page.locator(".option label").nth(1).click()
        page.locator(".room-moves .next").click()
        paused.release()
        notice = page.locator(".room-question [role=alert]")
        expect(notice).to_contain_text("Saved there: A. Not saved, selected here: B.")
        assert page.locator("#room").get_attribute("data-position") == str(position)
        assert stored(site, attempt, position)[0] == tick
        mine = bit(page, 1)
        page.get_by_role("button", name="Use B").click()
        expect(page.locator(".option input").nth(1)).to_be_checked()
        wait_for(page, lambda: stored(site, attempt, position)[0] == mine)
        expect(notice).to_have_count(0)

    @pytest.mark.complains(CONFLICT, OFFLINE)
    def test_an_answer_kept_by_a_killed_browser_is_offered_beside_a_newer_one(
        self, context: BrowserContext, browser: Browser, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        mine = bit(page, 1)
        context.set_offline(True)
        page.locator(".option label").nth(1).click()
        expect(page.locator("#save")).to_contain_text("Not saved")
        page.close(run_before_unload=False)
        context.set_offline(False)
        device = browser.new_context()
        device.add_cookies(context.cookies())
        other = device.new_page()
        other.goto(attempt)
        other.locator(".option label").nth(0).click()
        expect(other.locator("#save")).to_contain_text("Saved")
        next_question(other)
        device.close()
        back = context.new_page()
        back.goto(attempt)
        wait_for_room(back, 2)
        expect(back.locator("#strip")).to_contain_text("Question 1 was answered in another window.")
        back.locator("button.cell[value='1']").click()
        expect(back.locator(".room-question [role=alert]")).to_contain_text("Not saved, selected here: B.")
        back.get_by_role("button", name="Use B").click()
        wait_for(back, lambda: stored(site, attempt)[0] == mine)
        wait_for(back, lambda: unsent(back) == 0)

    def test_one_of_two_required_ticks_is_stored_as_incomplete_and_a_third_is_refused(
        self, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        while not page.locator("#pick-hint[data-choose='2']").count():
            next_question(page)
        position = int(page.locator("#room").get_attribute("data-position") or 0)
        page.locator(".option label").nth(0).click()
        expect(page.get_by_role("button", name=f"Question {position}, incomplete")).to_be_attached()
        page.locator(".option label").nth(1).click()
        page.locator(".option label").nth(2).click()
        expect(page.locator("#pick-hint")).to_have_text("2 options are already selected. Clear one to choose another.")
        wait_for(page, lambda: stored(site, attempt, position)[0].bit_count() == 2)

    @pytest.mark.complains(CONFLICT)
    def test_after_the_finish_every_other_window_is_read_only(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        other = context.new_page()
        other.goto(attempt)
        page.goto(f"{attempt}finish/")
        page.get_by_role("button", name="Finish exam").click()
        page.wait_for_url("**/report/")
        other.locator(".option label").nth(0).click()
        expect(other.get_by_role("heading", name="This exam is over")).to_be_visible()
        assert stored(site, attempt)[0] == 0


class TestSessions:
    @pytest.mark.complains("status of 40[134]")
    def test_an_ended_session_shows_a_message_and_the_answer_is_sent_after_sign_in(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        page.get_by_role("button", name="Tools").click()
        code = page.locator("#tools b").inner_text()
        page.keyboard.press("Escape")
        context.clear_cookies()
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text("signed out")
        with context.expect_page() as opened:
            page.get_by_role("link", name="Sign in (opens a new tab)").click()
        again = opened.value
        again.get_by_label(re.compile("code", re.IGNORECASE)).fill(code)
        again.locator("main form button").first.click()
        wait_for(page, lambda: stored(site, attempt)[0] == tick)
        expect(page.locator("#save")).to_contain_text("Saved")

    @pytest.mark.complains("status of 40[14]")
    def test_a_guest_that_an_account_took_over_is_led_to_the_sign_in_page(
        self, browser: Browser, page: Page, site: Site
    ) -> None:
        start(page, site)
        page.get_by_role("button", name="Tools").click()
        code = page.locator("#tools b").inner_text()
        page.keyboard.press("Escape")
        device = browser.new_context()
        other = device.new_page()
        other.goto(f"{site.url}/return/")
        other.get_by_label(re.compile("code", re.IGNORECASE)).fill(code)
        other.locator("main form button").first.click()
        wait_for_room(other, 1)
        other.goto(f"{site.url}/accounts/signup/")
        other.locator("[name=username]").fill("took-over")
        other.locator("[name=password1]").fill("a long and quiet password")
        other.locator("main form button").first.click()
        other.wait_for_url(lambda url: "signup" not in url)
        device.close()
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text("signed out")
        expect(page.locator("#save")).to_have_text("Not saved")
        link = page.get_by_role("link", name="Sign in (opens a new tab)")
        assert (link.get_attribute("href") or "").endswith("/accounts/login/")

    def test_a_changed_csrf_token_does_not_stop_saving(self, context: BrowserContext, page: Page, site: Site) -> None:
        attempt = start(page, site)
        cookie = next(cookie for cookie in context.cookies() if cookie["name"] == "csrftoken")
        context.add_cookies([{**cookie, "value": "A" * 32}])  # as signing in in another tab does
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        expect(page.locator("#save")).to_contain_text("Saved")
        assert stored(site, attempt)[0] == tick

    @pytest.mark.complains(OFFLINE)
    def test_the_browser_asks_before_leaving_an_unsaved_answer(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        start(page, site)
        context.set_offline(True)
        page.locator(".option label").nth(0).click()
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.close(run_before_unload=True)
        wait_for(page, lambda: asked == ["beforeunload"])


class TestTime:
    @pytest.mark.parametrize("hours", [-2, 2])
    def test_a_wrong_clock_in_the_browser_changes_nothing(self, browser: Browser, site: Site, hours: int) -> None:
        context = browser.new_context(timezone_id="Pacific/Auckland")
        page = context.new_page()
        page.clock.install(time=time.time() + hours * 3600)
        start(page, site)
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(3:00:00|2:59:\d\d)$"))
        context.close()

    def test_minutes_granted_during_the_exam_are_shown_and_announced(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        site.sql(
            "UPDATE exams_attempt SET deadline = datetime(deadline, '+30 minutes') WHERE uuid = ?", attempt_id(attempt)
        )
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^3:(29|30):\d\d$"))
        expect(page.locator("#toast")).to_contain_text("30 minutes more")

    def test_a_suspended_page_asks_the_server_for_the_time(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        site.sql(
            "UPDATE exams_attempt SET started_at = datetime(started_at, '-1 hours'), "
            "deadline = datetime(deadline, '-1 hours') WHERE uuid = ?",
            attempt_id(attempt),
        )
        page.evaluate("const since = Date.now(); while (Date.now() - since < 5000);")  # timers do not run meanwhile
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(2:00:00|1:59:\d\d)$"))

    def test_a_late_response_to_an_earlier_save_does_not_undo_a_later_one(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        single(page)
        position = int(page.locator("#room").get_attribute("data-position") or 0)
        late: list[tuple[Route, APIResponse]] = []

        def first_late(route: Route) -> None:
            if route.request.method == "POST" and not late:
                late.append((route, route.fetch()))  # stored immediately, acknowledged when the test says so
            else:
                route.continue_()

        page.route("**/questions/**", first_late)
        page.locator(".option label").nth(0).click()
        wait_for(page, lambda: bool(late))
        tick = bit(page, 1)
        page.locator(".option label").nth(1).click()
        [(first, acknowledgement)] = late
        first.fulfill(response=acknowledgement)
        wait_for(page, lambda: stored(site, attempt, position)[:2] == (tick, 2))
        expect(page.locator("#save")).to_contain_text("Saved")
        assert page.locator(".option input").nth(1).is_checked()

    def test_a_hidden_timer_reappears_for_the_last_five_minutes(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        page.get_by_role("button", name="Hide").click()
        expect(page.get_by_role("timer")).to_have_text("Time hidden")
        wait_for(page, lambda: preferences(site, attempt).get("timer") is False)
        page.reload()
        expect(page.get_by_role("timer")).to_have_text("Time hidden")
        site.sql(
            "UPDATE exams_attempt SET deadline = datetime('now', '+4 minutes') WHERE uuid = ?", attempt_id(attempt)
        )
        page.reload()
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(4:00|3:\d\d)$"))

    def test_the_time_is_announced_once_at_its_marks(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        # The mark is five seconds wide. A page that loads too late is tried again; a mark is announced only once.
        toast, patience = page.locator("#toast"), time.monotonic() + TIMEOUT_MS / 1000
        while "15 minutes left. Not answered: 65." not in (toast.text_content() or ""):
            assert time.monotonic() < patience, toast.text_content()
            site.sql(
                "UPDATE exams_attempt SET deadline = datetime('now', '+902 seconds') WHERE uuid = ?",
                attempt_id(attempt),
            )
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            page.wait_for_timeout(4000)

    def test_the_whole_time_of_an_exam_is_not_announced(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        site.sql(
            "UPDATE exams_attempt SET deadline = datetime('now', '+1800 seconds') WHERE uuid = ?", attempt_id(attempt)
        )
        page.reload()
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))
        page.wait_for_timeout(1500)
        expect(page.locator("#toast")).to_be_hidden()

    @pytest.mark.complains(OFFLINE)
    def test_a_timeout_offline_is_shown_and_submitted_afterwards(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
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
        expect(page.locator("h1")).to_have_text(re.compile("PASS|This exam is over|Finished"))
