"""Test the paper in the browser: moves without a request, and an outage with every question and tool."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Site, next_question, start, start_practice, wait_for, wait_for_room
from tests.e2e.rooms import CONFLICT, OFFLINE, attempt_id, bit, stored, unsent
from tests.pictures import picture

FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });"""


def shown(site: Site, address: str) -> list[int]:
    """Return the questions that count as shown."""
    rows = site.sql(
        "SELECT r.position FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND r.first_shown IS NOT NULL ORDER BY r.position",
        attempt_id(address),
    )
    return [position for (position,) in rows]


def current(site: Site, address: str) -> int:
    """Return the question at which any device resumes."""
    [(position,)] = site.sql("SELECT position FROM exams_attempt WHERE uuid = ?", attempt_id(address))
    return position


def tick(page: Page, place: int = 0) -> int:
    """Tick one option; return its mask."""
    mask = bit(page, place)
    page.locator(".option label").nth(place).click()
    return mask


def move(page: Page, name: str, position: int) -> None:
    page.locator(".room-moves").get_by_role("button", name=name).click()
    wait_for_room(page, position)


class TestOnline:
    def test_a_move_is_no_request_and_visits_go_with_the_next_click(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        tick(page)
        expect(page.locator("#save")).to_contain_text("Saved")
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url) if "/attempts/" in request.url else None)
        for position in range(2, 12):
            page.keyboard.press("n")
            wait_for_room(page, position)
        expect(page).to_have_url(f"{attempt}questions/11/")
        assert page.title().startswith("Question 11 of 65")
        assert page.evaluate("document.activeElement.textContent.trim()").startswith("Question 11")
        assert page.locator(".sheet .cell[aria-current=step]").get_attribute("value") == "11"
        assert requests == []
        assert shown(site, attempt) == [1]
        tick(page)
        wait_for(page, lambda: shown(site, attempt) == [*range(1, 12)])
        assert requests == [f"{attempt}sync/"]
        assert current(site, attempt) == 11

    @pytest.mark.parametrize("act", ["[name=flag]", ".strike"])
    def test_a_flag_or_a_strike_out_is_sent_at_once(self, page: Page, site: Site, act: str) -> None:
        attempt = start(page, site)
        with page.expect_response("**/sync/", timeout=5000) as sent:
            page.locator(act).first.click()
        assert sent.value.status == 200
        flagged, struck = site.sql(
            "SELECT flagged, struck FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
            "WHERE a.uuid = ? AND r.position = 1",
            attempt_id(attempt),
        )[0]
        assert (bool(flagged), bool(struck)) == (act == "[name=flag]", act == ".strike")

    def test_visits_that_no_click_follows_are_sent_when_the_page_is_left(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        next_question(page)
        next_question(page)
        page.goto(f"{site.url}/history/")
        wait_for(page, lambda: shown(site, attempt) == [1, 2, 3])
        assert current(site, attempt) == 3

    @pytest.mark.complains(CONFLICT)
    def test_a_room_of_an_older_release_says_so_and_a_reload_sends_what_it_kept(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        page.route(
            "**/sync/",
            lambda route: route.continue_(
                post_data=(route.request.post_data or "").replace('"protocol":1', '"protocol":0')
            ),
        )
        mask = tick(page)
        expect(page.locator("#strip")).to_contain_text("Reload to go on. Your answers are kept.")
        assert stored(site, attempt)[0] == 0
        page.unroute("**/sync/")
        page.reload()
        wait_for(page, lambda: stored(site, attempt)[0] == mask)
        wait_for(page, lambda: unsent(page) == 0)

    def test_a_double_click_on_next_leaves_one_question(self, page: Page, site: Site) -> None:
        start(page, site)
        next_question(page)
        page.locator(".room-moves .next").dblclick()
        wait_for_room(page, 3)
        page.wait_for_timeout(300)
        wait_for_room(page, 3)

    def test_an_answer_never_overwrites_one_from_another_window(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        other = context.new_page()
        other.goto(f"{attempt}questions/3/")
        wait_for_room(other, 3)
        theirs = tick(other, 1)
        expect(other.locator("#save")).to_contain_text("Saved")
        next_question(page)
        next_question(page)
        tick(page, 0)
        expect(page.locator(".room-question [role=alert]")).to_contain_text("answered in another window")
        expect(page.locator(".option input").nth(1)).to_be_checked()
        assert stored(site, attempt, 3)[0] == theirs

    def test_pictures_of_all_questions_are_loaded_before_they_are_shown(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        page.route(
            "**/paper/",
            lambda route: route.fulfill(
                response=(answer := route.fetch()),
                body=answer.text().replace(
                    '<div class=\\"stem\\"', '<img src=\\"/images/graph.png\\" alt=\\"\\"><div class=\\"stem\\"'
                ),
            ),
        )
        page.context.route("**/images/graph.png", lambda route: route.fulfill(body=picture(), content_type="image/png"))
        with page.expect_request("**/images/graph.png"):
            page.goto(attempt)


@pytest.mark.complains(OFFLINE)
class TestOffline:
    def test_three_moves_with_answers_are_stored_in_their_order_when_the_line_is_back(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        next_question(page)
        context.set_offline(True)
        masks = {3: tick(page)}
        move(page, "Next", 4)
        masks[4] = tick(page, 1)
        move(page, "Previous", 3)
        expect(page.locator(".option input").nth(0)).to_be_checked()
        move(page, "Previous", 2)
        masks[2] = tick(page, 2)
        expect(page.locator("#strip")).to_contain_text("3 changes are kept in this browser")
        assert shown(site, attempt) == []
        context.set_offline(False)
        wait_for(page, lambda: unsent(page) == 0)
        assert {position: stored(site, attempt, position)[0] for position in masks} == masks
        assert shown(site, attempt) == [1, 2, 3, 4]
        expect(page.locator("#save")).to_contain_text("Saved")
        expect(page.locator("#strip")).to_be_hidden()
        assert current(site, attempt) == 2
        move(page, "Next", 3)
        tick(page, 1)
        expect(page.locator("#save")).to_contain_text("Saved")

    @pytest.mark.parametrize("storage", [FULL, FORBIDDEN], ids=["full", "forbidden"])
    def test_without_storage_the_banner_says_to_keep_the_page_and_nothing_is_lost(
        self, context: BrowserContext, page: Page, site: Site, storage: str
    ) -> None:
        page.add_init_script(storage)
        attempt = start(page, site)
        context.set_offline(True)
        mask = tick(page)
        expect(page.locator("#strip")).to_contain_text("this browser stores nothing. Keep this page open")
        move(page, "Next", 2)
        other = tick(page)
        context.set_offline(False)
        wait_for(page, lambda: (stored(site, attempt)[0], stored(site, attempt, 2)[0]) == (mask, other))
        expect(page.locator("#strip")).to_be_hidden()

    def test_a_note_written_before_an_offline_move_is_stored(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        context.set_offline(True)
        page.get_by_text("Note on question 2").click()
        page.locator("#note").fill("compare with 7")
        move(page, "Next", 3)
        expect(page.locator("#note")).to_have_value("")
        context.set_offline(False)
        query = (
            "SELECT n.text FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id "
            "WHERE a.uuid = ? AND n.position = 2"
        )
        wait_for(page, lambda: site.sql(query, attempt_id(attempt)) == [("compare with 7",)])

    def test_after_a_crash_offline_questions_left_are_stored_and_count_as_shown(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        wait_for_room(page, 2)
        context.set_offline(True)
        move(page, "Next", 3)
        mask = tick(page)
        expect(page.locator("#save")).to_contain_text("Not saved")
        page.close(run_before_unload=False)
        context.set_offline(False)
        back = context.new_page()
        back.goto(f"{attempt}questions/3/")
        wait_for(back, lambda: stored(site, attempt, 3)[0] == mask)
        wait_for(back, lambda: shown(site, attempt) == [1, 2, 3])

    def test_answers_after_the_grace_period_are_counted_and_said(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        context.set_offline(True)
        tick(page)
        move(page, "Next", 3)
        tick(page)
        site.sql(
            "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
            "deadline = datetime('now', '-60 seconds') WHERE uuid = ?",
            attempt_id(attempt),
        )
        context.set_offline(False)
        expect(page.locator("h1")).to_have_text("This exam is over")
        expect(page.locator(".lead")).to_contain_text("2 answers came too late and were not saved.")
        assert unsent(page) == 2  # for a day: the exam may be reopened


@pytest.mark.complains(OFFLINE)
def test_study_mode_says_offline_what_an_answer_lacks_to_be_checked(
    context: BrowserContext, page: Page, site: Site
) -> None:
    start_practice(page, site)
    n = int(page.locator("#pick-hint").get_attribute("data-choose") or 1) if page.locator("#pick-hint").count() else 1
    context.set_offline(True)
    page.get_by_role("button", name="Flag").click()
    expect(page.locator("#strip")).to_contain_text("Your change is kept in this browser")
    page.get_by_role("button", name="Check answer").click()
    lacks = page.get_by_text(f"Choose {n} option{'s' if n > 1 else ''}, then check your answer.")
    expect(lacks).to_be_visible()
    expect(page.locator("#message-save")).to_be_hidden()  # one sentence at a time
    page.locator(".option label").nth(0).click()
    expect(lacks).to_be_hidden()
    expect(page.locator("#message-save")).to_contain_text("2 changes are kept in this browser")
    context.set_offline(False)
    expect(page.locator("#message-save")).to_be_hidden()


@pytest.mark.complains(OFFLINE)
def test_study_mode_says_offline_that_the_solution_needs_a_connection(
    context: BrowserContext, page: Page, site: Site
) -> None:
    page.goto(site.url)
    page.get_by_role("button", name=re.compile("^Try 10")).click()
    wait_for_room(page, 1)
    hint = page.locator("#pick-hint")
    for place in range(int(hint.get_attribute("data-choose") or 1) if hint.count() else 1):
        page.locator(".option label").nth(place).click()
    expect(page.locator("#save")).to_contain_text("Saved")
    context.set_offline(True)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="Unsure").click()
    expect(page.locator("#strip")).to_contain_text("To check an answer against its solution, you need a connection.")
    context.set_offline(False)
    expect(page.locator(".verdict-line")).to_contain_text("You were unsure.")
    expect(page.locator("#strip")).to_be_hidden()
