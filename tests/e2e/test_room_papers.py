"""Test the questions that the room keeps in memory, as a pure module: no server, no page of ours."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.pictures import picture

MODULE = Path(__file__).resolve().parents[2] / "static" / "js" / "room-papers.js"
ROOM = """<!doctype html><form id="room" data-position="1">
  <template class="question-ahead"><form id="room" data-position="2" data-ahead="yes">
    <p class="room-question"><img src="/images/graph.png" alt="Four commits"></p>
  </form></template></form>"""
pytestmark = pytest.mark.complains(r"^http://papers\.test/")  # served by the test


def test_the_pictures_of_the_question_ahead_are_loaded_before_it_is_shown(page: Page) -> None:
    page.route("http://papers.test/", lambda route: route.fulfill(body=ROOM, content_type="text/html"))
    page.route("http://papers.test/room-papers.js", lambda route: route.fulfill(path=MODULE))
    page.route(
        "http://papers.test/images/graph.png", lambda route: route.fulfill(body=picture(), content_type="image/png")
    )
    page.goto("http://papers.test/")
    with page.expect_request("http://papers.test/images/graph.png"):
        page.evaluate("""async () => {
          const { isAhead, keepAhead } = await import("/room-papers.js");
          keepAhead(document.getElementById("room"));
          if (!isAhead(2)) throw new Error("not kept");
        }""")
