"""Test a reload of the room without a connection, and that nobody else in the same browser sees the exam."""

import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.e2e.conftest import Site, assert_accessible, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import OFFLINE, attempt_id, bit, single, stored, unsent
from tests.mlsprep.processes import running_server
from tests.servers import free_port

pytestmark = pytest.mark.complains(OFFLINE, "FetchEvent|ERR_FAILED|status of 404")

KEPT = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...await caches.keys(),
  ...(await navigator.serviceWorker.getRegistrations()).map((worker) => worker.scope),
].filter((name) => /mlsprep|attempts/.test(name))"""


def kept(page: Page) -> list[str]:
    """Return the names of all that this browser keeps of attempts."""
    found: list[str] = page.evaluate(KEPT)
    return found


def start_with_worker(page: Page, site: Site) -> str:
    attempt = start(page, site)
    wait_for(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))
    return attempt


class TestReload:
    def test_an_exam_is_written_offline_to_the_end_with_every_tool_across_a_reload(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        next_question(page)
        next_question(page)
        context.set_offline(True)
        masks = {}
        for position in range(3, 66):
            masks[position] = bit(page, position % 4)
            page.keyboard.press("abcd"[position % 4])
            if position == 3:
                page.keyboard.press("m")
                page.keyboard.press("s")
                page.keyboard.press("b")
                page.keyboard.press("w")
                page.keyboard.type("compare with 7")
                page.locator("h1").click()
            if position == 4:
                page.get_by_role("button", name="Tools").click()
                page.get_by_label("Scratchpad for the whole exam").fill("come back to 12")
                page.get_by_text("Large", exact=True).click()
                page.keyboard.press("Escape")
                page.get_by_role("button", name="Hide").click()
                page.evaluate("getSelection().selectAllChildren(document.querySelector('#stem p'))")
                page.keyboard.press("h")
                expect(page.locator("#stem mark").first).to_be_visible()
            if position == 30:
                page.on("dialog", lambda dialog: dialog.accept())
                page.reload()
                wait_for_room(page, 30)
                expect(page.locator("#strip")).to_contain_text("are kept in this browser")
                expect(page.locator("#strip")).not_to_contain_text("Do not reload")
                expect(page.locator("[name=option]:checked")).to_have_count(1)
                expect(page.locator("html")).to_have_attribute("data-size", "2")  # chosen since the page was loaded
                expect(page.get_by_role("timer")).to_have_text("Time hidden")
            if position < 65:
                page.keyboard.press("n")
                wait_for_room(page, position + 1)
        page.get_by_role("button", name="Finish exam").click()
        expect(page.locator("#strip")).to_contain_text(
            re.compile(
                r"changes will be sent when the connection is back; the exam ends at .* in any case\. "
                r"To review, report or finish, you need a connection\."
            )
        )
        # What a page sends at its end, Chromium sends in spite of its offline mode.
        assert stored(site, attempt, 40)[0] == 0
        context.set_offline(False)
        wait_for(page, lambda: unsent(page) == 0)
        expect(page.locator("#message-save")).to_have_text("The connection is back. Nothing waits to be sent.")
        assert {position: stored(site, attempt, position)[0] for position in masks} == masks
        rows = site.sql(
            "SELECT r.position, flagged, struck, first_shown IS NOT NULL FROM exams_response r "
            "JOIN exams_attempt a ON a.id = r.attempt_id WHERE a.uuid = ? ORDER BY r.position",
            attempt_id(attempt),
        )
        assert [position for position, *_ in rows if _[2]] == [*range(1, 66)]
        assert [(position, bool(struck)) for position, flagged, struck, _ in rows if flagged] == [(3, True)]
        notes = site.sql(
            "SELECT n.position, n.text, n.highlights FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id "
            "WHERE a.uuid = ? ORDER BY n.position",
            attempt_id(attempt),
        )
        assert [(position, text) for position, text, _ in notes] == [
            (0, "come back to 12"),
            (3, "compare with 7"),
            (4, ""),
        ]
        assert '"stem": [[' in notes[2][2]
        assert site.sql("SELECT position FROM exams_attempt WHERE uuid = ?", attempt_id(attempt)) == [(65,)]
        page.get_by_role("button", name="Finish exam").click()
        page.wait_for_url("**/finish/")
        page.get_by_role("button", name="Finish exam").click()
        expect(page.locator("h1 .word")).to_be_visible()
        wait_for(page, lambda: kept(page) == [])

    def test_an_answer_of_a_page_loaded_offline_is_offered_beside_that_of_another_window(
        self, browser: Browser, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        position = single(page)
        context.set_offline(True)
        page.reload()
        wait_for_room(page, position)
        tick = bit(page, 0)
        page.locator(".option label").nth(0).click()
        next_question(page)
        device = browser.new_context()
        device.add_cookies(context.cookies())
        other = device.new_page()
        other.goto(f"{attempt}questions/{position}/")
        wait_for_room(other, position)
        other.locator(".option label").nth(1).click()
        expect(other.locator("#save")).to_contain_text("Saved")
        theirs = stored(site, attempt, position)[0]
        context.set_offline(False)
        expect(page.locator("#strip")).to_contain_text(f"Question {position} was answered in another window or device.")
        page.locator(f"button.cell[value='{position}']").click()
        wait_for_room(page, position)
        expect(page.locator("h1")).to_contain_text(f"Question {position} of 65")
        expect(page.locator("#refused")).to_contain_text("Saved there: B. Not saved, selected here: A.")
        expect(page.locator(".option input").nth(1)).to_be_checked()
        assert stored(site, attempt, position)[0] == theirs
        page.get_by_role("button", name="Tools").click()
        expect(page.get_by_label("Scratchpad for the whole exam")).to_be_visible()
        expect(page.locator(".guest-code")).to_be_hidden()  # the page that is kept for a reload has nobody's code
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Use A").click()
        wait_for(page, lambda: stored(site, attempt, position)[0] == tick)
        expect(page.locator("#refused")).to_be_hidden()

    def test_a_server_that_hangs_does_not_keep_a_reload_waiting(
        self, context: BrowserContext, page: Page, prepared: Path, tmp_path: Path
    ) -> None:
        data_dir = Path(shutil.copytree(prepared, tmp_path / "data"))
        with running_server(data_dir, free_port()) as server:
            site = Site(server, data_dir)
            attempt = start_with_worker(page, site)
            next_question(page)
            server.process.send_signal(signal.SIGSTOP)
            page.reload(wait_until="commit")
            page.wait_for_selector("#room[data-whole][data-position='2']", timeout=20_000)
            expect(page.locator(".room-moves")).to_have_css("position", "sticky")
            tick = bit(page, 1)
            page.locator(".option label").nth(1).click()
            other = context.new_page()
            other.goto(page.url, wait_until="commit")
            expect(other.get_by_role("heading", name="Connect to go on")).to_be_visible(timeout=20_000)
            server.process.send_signal(signal.SIGCONT)
            wait_for(page, lambda: stored(site, attempt, 2)[0] == tick)
            expect(page.locator("#strip")).to_be_hidden()
            page.close()
            other.close()

    def test_the_pages_around_the_room_say_that_there_is_no_connection_and_lead_back(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        next_question(page)
        message = page.locator("#message-save")
        for name, button in [("finish", "Finish exam"), ("summary", "Finish exam"), ("summary", "Unanswered")]:
            page.goto(f"{attempt}{name}/")
            page.route("**/clock", lambda route: route.abort())  # not known to the browser, as behind a router
            page.get_by_role("button" if name == "finish" else "link", name=button).first.click()
            expect(message).to_have_text("No connection. Your answers are safe; try again when it is back.")
            expect(message).to_be_in_viewport()
            expect(page).to_have_url(f"{attempt}{name}/")
            page.unroute("**/clock")
        for name, way in [("finish", "link"), ("summary", "button")]:
            page.goto(f"{attempt}{name}/")
            context.set_offline(True)
            page.get_by_role(way, name="Back to question 2").click()  # type: ignore[arg-type]
            wait_for_room(page, 2)
            expect(page.locator("#stem")).to_be_visible()
            context.set_offline(False)
        page.goto(f"{attempt}finish/")
        context.set_offline(True)
        page.get_by_role("button", name="Finish exam").click()
        expect(message).to_be_visible()
        context.set_offline(False)
        expect(message).to_have_text("The connection is back. Nothing waits to be sent.")
        page.get_by_role("button", name="Finish exam").click()
        expect(page.locator("h1 .word")).to_be_visible()

    @pytest.mark.parametrize(
        ("button", "heading"), [("Review answers", "Review your"), ("Finish exam", "Finish exam?")]
    )
    def test_back_to_a_page_before_the_end_waits_for_the_connection(
        self, context: BrowserContext, page: Page, site: Site, button: str, heading: str
    ) -> None:
        attempt = start_with_worker(page, site)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.goto(f"{attempt}questions/1/")
        wait_for_room(page, 1)
        context.set_offline(True)
        page.keyboard.press("n")
        page.wait_for_url("**/questions/2/")
        page.evaluate("history.go(-2)")
        expect(page.get_by_role("heading", name="Connect to go on")).to_be_visible()
        expect(page).to_have_title("Connect to go on")
        expect(page.locator("#stem")).to_be_hidden()
        page.get_by_role("link", name="Back to the questions").click()
        wait_for_room(page, 2)
        expect(page).to_have_title(re.compile("^Question 2 of 65 · "))
        expect(page.locator("#stem")).to_be_visible()
        page.go_back(wait_until="commit")
        expect(page.get_by_role("heading", name="Connect to go on")).to_be_visible()
        assert_accessible(page)
        context.set_offline(False)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()

    def test_a_report_of_a_problem_is_kept_without_a_connection_and_sent_with_it(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        page.goto(f"{attempt}questions/1/report/")
        page.get_by_label("What is wrong?").fill("A network adds nothing here.")
        context.set_offline(True)
        page.get_by_role("button", name="Send report").click()
        expect(page.locator("#message-save")).to_have_text(
            "No connection. Your answers are safe; try again when it is back."
        )
        expect(page.locator("#message-save")).to_be_in_viewport()
        expect(page.get_by_label("What is wrong?")).to_have_value("A network adds nothing here.")
        context.set_offline(False)
        expect(page.locator("#message-save")).to_be_hidden()
        page.get_by_role("button", name="Send report").click()
        expect(page.get_by_text("Thank you. Your report was sent to the authors of the question.")).to_be_visible()
        assert site.sql(
            "SELECT count(*) FROM questions_questionreport WHERE text = 'A network adds nothing here.'"
        ) == [(1,)]

    def test_the_form_of_a_problem_is_not_answered_by_the_page_of_the_room(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        page.goto(f"{attempt}questions/1/report/")
        context.set_offline(True)
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            page.reload()
        context.set_offline(False)
        page.goto(f"{attempt}questions/1/report/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Report a problem")


class TestDeletion:
    def test_the_paper_is_kept_until_the_exam_ends_and_late_answers_for_another_day(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        start_with_worker(page, site)
        context.set_offline(True)
        page.locator(".option label").first.click()
        page.get_by_role("button", name="Flag for review").click()
        expect(page.locator("#strip")).to_contain_text("are kept in this browser")
        page.close(run_before_unload=False)
        context.set_offline(False)

        def kept_after(hours: float) -> list[str]:
            later = context.new_page()
            later.clock.set_fixed_time(time.time() + hours * 3600)
            later.goto(f"{site.url}/privacy/")
            later.wait_for_load_state("networkidle")
            names = kept(later)
            later.close()
            return names

        assert any(":flag-1" in name for name in kept_after(2.5))
        [answer] = kept_after(3.5)
        assert ":answer-1" in answer
        assert kept_after(26.5) == [answer]
        assert kept_after(27.5) == []


class TestSharedComputer:
    def test_nothing_of_an_exam_is_shown_in_another_tab_offline_or_kept_for_the_next_candidate(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start_with_worker(page, site)
        stem = page.locator("#stem").inner_text()
        page.get_by_role("button", name="Tools").click()
        code = page.locator("#tools b").inner_text()
        context.set_offline(True)
        page.keyboard.press("Escape")
        page.locator(".option label").first.click()
        room = page.url
        page.close(run_before_unload=False)
        other = context.new_page()
        other.goto(room)
        expect(other.get_by_role("heading", name="Connect to go on")).to_be_visible()
        expect(other.locator("#connect")).to_contain_text("is kept in this browser. The clock keeps running.")
        html = other.content()
        assert stem[:40] not in html
        assert code not in html
        assert other.locator("[name=option], .sheet .cell").count() == 0
        context.set_offline(False)
        context.clear_cookies()  # as the end of a session; B signs up
        other.goto(f"{site.url}/accounts/signup/")
        other.locator("[name=username]").fill("candidate-b")
        other.locator("[name=password1]").fill("a long and quiet password")
        other.locator("main form button").first.click()
        other.wait_for_url(lambda url: "signup" not in url)
        other.goto(site.url)
        other.get_by_role("link", name="Start an exam").first.click()
        other.get_by_role("button", name="Start exam").click()
        wait_for_room(other, 1)
        own = other.url.split("/attempts/")[1].split("/")[0]
        wait_for(other, lambda: all(own in name for name in kept(other)))
        response = other.goto(room)
        assert response
        assert response.status == 404
        assert attempt not in other.content()

    @pytest.mark.parametrize("button", ["Leave this browser", "Delete"])
    def test_leaving_the_browser_deletes_all_that_it_keeps(self, page: Page, site: Site, button: str) -> None:
        start_with_worker(page, site)
        assert kept(page)
        page.goto(f"{site.url}/{'leave' if button.startswith('Leave') else 'account/delete'}/")
        form = page.locator("form[data-forget-all]")
        for box in form.locator("input[type=checkbox]").all():
            box.check()
        with page.expect_navigation():
            form.locator("button").last.click()
        wait_for(page, lambda: kept(page) == [])
