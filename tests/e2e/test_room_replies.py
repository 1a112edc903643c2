"""Test what the room makes of a reply that is lost, of one that refuses for good, and of a page that ends."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import Site, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import (
    OFFLINE,
    PausedRequests,
    attempt_id,
    bit,
    send_visit,
    single,
    start_earlier,
    stored,
    unsent,
    wait_until_acknowledged,
)

LOST = "ERR_FAILED"
REFUSED = "status of 4(00|13|15)"
# Select these characters of the question.
SELECT = """(offsets) => {
  const ends = offsets.flatMap((offset) => {
    const texts = document.createTreeWalker(document.getElementById("stem"), NodeFilter.SHOW_TEXT);
    while (offset > texts.nextNode().length) offset -= texts.currentNode.length;
    return [texts.currentNode, offset];
  });
  getSelection().setBaseAndExtent(...ends);
}"""
NO_LINE = "() => { window.fetch = () => Promise.reject(new Error('no line')); }"


def lose_replies(page: Page) -> list[Any]:
    """Let the server store what the page sends, and lose its replies. Return what it has stored."""
    batches: list[Any] = []

    def lose(route: Route) -> None:
        assert route.fetch().status == 200
        batches.append(route.request.post_data_json)
        route.abort()

    page.route("**/sync/", lose)
    return batches


def break_batches_with(page: Page, change: str, headers: dict[str, str] | None = None) -> None:
    """Let the server refuse every request that has this change: it is not whole, or has these headers."""

    def break_it(route: Route) -> None:
        body = route.request.post_data or ""
        if f'"id":"{change}"' not in body:
            route.continue_()
        elif headers:
            route.continue_(headers={**route.request.headers, **headers})
        else:
            route.continue_(post_data=body[:-1])

    page.route("**/sync/", break_it)


def field(site: Site, address: str, name: str, position: int = 1) -> Any:
    """Return a column of a stored response."""
    [(value,)] = site.sql(
        f"SELECT r.{name} FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND r.position = ?",
        attempt_id(address),
        position,
    )
    return value


def trail(site: Site, address: str, position: int) -> list[int]:
    """Return the ticks of each stored step of an answer."""
    return [int(step.split("@")[0]) for step in field(site, address, "trail", position).split(";") if step]


def note(site: Site, address: str) -> tuple[str, list[list[int]]]:
    """Return the stored note on the first question, and the highlights in its stem."""
    for text, marks in site.sql(
        "SELECT text, highlights FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id "
        "WHERE a.uuid = ? AND n.position = 1",
        attempt_id(address),
    ):
        return text, json.loads(marks).get("stem", [])
    return "", []


def highlight(page: Page, start: int, end: int, button: str = "Highlight the text") -> None:
    page.evaluate(SELECT, [start, end])
    page.get_by_role("button", name=button).click()


def n_highlighted(page: Page) -> int:
    """Return how many characters of the stem are highlighted; a highlight has several parts if there is code in it."""
    return sum(len(part) for part in page.locator("#stem mark").all_text_contents())


def another_window(context: BrowserContext, attempt: str) -> Page:
    """Open the first question of the same exam in another window of the browser."""
    page = context.new_page()
    page.goto(attempt)
    wait_for_room(page, 1)
    return page


def highlight_elsewhere(context: BrowserContext, site: Site, attempt: str) -> None:
    """Highlight a word of the first question in another window of the browser, and wait until it is saved."""
    other = another_window(context, attempt)
    highlight(other, 12, 18)
    wait_for(other, lambda: note(site, attempt)[1] == [[12, 18]])


def start_and_visit(page: Page, site: Site) -> str:
    """Start an exam by a clock of the test, and wait until the visit of its first question was sent."""
    page.clock.install()
    attempt = start(page, site)
    start_earlier(site, attempt)
    send_visit(page)
    return attempt


class TestRefusals:
    @pytest.mark.complains(OFFLINE, REFUSED)
    @pytest.mark.parametrize("headers", [None, {"content-type": "text/plain"}], ids=["400", "415"])
    def test_a_change_that_the_server_refuses_for_good_is_named_and_stops_no_other(
        self, context: BrowserContext, page: Page, site: Site, headers: dict[str, str] | None
    ) -> None:
        attempt = start(page, site)
        context.set_offline(True)
        masks = {}
        for position in range(1, 6):
            masks[position] = bit(page, position % 2)
            page.locator(".option label").nth(position % 2).click()
            next_question(page)
        expect(page.locator("#strip")).to_contain_text("5 changes are kept in this browser")
        break_batches_with(page, "answer-3", headers)
        context.set_offline(False)
        refusal = "The server refused your change to question 3: it is not saved."
        expect(page.locator("#strip")).to_contain_text(refusal)
        others = [1, 2, 4, 5]
        wait_for(page, lambda: [stored(site, attempt, n)[0] for n in others] == [masks[n] for n in others])
        assert stored(site, attempt, 3)[0] == 0
        page.locator(".option label").first.click()  # question 6: what comes later is saved as ever
        expect(page.locator("#save")).to_have_text("Saved")
        page.locator("button.cell[value='3']").click()
        wait_for_room(page, 3)
        expect(page.locator("#save")).not_to_have_text("Saved")
        expect(page.locator("#strip")).to_contain_text(refusal)
        page.unroute("**/sync/")
        page.reload()  # the browser has kept it
        wait_for(page, lambda: stored(site, attempt, 3)[0] == masks[3])
        wait_for(page, lambda: unsent(page) == 0)
        expect(page.locator("#strip")).to_be_hidden()

    @pytest.mark.complains(REFUSED)
    def test_the_sentence_about_a_refused_answer_goes_with_the_next_answer(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        position = single(page)
        break_batches_with(page, f"answer-{position}")
        page.locator(".option label").nth(0).click()
        expect(page.locator("#strip")).to_contain_text(f"your change to question {position}")
        page.unroute("**/sync/")
        mask = bit(page, 1)
        page.locator(".option label").nth(1).click()
        wait_for(page, lambda: stored(site, attempt, position)[0] == mask)
        expect(page.locator("#save")).to_have_text("Saved")
        expect(page.locator("#strip")).to_be_hidden()

    @pytest.mark.complains(REFUSED)
    def test_a_refused_scratchpad_is_named(self, page: Page, site: Site) -> None:
        start(page, site)
        break_batches_with(page, "scratchpad-0")
        page.get_by_role("button", name="Tools").click()
        page.get_by_label("Scratchpad for the whole exam").fill("come back to 12")
        expect(page.locator("#strip")).to_contain_text(
            "The server refused a change of the scratchpad or the settings: it is not saved."
        )

    @pytest.mark.complains(OFFLINE, REFUSED)
    def test_a_proxy_that_lets_only_small_requests_pass_gets_small_ones(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        context.set_offline(True)
        masks = {}
        for position in range(1, 9):
            masks[position] = bit(page, 0)
            page.locator(".option label").first.click()
            next_question(page)
        page.route(
            "**/sync/",
            lambda route: (
                route.fulfill(status=413, body="<h1>413 Request Entity Too Large</h1>")
                if len(route.request.post_data or "") > 600
                else route.continue_()
            ),
        )
        context.set_offline(False)
        wait_for(page, lambda: {n: stored(site, attempt, n)[0] for n in masks} == masks)
        wait_for(page, lambda: unsent(page) == 0)
        expect(page.locator("#strip")).to_be_hidden()

    @pytest.mark.complains(REFUSED)
    def test_a_400_of_a_proxy_is_an_outage(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        page.route("**/sync/", lambda route: route.fulfill(status=400, body="<h1>Bad Request</h1>"))
        mask = bit(page, 0)
        page.locator(".option label").first.click()
        expect(page.locator("#strip")).to_contain_text("the server does not respond")
        page.unroute("**/sync/")
        wait_for(page, lambda: stored(site, attempt)[0] == mask)
        expect(page.locator("#strip")).to_be_hidden()


class TestEndOfThePage:
    def test_the_seconds_since_the_last_reply_are_stored(self, page: Page, site: Site) -> None:
        page.clock.install()
        attempt = start(page, site)
        start_earlier(site, attempt)
        position = single(page)
        page.locator(".option label").first.click()
        expect(page.locator("#save")).to_have_text("Saved")
        wait_until_acknowledged(page)
        page.clock.run_for(240_000)
        assert field(site, attempt, "seconds", position) < 200
        page.goto(f"{site.url}/history/")
        wait_for(page, lambda: field(site, attempt, "seconds", position) >= 240)

    def test_seconds_until_another_tab_is_looked_at_are_stored_soon_because_a_phone_may_end_the_page_there(
        self, page: Page, site: Site
    ) -> None:
        attempt = start_and_visit(page, site)
        page.clock.run_for(100_000)
        page.evaluate(
            """Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));"""
        )
        page.clock.run_for(60_000)  # are not read
        wait_for(page, lambda: field(site, attempt, "seconds") >= 130)
        assert field(site, attempt, "seconds") < 180

    @pytest.mark.complains(OFFLINE, LOST)
    def test_seconds_that_the_last_request_could_not_carry_are_sent_after_a_reload(
        self, page: Page, site: Site
    ) -> None:
        attempt = start_and_visit(page, site)
        page.clock.run_for(100_000)
        page.evaluate(NO_LINE)  # routes do not see what a page sends at its end
        page.reload()
        wait_for_room(page, 1)
        page.get_by_role("button", name="Flag for review").click()
        wait_for(page, lambda: field(site, attempt, "seconds") >= 130)


@pytest.mark.complains(LOST)
class TestLostReplies:
    def test_the_trail_has_each_step_once(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        position = single(page)
        masks = [bit(page, n) for n in range(4)]
        for place in (0, 2):
            lose_replies(page)
            page.locator(".option label").nth(place).click()
            expect(page.locator("#save")).to_contain_text("Not saved")
            assert stored(site, attempt, position)[0] == masks[place]
            page.locator(".option label").nth(place + 1).click()
            page.unroute("**/sync/")
            expect(page.locator("#save")).to_have_text("Saved")
            assert stored(site, attempt, position)[0] == masks[place + 1]
        assert trail(site, attempt, position) == masks
        expect(page.locator(".room-question [role=alert]")).to_be_hidden()
        wait_for(page, lambda: unsent(page) == 0)

    def test_a_step_that_a_reload_has_interrupted_is_in_the_trail_once(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        position = single(page)
        masks = [bit(page, n) for n in range(2)]
        batches = lose_replies(page)
        page.locator(".option label").nth(0).click()
        wait_for(page, lambda: bool(batches))
        page.evaluate(NO_LINE)
        page.locator(".option label").nth(1).click()
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.unroute("**/sync/")
        wait_for(page, lambda: stored(site, attempt, position)[0] == masks[1])
        assert trail(site, attempt, position) == masks

    @pytest.mark.parametrize("removes", [False, True])
    def test_highlights_go_on_from_what_was_stored(self, page: Page, site: Site, *, removes: bool) -> None:
        attempt = start(page, site)
        batches = lose_replies(page)
        highlight(page, 2, 9)
        wait_for(page, lambda: bool(batches))
        assert note(site, attempt)[1] == [[2, 9]]
        if removes:
            highlight(page, 3, 4, "Remove the highlight")
        else:
            highlight(page, 12, 18)
        page.unroute("**/sync/")
        expected = [] if removes else [[2, 9], [12, 18]]
        wait_for(page, lambda: unsent(page) == 0)
        assert note(site, attempt)[1] == expected
        wait_for(page, lambda: n_highlighted(page) == sum(end - start for start, end in expected))

    def test_a_highlight_goes_on_from_a_note_that_was_saved_before_a_crash(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        highlight(page, 2, 9)  # waits for two seconds
        page.locator("#note").fill("compare the costs")
        wait_for(page, lambda: note(site, attempt)[0] == "compare the costs")
        page.evaluate(NO_LINE)
        page.reload()
        wait_for(page, lambda: unsent(page) == 0)
        assert note(site, attempt) == ("compare the costs", [[2, 9]])

    def test_highlights_of_another_window_stay_and_are_shown(
        self, context: BrowserContext, page: Page, site: Site, faults: list[str]
    ) -> None:
        attempt = start(page, site)
        highlight_elsewhere(context, site, attempt)
        page.bring_to_front()
        paused = PausedRequests(page)
        highlight(page, 2, 9)
        wait_for(page, lambda: bool(paused.waiting))
        page.locator("#note").fill("what is written meanwhile stays")
        paused.release()
        wait_for(page, lambda: unsent(page) == 0)
        wait_for(page, lambda: n_highlighted(page) == 18 - 12)
        expect(page.locator("#note")).to_have_value("what is written meanwhile stays")
        assert note(site, attempt) == ("what is written meanwhile stays", [[12, 18]])

    def test_a_highlight_that_waits_for_its_note_does_not_replace_those_of_another_window(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        highlight_elsewhere(context, site, attempt)
        page.bring_to_front()
        page.route("**/sync/", lambda route: route.abort())
        highlight(page, 2, 9)
        page.locator("#note").fill("written here")
        expect(page.locator("#strip")).to_contain_text("kept in this browser")
        page.unroute("**/sync/")
        wait_for(page, lambda: unsent(page) == 0)
        wait_for(page, lambda: n_highlighted(page) == 18 - 12)
        assert note(site, attempt) == ("written here", [[12, 18]])

    @pytest.mark.parametrize("meanwhile", [True, False], ids=["written meanwhile", "written afterwards"])
    def test_no_highlight_lets_a_note_replace_that_of_another_window(
        self, context: BrowserContext, page: Page, site: Site, *, meanwhile: bool
    ) -> None:
        attempt = start(page, site)
        other = another_window(context, attempt)
        other.locator("#note").fill("written there")
        wait_for(other, lambda: note(site, attempt)[0] == "written there")
        page.bring_to_front()
        paused = PausedRequests(page)
        highlight(page, 2, 9)
        wait_for(page, lambda: bool(paused.waiting))
        if meanwhile:
            page.locator("#note").press_sequentially("written here")
        paused.release()
        wait_for(page, lambda: unsent(page) == 0)
        if not meanwhile:
            expect(page.locator("#note")).to_have_value("written there")
            page.locator("#note").press("End")
            page.locator("#note").press_sequentially(", and here")
            wait_for(page, lambda: unsent(page) == 0)
        both = "written there\n\nwritten here" if meanwhile else "written there, and here"
        wait_for(page, lambda: note(site, attempt)[0] == both)
        expect(page.locator("#note")).to_have_value(both)

    def test_a_note_takes_over_the_highlights_of_another_window(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        highlight_elsewhere(context, site, attempt)
        page.bring_to_front()
        page.locator("#note").fill("written here")
        wait_for(page, lambda: unsent(page) == 0)
        wait_for(page, lambda: n_highlighted(page) == 18 - 12)
        highlight(page, 2, 9)
        wait_for(page, lambda: unsent(page) == 0)
        assert note(site, attempt) == ("written here", [[2, 9], [12, 18]])
