"""Test the way out of an exam on a line that fails: what this browser keeps is sent before an exam can be finished."""

import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.e2e.conftest import Site, assert_accessible, next_question, start, start_practice, wait_for, wait_for_room
from tests.e2e.rooms import OFFLINE, attempt_id, bit, lose_posts, single, stored, unsent, wait_until_acknowledged

pytestmark = pytest.mark.complains(OFFLINE, "ERR_FAILED|ERR_TIMED_OUT")

NO_LINE = "() => { window.fetch = () => Promise.reject(new Error('no line')); }"


def tick(page: Page, place: int) -> int:
    """Tick one option; return its mask."""
    mask = bit(page, place)
    page.locator(".option label").nth(place).click()
    return mask


def on_another_device(browser: Browser, context: BrowserContext, attempt: str) -> Page:
    """Open the first question of the same exam in another browser."""
    device = browser.new_context()
    device.add_cookies(context.cookies())
    page = device.new_page()
    page.goto(f"{attempt}questions/1/")
    wait_for_room(page, 1)
    return page


class TestKeptChanges:
    @pytest.mark.parametrize("way", ["summary/", "finish/"])
    def test_what_was_done_offline_is_sent_before_the_exam_can_be_finished(
        self, context: BrowserContext, page: Page, site: Site, way: str
    ) -> None:
        attempt = start(page, site)
        tick(page, 0)
        wait_until_acknowledged(page)
        page.goto(attempt + way)
        page.goto(f"{attempt}questions/1/")
        wait_for_room(page, 1)
        context.set_offline(True)
        mask = tick(page, 1)
        next_question(page)
        other = tick(page, 2)
        page.evaluate(NO_LINE)  # what a page sends at its end, Chromium sends in spite of its offline mode
        page.close(run_before_unload=False)
        context.set_offline(False)
        assert stored(site, attempt, 2)[0] == 0
        back = context.new_page()
        back.route("**/sync/", lambda route: route.abort())
        back.goto(attempt + way)
        kept = back.locator("#message-kept")
        expect(kept).to_contain_text("2 changes are still in this browser. You can finish as soon as they are saved.")
        if way == "finish/":
            expect(back.get_by_role("button", name="Finish exam")).to_be_disabled()
            expect(back.locator(".note.warn b")).to_contain_text(re.compile("6[45] questions are unanswered"))
        else:
            expect(back.locator(".lead")).to_contain_text(re.compile("[01] of 65 answered"))  # one tick may be half
        assert_accessible(back)
        back.unroute("**/sync/")
        expect(kept).to_be_hidden()
        assert unsent(back) == 0
        assert stored(site, attempt, 2)[0] == other
        assert stored(site, attempt)[0] & mask
        if way == "summary/":
            back.get_by_role("link", name="Finish exam").click()
        expect(back.locator(".note.warn b")).to_contain_text(re.compile("6[34] questions are unanswered"))
        back.get_by_role("button", name="Finish exam").click()
        expect(back.locator("h1 .word")).to_be_visible()
        assert stored(site, attempt, 2)[0] == other

    def test_an_answer_that_another_device_has_overtaken_is_named_with_a_link(
        self, browser: Browser, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        other = on_another_device(browser, context, attempt)
        theirs = tick(other, 1)
        wait_until_acknowledged(other)
        tick(page, 0)
        expect(page.locator("#refused")).to_be_visible()
        page.get_by_role("button", name="Finish exam").click()
        kept = page.locator("#message-kept")
        expect(kept).to_contain_text("A question was answered in another window or device, and your answer here is not")
        expect(page.get_by_role("button", name="Finish exam")).to_be_enabled()
        assert_accessible(page)
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        page.wait_for_timeout(1000)
        assert not loads, "it loads itself again and again"
        kept.get_by_role("link", name="Question 1").click()
        wait_for_room(page, 1)
        expect(page.locator("#refused")).to_be_visible()
        assert stored(site, attempt)[0] == theirs
        page.locator("#refused button").first.click()
        wait_for(page, lambda: unsent(page) == 0)
        page.get_by_role("button", name="Finish exam").click()
        page.wait_for_url("**/finish/")
        expect(page.locator("#message-kept")).to_be_hidden()

    @pytest.mark.parametrize("way", ["Review answers", "Finish exam", "End practice"])
    @pytest.mark.parametrize("is_online", [True, False], ids=["the other one online", "both offline"])
    def test_an_answer_that_another_window_of_this_browser_has_overtaken_is_named_and_offered_again(
        self, context: BrowserContext, page: Page, site: Site, way: str, is_online: bool
    ) -> None:
        is_practice = way == "End practice"
        attempt = start_practice(page, site) if is_practice else start(page, site)
        position = single(page)
        other = context.new_page()
        other.goto(f"{attempt}questions/{position}/")
        wait_for_room(other, position)
        page.route("**/sync/", lambda route: route.abort())
        if not is_online:
            other.route("**/sync/", lambda route: route.abort())
        tick(page, 1)
        expect(page.locator("#save")).to_contain_text("Not saved")
        theirs = tick(other, 2)
        other.unroute("**/sync/")
        wait_for(other, lambda: stored(site, attempt, position)[0] == theirs)
        expect(other.locator("#save")).to_contain_text("Saved")
        page.unroute("**/sync/")
        expect(page.locator("#refused")).to_contain_text("Saved there: C. Not saved, selected here: B.")
        page.locator(".sheet-moves").get_by_role("button", name=way).click()
        kept = page.locator("#message-kept")
        expect(kept).to_contain_text("A question was answered in another window or device, and your answer here is not")
        kept.get_by_role("link", name=f"Question {position}").click()
        wait_for_room(page, position)
        expect(page.locator("#refused")).to_contain_text("Saved there: C. Not saved, selected here: B.")
        page.get_by_role("button", name="Use B").click()
        wait_for(page, lambda: unsent(page) == 0)
        assert stored(site, attempt, position)[0] != theirs
        page.locator(".sheet-moves").get_by_role("button", name=way).click()
        page.wait_for_url(re.compile("/(summary|finish)/"))
        page.wait_for_timeout(500)
        expect(kept).to_be_hidden()


class TestConnection:
    def test_a_button_says_at_once_that_it_connects_and_the_banner_when_the_line_is_back(
        self, page: Page, site: Site
    ) -> None:
        page.clock.install()
        attempt = start(page, site)
        tick(page, 0)
        wait_until_acknowledged(page)
        hanging: list[Route] = []
        failed: list[Request] = []
        page.route("**/sync/", lambda route: hanging.append(route))
        page.on("requestfailed", lambda request: failed.append(request))
        button = page.get_by_role("button", name="Finish exam")
        button.click()
        expect(button).to_have_attribute("data-busy", "Connecting…")
        page.clock.run_for(4000)
        expect(page.locator("#strip")).to_contain_text("To review, report or finish, you need a connection")
        assert not failed, "the banner waits until the request that hangs has failed"
        ends_at = page.locator("#ends time").inner_text()
        expect(page.locator("#strip")).to_contain_text(f"the exam ends at {ends_at} in any case")
        expect(button).not_to_have_attribute("data-busy", "Connecting…")
        page.unroute("**/sync/")
        expect(page.locator("#message-save")).to_have_text("The connection is back. Nothing waits to be sent.")
        button.click()
        expect(page).to_have_url(f"{attempt}finish/")

    def test_the_finish_page_says_that_it_connects_and_when_the_line_is_back(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        page.goto(f"{attempt}finish/")
        hanging: list[Route] = []
        page.route("**/clock", lambda route: hanging.append(route))
        button = page.get_by_role("button", name="Finish exam")
        button.click()
        expect(button).to_have_attribute("data-busy", "Connecting…", timeout=1000)
        expect(page.locator("#message-save")).to_have_text(
            "No connection. Your answers are safe; try again when it is back."
        )
        page.unroute("**/clock")
        expect(page.locator("#message-save")).to_have_text("The connection is back. Nothing waits to be sent.")

    def test_a_reload_on_a_silent_line_shows_what_is_unsaved_with_the_question(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        start(page, site)
        wait_for(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))
        context.set_offline(True)
        tick(page, 0)
        tick(page, 1)
        page.on("dialog", lambda dialog: dialog.accept())
        page.add_init_script(
            """const { fetch } = window;
            window.fetch = (url, ...rest) =>
              String(url).includes("/sync/") ? new Promise(() => {}) : fetch(url, ...rest);"""
        )
        page.reload(wait_until="commit")
        wait_for_room(page, 1)
        expect(page.locator("#strip")).to_contain_text("kept in this browser", timeout=1000)
        other = context.new_page()
        other.goto(page.url, wait_until="commit")
        expect(other.get_by_role("heading", name="Connect to go on")).to_be_visible()
        expect(other).to_have_title("Connect to go on")
        expect(other.get_by_role("button", name="Hide")).to_be_hidden()
        expect(other.get_by_role("link", name="Back to the questions")).to_be_hidden()  # another tab has them

    def test_a_window_that_was_left_behind_shows_what_another_one_has_saved_when_it_is_seen_again(
        self, browser: Browser, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        tick(page, 0)
        wait_until_acknowledged(page)
        other = on_another_device(browser, context, attempt)
        theirs = tick(other, 1)
        wait_until_acknowledged(other)
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        wait_for(page, lambda: page.locator(".option input").nth(1).is_checked())
        expect(page.locator("#save")).to_have_text("Saved")
        assert stored(site, attempt)[0] & theirs


class TestLostReplies:
    def test_a_start_whose_reply_is_lost_is_asked_for_again_and_starts_once(self, page: Page, site: Site) -> None:
        before = site.sql("SELECT count(*) FROM exams_attempt")[0][0]
        page.goto(f"{site.url}/exams/mls-c01/")
        lost = lose_posts(page, "**/exams/*/", 2, cookie="sessionid")
        page.get_by_role("button", name="Start exam").click()
        wait_for_room(page, 1)
        assert lost == [200, 200]
        assert site.sql("SELECT count(*) FROM exams_attempt")[0][0] == before + 1
        page.go_back()
        expect(page.get_by_role("link", name="Back to question 1")).to_be_visible()

    def test_a_start_without_a_connection_says_so_and_goes_on_with_it(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        page.goto(f"{site.url}/exams/mls-c01/")
        context.set_offline(True)
        page.get_by_role("button", name="Start exam").click()
        expect(page.locator("form [role=alert]")).to_have_text(
            "No connection. The exam has not started; try again when it is back."
        )
        assert_accessible(page)
        context.set_offline(False)
        page.get_by_role("button", name="Start exam").click()
        wait_for_room(page, 1)

    @pytest.mark.parametrize(
        ("address", "button"), [("/", "Try 10 questions"), ("/practice/?exam=MLS-C01", "Start the quiz")]
    )
    def test_a_practice_whose_reply_is_lost_starts_once(
        self, page: Page, site: Site, address: str, button: str
    ) -> None:
        before = site.sql("SELECT count(*) FROM exams_attempt")[0][0]
        page.goto(f"{site.url}{address}")
        lost = lose_posts(page, "**/practice/start/", 2, cookie="sessionid")
        page.get_by_role("button", name=button).first.click()
        wait_for_room(page, 1)
        assert lost == [200, 200]
        assert site.sql("SELECT count(*) FROM exams_attempt")[0][0] == before + 1

    @pytest.mark.parametrize(
        ("address", "button"),
        [("review/1/", "#about form button"), ("/progress/", "#practice-topic button")],
    )
    def test_nor_does_one_start_twice_from_a_page_about_results(
        self, page: Page, site: Site, address: str, button: str
    ) -> None:
        attempt = start(page, site)
        page.goto(f"{attempt}finish/")
        page.get_by_role("button", name="Finish exam").click()
        expect(page.locator("h1 .word")).to_be_visible()
        page.goto(urljoin(attempt, address))
        page.locator("details").evaluate_all("all => all.forEach((each) => (each.open = true))")
        lost = lose_posts(page, "**/practice/start/", 1)
        page.locator(button).first.click()
        expect(page.get_by_role("alert")).to_contain_text("The server does not respond.")
        assert_accessible(page)
        wait_for_room(page, 1)
        assert lost == [200]
        assert site.sql(
            "SELECT count(*) FROM exams_attempt a JOIN exams_attempt b USING (candidate_id) WHERE b.uuid = ?",
            attempt_id(attempt),
        ) == [(2,)]

    def test_a_practice_without_a_connection_says_so_and_goes_on_with_it(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        page.goto(site.url)
        context.set_offline(True)
        button = page.get_by_role("button", name="Try 10 questions").first
        button.click()
        expect(page.get_by_role("alert")).to_have_text(
            "No connection. The practice has not started; try again when it is back."
        )
        assert_accessible(page)
        context.set_offline(False)
        button.click()
        wait_for_room(page, 1)

    def test_a_page_that_comes_back_from_the_memory_of_the_browser_starts_another_practice(
        self, page: Page, site: Site
    ) -> None:
        page.goto(f"{site.url}/practice/?exam=MLS-C01")
        pair = page.locator("#builder [name=pair]").input_value()
        with page.expect_navigation():
            page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        assert page.locator("#builder [name=pair]").input_value() != pair

    def test_an_end_whose_reply_is_lost_leads_to_the_report(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        page.goto(f"{attempt}finish/")
        lost = lose_posts(page, "**/finish/", 1)
        page.get_by_role("button", name="Finish exam").click()
        expect(page.locator("#message-save")).to_have_text(
            "The end may already have arrived; this page asks again by itself."
        )
        expect(page.locator("h1 .word")).to_be_visible()
        assert lost == [303]
