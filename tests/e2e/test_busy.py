"""Test in the browser that a start which a busy server puts off is tried again by itself, and leads into the room."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPHandler, Request, build_opener

import pytest
from playwright.sync_api import Page, expect

from exams.overload import BUSY, PATIENCE_SECONDS
from tests.e2e.conftest import Site, assert_accessible, wait_for_room
from tests.html_forms import forms


class FromAddress(HTTPHandler):
    """Opens connections from another address of this machine."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(HTTPConnection, source_address=(self.address, 0)), req)


def start_elsewhere(address: str, computer: str) -> None:
    """Start an exam in another browser on another computer; the server needs its time."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()), FromAddress(computer))
    rules = browser.open(address, timeout=60).read().decode()
    form = next(form for form in forms(rules).values() if "pair" in form.values)
    with suppress(OSError):
        browser.open(Request(address, urlencode(form.data(), doseq=True).encode(), {"Referer": address}), timeout=60)


@contextmanager
def too_much_to_do(site: Site) -> Iterator[None]:
    """Lock the database, so that others who start occupy the threads of the server, until the block ends."""
    with closing(sqlite3.connect(site.file, timeout=20, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        others = [
            threading.Thread(target=start_elsewhere, args=[f"{site.url}/exams/mls-c01/", f"127.0.0.{2 + number}"])
            for number in range(BUSY)
        ]
        for thread in others:
            thread.start()
        time.sleep(PATIENCE_SECONDS + 1)
        yield
        database.execute("ROLLBACK")
    for thread in others:
        thread.join()


@pytest.mark.complains("503")
def test_a_start_that_was_put_off_is_tried_again_by_itself(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/exams/mls-c01/")
    with too_much_to_do(site):
        page.get_by_role("button", name="Start exam").click()
        expect(page.get_by_role("heading", name="Many people are starting")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("This page tries again by itself in")
        assert_accessible(page)
    wait_for_room(page, 1)
