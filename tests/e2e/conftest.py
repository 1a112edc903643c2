"""A real `manage.py serve` with the shipped bank, and pages that tell of every fault they see."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.mlsprep.processes import RunningServer, running_server
from tests.services import free_port

PATIENCE = 30_000  # ms for what has to come, wherever a test waits: the machine may have much else to do

# Pages without scripts do not run it; there, too, the browser tells the console what the policy refused.
TELLS_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused by the policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "complains(*patterns): complaints of the browser that belong to this test, as regular expressions",
    )


class Site:
    """The server under test, its address and, for what only time would bring about, its database."""

    def __init__(self, server: RunningServer, data_dir: Path) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.file = data_dir / "mlsprep.sqlite3"

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("site") / "data"
    with running_server(data_dir, free_port()) as server:
        yield Site(server, data_dir)


@pytest.fixture(autouse=True)
def faults(browser: Browser, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the browser complained of in any window of this test; what its mark `complains` does not name fails it."""
    expect.set_options(timeout=PATIENCE)
    complaints: list[str] = []
    make = browser.new_context

    def watched(*args: Any, **kwargs: Any) -> BrowserContext:
        context = make(*args, **kwargs)
        context.add_init_script(TELLS_VIOLATIONS)
        context.on("weberror", lambda error: complaints.append(error.error.stack or str(error.error)))
        listen(context, complaints)
        return context

    monkeypatch.setattr(browser, "new_context", watched)
    yield complaints
    expected = [pattern for mark in request.node.iter_markers("complains") for pattern in mark.args]
    assert [
        complaint for complaint in complaints if not any(re.search(pattern, complaint) for pattern in expected)
    ] == []


def watch(page: Page, complaints: list[str]) -> None:
    """Collects the complaints of one page: script errors, refused styles and scripts, requests to other hosts."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    listen(page, complaints)


def listen(source: Page | BrowserContext, complaints: list[str]) -> None:
    source.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    source.on("request", lambda request: complaints.append(request.url) if "127.0.0.1" not in request.url else None)


def start(page: Page, site: Site) -> str:
    """From the front page into the room, by two clicks; returns the address of the attempt."""
    page.goto(site.url)
    page.get_by_role("link", name="Start an exam").click()
    page.get_by_role("button", name="Start exam").click()
    seated(page, 1)
    return page.url.split("/questions/")[0] + "/"


def seated(page: Page, position: int) -> None:
    """Waits for the room at this question with its scripts running: before them a click is the browser's alone."""
    page.wait_for_selector(f"html.scripted #room[data-position='{position}']")


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Waits, and lets the page go on meanwhile, as its delayed requests need."""
    patience = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < patience, "it did not happen in time"
        page.wait_for_timeout(100)


def answer(page: Page, first: int = 0) -> None:
    """Ticks as many options as the question takes, from this one on."""
    hint = page.locator("#pick-hint")
    choose = int(hint.get_attribute("data-choose") or 1) if hint.count() else 1
    options = page.locator(".option label")
    for place in range(choose):
        options.nth((first + place) % options.count()).click()


def next_question(page: Page) -> None:
    position = int(page.locator("#room").get_attribute("data-position") or 0)
    page.locator(".room-moves .next").click()
    seated(page, position + 1)


def accessible(page: Page, within: str | None = None) -> None:
    """No fault that axe can see, in the light and in the dark; `within`: of what lies over the page, alone."""
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        while page.evaluate("document.getAnimations().some((animation) => animation instanceof CSSTransition)"):
            page.wait_for_timeout(50)  # a color on its way to another has a contrast of its own
        result = Axe().run(
            page, context=within, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        )
        assert result.violations_count == 0, f"{page.url} ({scheme}):\n{result.generate_report()}"
    page.emulate_media(color_scheme="light")
