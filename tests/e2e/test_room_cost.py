"""Test what an exam costs the server: the requests of the real script, each click for itself, as slow people click.

A click is a request: whoever changes an answer or flags a question makes one more.
"""

import re

from playwright.sync_api import Page, Request, expect

from tests.e2e.conftest import Site, next_question, wait_for_room

FILES = ("/static/", "/images/", "/favicon")  # the browser keeps them
FLAGGED = (7, 27, 47)
LOADED_AGAIN = 30


def test_a_whole_exam_takes_at_most_85_requests(page: Page, site: Site) -> None:
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
