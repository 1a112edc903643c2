"""Test what a first visit loads, and that nothing on a page moves while it loads and while questions change."""

import gzip

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Site, answer, next_question, start, wait_for_room

# Requests and bytes of a first visit with an empty cache, as `manage.py serve` sends it: nothing is compressed. Half of
# the room is its paper; the pictures of the questions that were drawn are not counted. The copies that a reload offline
# reads are no requests: they come from the cache of the browser.
# The start page of who has begun draws a calendar of 12 weeks. It and the report have the two modules that ask again
# for a lost start.
BUDGETS = {"front": (14, 68_000), "room": (30, 430_000), "report": (16, 70_000)}
LOADED = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const sent = entries.filter((entry) => entry.transferSize && !entry.name.includes("/images/"));
  return [sent.length, sent.reduce((sum, entry) => sum + entry.transferSize, 0)];
}"""
# Also those after a click, which the score of browsers leaves out.
WATCH_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) for (const source of entry.sources)
  window.shifts.push(source.node?.id || source.node?.className || source.node?.nodeName); })
  .observe({ type: "layout-shift", buffered: true });"""
# Shifts are reported with the frame after next.
SHIFTS = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  setTimeout(() => done(window.shifts), 100))))"""


@pytest.fixture
def attempt(page: Page, site: Site) -> str:
    page.add_init_script(WATCH_SHIFTS)
    return start(page, site)


def finish(page: Page, attempt: str) -> None:
    page.goto(f"{attempt}finish/")
    page.get_by_role("button", name="Finish exam").click()
    page.wait_for_selector(".result")


def shifts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SHIFTS)
    return found


def test_first_visits_load_little(browser: Browser, page: Page, site: Site, attempt: str) -> None:
    found = {}

    def visit(name: str, url: str) -> None:
        context = browser.new_context()
        context.add_cookies(page.context.cookies())
        fresh = context.new_page()
        fresh.goto(url, wait_until="networkidle")
        found[name] = fresh.evaluate(LOADED)
        context.close()

    visit("room", f"{attempt}questions/1/")
    finish(page, attempt)
    visit("report", f"{attempt}report/")
    visit("front", site.url)
    assert {name: loaded for name, loaded in found.items() if loaded[0] > BUDGETS[name][0]} == {}
    assert {name: loaded for name, loaded in found.items() if loaded[1] > BUDGETS[name][1]} == {}


@pytest.mark.parametrize(("path", "most"), [("questions/1/", 12_000), ("paper/", 45_000)])
def test_the_room_and_its_paper_are_small_when_a_proxy_compresses_them(
    page: Page, attempt: str, path: str, most: int
) -> None:
    response = page.request.get(f"{attempt}{path}")
    assert response.ok
    assert len(gzip.compress(response.body(), 6)) <= most


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_pages_load(page: Page, site: Site, attempt: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{attempt}questions/1/")
    wait_for_room(page, 1)
    assert shifts(page) == []
    finish(page, attempt)
    for url in (site.url, f"{attempt}report/", f"{attempt}review/"):
        page.goto(url, wait_until="load")
        assert shifts(page) == []


def test_the_sheet_and_the_bar_below_do_not_jump_when_questions_change(page: Page, attempt: str) -> None:
    wait_for_room(page, 1)
    places = [page.locator(part).bounding_box() for part in ("#sheet", ".room-moves")]
    for _ in range(3):
        answer(page)
        next_question(page)
        assert [page.locator(part).bounding_box() for part in ("#sheet", ".room-moves")] == places
    # The note is below the questions, whose lengths differ. "More below" hangs on the sticky bar: what Chromium
    # reports of it are places in which the bar would be if it did not stick.
    assert set(shifts(page)) <= {"note-dock", "more-below scripted-only"}
