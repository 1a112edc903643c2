"""Test in the browser that a network with hundreds of requests waits for pages, while its exams and others go on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException

import pytest
from playwright.sync_api import Page, expect

from mlsprep.crowds import CALM_SECONDS
from tests.e2e.conftest import Site, assert_accessible, start, wait_for_room

CONNECTIONS = 40
ELSEWHERE = "127.0.0.9"


def ask(site: Site, path: str, address: str) -> int:
    """Ask for a page from an address of this machine; return the status."""
    connection = HTTPConnection("127.0.0.1", int(site.url.rpartition(":")[2]), 60, source_address=(address, 0))
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@contextmanager
def crowd(site: Site, address: str) -> Iterator[None]:
    """Let many connections of an address ask for pages again and again, from the first one that is refused on."""
    ended, refused = threading.Event(), threading.Event()

    def visit() -> None:
        while not ended.is_set():
            with suppress(OSError, HTTPException):
                if ask(site, "/practice/", address) == 429:
                    refused.set()
                    time.sleep(0.1)

    visitors = [threading.Thread(target=visit) for _ in range(CONNECTIONS)]
    for visitor in visitors:
        visitor.start()
    try:
        assert refused.wait(60)
        yield
    finally:
        ended.set()
        for visitor in visitors:
            visitor.join()
        time.sleep(CALM_SECONDS)  # the tests that follow come from the same network


@pytest.mark.complains("429")
def test_a_page_that_a_crowd_has_to_wait_for_comes_by_itself(page: Page, site: Site) -> None:
    assert ask(site, "/privacy/", ELSEWHERE) == 200
    with crowd(site, "127.0.0.1"):
        while (answer := page.goto(f"{site.url}/guide/search/?q=drift")) and answer.status != 429:
            pass  # the one page that such a network gets at a time
        expect(page.get_by_role("heading", name="Please wait a few seconds")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("This page tries again by itself in")
        assert_accessible(page)
        assert ask(site, "/privacy/", ELSEWHERE) == 200
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{site.url}/guide/search/?q=drift")


@pytest.mark.complains("429")
def test_an_exam_in_a_crowd_goes_on(page: Page, site: Site) -> None:
    assert ask(site, "/privacy/", ELSEWHERE) == 200
    start(page, site)
    with crowd(site, "127.0.0.1"):
        page.locator(".option label").first.click()
        expect(page.locator("#save")).to_contain_text("Saved")
        page.reload()
        wait_for_room(page, 1)
