"""Test answers in the exam room under bad conditions: offline, late responses, two windows."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Site, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import CONFLICT, OFFLINE, PausedRequests, attempt_id, bit, single, stored, unsent


def struck(site: Site, address: str, position: int = 1) -> int:
    """Return the stored mask of the options that are struck out."""
    rows = site.sql(
        "SELECT struck FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND r.position = ?",
        attempt_id(address),
        position,
    )
    return int(rows[0][0])


def answered_elsewhere(context: BrowserContext, attempt: str, position: int) -> Page:
    """Choose the first option of a question in another window of the browser, and return the window."""
    other = context.new_page()
    other.goto(f"{attempt}questions/{position}/")
    wait_for_room(other, position)
    other.locator(".option label").nth(0).click()
    expect(other.locator("#save")).to_contain_text("Saved")
    return other


class TestAnswers:
    def test_back_and_forward_restore_a_whole_room_that_saves(self, page: Page, site: Site, faults: list[str]) -> None:
        attempt = start(page, site)
        next_question(page)
        next_question(page)
        page.wait_for_url("**/questions/3/")  # the address follows after the frame that shows the question
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
        position = single(page)
        page.route("**/sync/", lambda route: route.abort())
        tick = bit(page, 1)
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator(".option label").nth(1).click()
        page.unroute("**/sync/")
        page.reload()
        expect(page.locator(".option input").nth(1)).to_be_checked()
        wait_for(page, lambda: stored(site, attempt, position)[0] == tick)

    @pytest.mark.complains("507")
    def test_a_full_disk_is_named_and_the_answer_is_sent_when_there_is_room(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        tick = bit(page, 0)
        page.route("**/sync/", lambda route: route.fulfill(status=507))
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text("The server's disk is full. Your answer is kept in this browser")
        expect(page.locator("#save")).to_contain_text("Not saved")
        page.unroute("**/sync/")
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
        # What a page sends at its end gets through offline.
        page.evaluate("() => { window.fetch = () => Promise.reject(new Error('killed')); }")
        page.close(run_before_unload=False)
        assert stored(site, attempt)[0] == 0
        context.set_offline(False)
        back = context.new_page()
        back.goto(attempt)
        wait_for(back, lambda: stored(site, attempt)[0] == tick)
        wait_for(back, lambda: unsent(back) == 0)

    @pytest.mark.complains(OFFLINE)
    def test_answers_of_several_questions_arrive_after_an_outage(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        context.set_offline(True)
        ticks = [bit(page, 0)]
        page.locator(".option label").nth(0).click()
        next_question(page)
        ticks.append(bit(page, 1))
        page.locator(".option label").nth(1).click()
        expect(page.locator("#strip")).to_contain_text("2 changes are kept in this browser")
        context.set_offline(False)
        wait_for(page, lambda: unsent(page) == 0)
        expect(page.locator("#strip")).to_be_hidden()
        assert [stored(site, attempt, position)[0] for position in (1, 2)] == ticks

    def test_a_then_b_with_a_late_response_ends_with_b(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        position = single(page)
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
        wait_for(page, lambda: struck(site, attempt).bit_count() == 2)
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
        assert struck(site, attempt) == 0

    @pytest.mark.parametrize("choice", ["Keep A", "Use B"])
    def test_a_stale_window_overwrites_nothing_and_offers_both_answers_even_after_a_fast_next(
        self, context: BrowserContext, page: Page, site: Site, choice: str
    ) -> None:
        attempt = start(page, site)
        position = single(page)
        other = answered_elsewhere(context, attempt, position)
        tick, mine = bit(other, 0), bit(page, 1)
        paused = PausedRequests(page)  # so that Next is pressed before the refusal is visible
        page.locator(".option label").nth(1).click()
        next_question(page)
        paused.release()
        expect(page.locator("#strip")).to_contain_text(f"Question {position} was answered in another window or device.")
        assert stored(site, attempt, position)[0] == tick
        page.locator(f"button.cell[value='{position}']").click()
        notice = page.locator(".room-question [role=alert]")
        expect(notice).to_contain_text("Saved there: A. Not saved, selected here: B.")
        expect(page.locator(".option input").nth(0)).to_be_checked()
        page.get_by_role("button", name=choice).click()
        expect(notice).to_be_hidden()
        wait_for(page, lambda: stored(site, attempt, position)[0] == (mine if choice == "Use B" else tick))
        wait_for(page, lambda: unsent(page) == 0)
        expect(page.locator("#strip")).to_be_hidden()

    @pytest.mark.parametrize("choice", ["Keep A", "Use B"])
    def test_a_choice_between_two_answers_shows_the_strike_outs_that_the_server_has(
        self, context: BrowserContext, page: Page, site: Site, choice: str
    ) -> None:
        attempt = start(page, site)
        position = single(page)
        other = answered_elsewhere(context, attempt, position)
        for place in (0, 1, 3):
            other.locator(".strike").nth(place).click()
        wait_for(other, lambda: struck(site, attempt, position).bit_count() == 3)
        page.locator(".option label").nth(1).click()
        page.get_by_role("button", name=choice).click()
        expect(page.locator("#refused")).to_be_hidden()
        wait_for(page, lambda: unsent(page) == 0)
        taken = 1 if choice == "Use B" else None
        shown = [place for place in (0, 1, 3) if place != taken]
        assert struck(site, attempt, position) == sum(bit(page, place) for place in shown)
        for place in range(4):
            strike = page.locator(".strike").nth(place)
            expect(strike).to_have_attribute("aria-pressed", "true" if place in shown else "false")

    @pytest.mark.parametrize("size", [(390, 600), (1280, 650)])
    def test_the_choice_between_two_answers_comes_into_view_below_the_header(
        self, context: BrowserContext, page: Page, site: Site, size: tuple[int, int]
    ) -> None:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        attempt = start(page, site)
        position = single(page)
        other = context.new_page()
        other.goto(f"{attempt}questions/{position}/")
        other.locator(".option label").nth(0).click()
        expect(other.locator("#save")).to_contain_text("Saved")
        page.locator(".option label").last.click()  # far below the notice
        expect(page.get_by_role("button", name="Keep A")).to_be_in_viewport()
        notice, bar = page.locator("#refused").bounding_box(), page.locator(".room-bar").bounding_box()
        assert notice
        assert bar
        assert notice["y"] >= bar["y"] + bar["height"]

    @pytest.mark.complains(OFFLINE)
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
        expect(back.locator("#strip")).to_contain_text("Question 1 was answered in another window or device.")
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
