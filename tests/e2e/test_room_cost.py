"""Test what an exam costs the server: the requests of the real script, each click for itself, as slow people click.

A click is a request: whoever changes an answer or flags a question makes one more. Visits go with the next click;
whoever looks at a question for more than half a minute before the first click makes a request more.
"""

import json
import re
from typing import Any

from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.conftest import Site, answer, next_question, start, wait_for_room
from tests.e2e.rooms import attempt_id, send_visit, start_earlier

FILES = ("/static/", "/images/", "/favicon")  # the browser keeps them
FLAGGED = (7, 27, 47)
LOADED_AGAIN = 30
# A move with what is laid out at once, between two marks; the mark in the answer sheet follows after the frame.
MOVE = """async () => {
  const { dataset } = document.getElementById("room"), { position } = dataset;
  performance.mark("move-begins");
  document.querySelector(".room-moves .next").click();
  while (dataset.position === position) await null;
  document.body.getBoundingClientRect();
  performance.mark("move-ends");
  return document.querySelectorAll("#question *").length;
}"""
AROUND = 40  # elements: the heading, the buttons, the note


def test_a_whole_exam_takes_at_most_85_requests_of_who_clicks_within_half_a_minute(page: Page, site: Site) -> None:
    requests: list[str] = []

    def count(request: Request) -> None:
        path = request.url.removeprefix(site.url)
        if not path.startswith(FILES) and not request.service_worker:  # it answers requests of the page
            requests.append(f"{request.method} {re.sub('[0-9a-f-]{36}', '<id>', path)}")

    page.context.on("request", count)
    page.goto(f"{site.url}/exams/mls-c01/")
    page.get_by_role("button", name="Start exam").click()
    for position in range(1, 66):
        if position == LOADED_AGAIN:
            page.wait_for_url(f"**/questions/{position}/")  # the address follows after the question is shown
            page.reload()
        wait_for_room(page, position)
        options = page.locator(".option label")
        hint = page.locator("#pick-hint")
        for place in range(int(hint.get_attribute("data-choose") or 1) if hint.count() else 1):
            options.nth(place).click()
        expect(page.locator("#save")).to_have_text("Saved")
        if position in FLAGGED:
            with page.expect_response("**/sync/"):
                page.get_by_role("button", name="Flag for review").click()
        if position < 65:
            next_question(page)
    page.locator(".room-moves .next").click()
    page.get_by_role("link", name="Finish exam").click()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_be_visible()
    assert len(requests) <= 85, requests
    saves = [request for request in requests if request.endswith("/sync/")]
    assert len(saves) == 65 + len(FLAGGED) + 1, "a click is a request, and the visits at the end are one"


def test_whoever_thinks_for_long_makes_one_request_a_question_more_for_the_visit(page: Page, site: Site) -> None:
    page.clock.install()
    attempt = start(page, site)
    start_earlier(site, attempt)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if request.method == "POST" else None)
    for position in range(1, 5):
        send_visit(page)
        page.clock.run_for(119_000)
        answer(page)
        expect(page.locator("#save")).to_have_text("Saved")
        assert requests == [f"{attempt}sync/"] * 2 * position
        next_question(page)
    seconds = "SELECT r.seconds FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id WHERE uuid = ?"
    seconds += " AND first_shown IS NOT NULL ORDER BY r.position"
    assert [row[0] >= 149 for row in site.sql(seconds, attempt_id(attempt))] == [True] * 4


def test_a_move_styles_and_lays_out_the_question_once_and_no_answer_sheet(
    browser: Browser, page: Page, site: Site
) -> None:
    start(page, site)
    next_question(page)
    page.wait_for_load_state("networkidle")
    browser.start_tracing(page=page, categories=["devtools.timeline", "blink.user_timing"])
    n_elements = page.evaluate(MOVE)
    trace: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    [began], [ended] = ([event for event in trace if event["name"] == name] for name in ("move-begins", "move-ends"))
    within = [event for event in trace if began["ts"] <= event["ts"] <= ended["ts"] and event["tid"] == began["tid"]]
    [style] = [event for event in within if event["name"] == "UpdateLayoutTree"]
    assert style["args"]["elementCount"] <= n_elements + AROUND
    assert len([event for event in within if event["name"] == "Layout"]) == 1


def test_the_mark_in_the_answer_sheet_follows_a_move_without_a_layout_of_its_own(
    browser: Browser, page: Page, site: Site
) -> None:
    start(page, site)
    next_question(page)
    page.wait_for_load_state("networkidle")
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    next_question(page)
    expect(page.locator(".sheet [aria-current]")).to_have_text("3")
    page.wait_for_url("**/questions/3/")
    trace: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    [moved] = [event for event in trace if event["name"] == "FunctionCall" and _function(event) == "showPlace"]
    within = [
        event for event in trace if event["tid"] == moved["tid"] and 0 <= event["ts"] - moved["ts"] <= moved["dur"]
    ]
    assert [event for event in within if event["name"] in ("Layout", "UpdateLayoutTree")] == []


def _function(event: dict[str, Any]) -> str:
    return str(event["args"].get("data", {}).get("functionName"))
