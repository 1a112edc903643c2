"""A real `manage.py serve` with the shipped bank, and browser pages whose faults fail the test."""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState, WebError, expect

from tests.mlsprep.processes import RunningServer, running_server
from tests.servers import free_port

TIMEOUT_MS = 30_000  # ms; generous for anything a test waits for, because the machine may be busy

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"empty-table-header": {"enabled": True}}
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # the themes differ in colors only
RUN_AXE = "([within, options]) => axe.run(within ?? document, options).then(({ violations }) => ({ violations }))"
# Contrast is final when fonts are loaded and no color is in transition.
SETTLE = """() => Promise.all([
  document.fonts.ready,
  ...document.getAnimations().filter((animation) => animation instanceof CSSTransition)
    .map((transition) => transition.finished.catch(() => null)),
])"""

# Not run by pages without scripts; there, too, the browser reports violations of the policy in the console.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused by the policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "complains(*patterns): complaints of the browser that belong to this test, as regular expressions",
    )


class Site:
    """The server under test, its URL, and its database for states that only time would bring about."""

    def __init__(self, server: RunningServer, data_dir: Path) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.file = data_dir / "mlsprep.sqlite3"
        self.sessions: dict[str, StorageState] = {}  # by the name of the account

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()


@contextmanager
def served(prepared: Path, directory: Path) -> Iterator[Site]:
    """Serve a copy of the prepared data directory."""
    data_dir = Path(shutil.copytree(prepared, directory / "data"))
    with running_server(data_dir, free_port()) as server:
        yield Site(server, data_dir)


@pytest.fixture(scope="session")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(prepared, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(autouse=True)
def faults(browser: Browser, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the complaints of all windows of this test; any that its mark `complains` does not name fail it.

    The windows are closed at its end: an open one goes on working, as a board that refreshes itself.
    """
    expect.set_options(timeout=TIMEOUT_MS)
    complaints: list[str] = []
    contexts: list[BrowserContext] = []
    make = browser.new_context

    def new_watched_context(*args: Any, **kwargs: Any) -> BrowserContext:
        context = make(*args, **kwargs)
        contexts.append(context)
        context.add_init_script(REPORT_VIOLATIONS)
        listen(context, complaints)
        return context

    monkeypatch.setattr(browser, "new_context", new_watched_context)
    yield complaints
    for context in contexts:
        if context in browser.contexts:
            context.close()
    expected = [pattern for mark in request.node.iter_markers("complains") for pattern in mark.args]
    assert [
        complaint for complaint in complaints if not any(re.search(pattern, complaint) for pattern in expected)
    ] == []


def listen(context: BrowserContext, complaints: list[str]) -> Callable[[], None]:
    """Collect script errors, refused styles and scripts, and requests to other hosts until the result is called."""

    def hear_error(error: WebError) -> None:
        complaints.append(error.error.stack or str(error.error))

    def hear_console(message: ConsoleMessage) -> None:
        # Chromium looks there for the icon of the page without HTML to which `viewer` goes.
        if message.type in ("error", "warning") and not message.location["url"].endswith("/favicon.ico"):
            complaints.append(message.text)

    def hear_request(request: Request) -> None:
        if "127.0.0.1" not in request.url:
            complaints.append(request.url)

    context.on("weberror", hear_error)
    context.on("console", hear_console)
    context.on("request", hear_request)

    def stop() -> None:
        context.remove_listener("weberror", hear_error)
        context.remove_listener("console", hear_console)
        context.remove_listener("request", hear_request)

    return stop


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Yield the page behind `viewer`; a module may override it with one that is signed in."""
    with browser.new_context() as context:
        context.add_init_script(REPORT_VIOLATIONS)
        yield context.new_page()


@pytest.fixture
def viewer(window: Page, faults: list[str]) -> Iterator[Page]:
    """Yield the page that tests of a module share if they only look at what the server sends.

    A visit costs a third of one in a new browser. What a test changes in the browser is undone: cookies and the window.
    """
    stop_listening = listen(window.context, faults)
    cookies, size = window.context.cookies(), window.viewport_size
    yield window
    # Nothing of this test is heard in the next one. This page of the site has the Cross-Origin-Opener-Policy of the
    # others and so their process; about:blank would start another process with each visit.
    if window.url != "about:blank":
        window.goto(urljoin(window.url, "/healthz"))
    stop_listening()
    window.context.clear_cookies()
    window.context.add_cookies(cookies)  # type: ignore[arg-type]
    window.emulate_media(media="null", color_scheme="null", reduced_motion="null")
    if size:
        window.set_viewport_size(size)


@pytest.fixture
def learner(page: Page, site: Site) -> str:
    """Sign up; return the name of the account."""
    name = f"learner-{site.sql('SELECT count(*) FROM questions_user')[0][0]}"
    page.goto(f"{site.url}/accounts/signup/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password1]").fill("a long and quiet password")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "signup" not in url)
    return name


def start(page: Page, site: Site) -> str:
    """Click from the page before the exam into the room; return the URL of the attempt."""
    page.goto(f"{site.url}/exams/mls-c01/")
    page.get_by_role("button", name="Start exam").click()
    wait_for_room(page, 1)
    return page.url.split("/questions/")[0] + "/"


def start_practice(page: Page, site: Site) -> str:
    """Click Try 10 on the front page; return the URL of the attempt."""
    page.goto(site.url)
    page.get_by_role("button", name=re.compile("^Try 10")).click()
    wait_for_room(page, 1)
    return page.url.split("/questions/")[0] + "/"


def wait_for_room(page: Page, position: int) -> None:
    """Wait for this question with the whole paper in the browser: before, moves and an outage wait for it."""
    page.wait_for_selector(f"html.scripted #room[data-whole][data-position='{position}']")


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Wait while the page keeps running, as its delayed requests require."""
    patience = time.monotonic() + TIMEOUT_MS / 1000
    while not condition():
        assert time.monotonic() < patience, "the condition was not met in time"
        page.wait_for_timeout(100)


def answer(page: Page, first: int = 0) -> None:
    """Tick as many options as the question requires, from this one on."""
    hint = page.locator("#pick-hint")
    choose = int(hint.get_attribute("data-choose") or 1) if hint.count() else 1
    options = page.locator(".option label")
    for place in range(choose):
        options.nth((first + place) % options.count()).click()


def next_question(page: Page) -> None:
    position = int(page.locator("#room").get_attribute("data-position") or 0)
    page.locator(".room-moves .next").click()
    wait_for_room(page, position + 1)


def assert_accessible(page: Page, within: str | None = None) -> None:
    """Assert that axe finds no fault in the light and the dark theme; `within` limits the check to an overlay."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for scheme, checks in (("light", {"runOnly": TAGS, "rules": RULES}), ("dark", {"runOnly": COLORS})):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(SETTLE)
        # Without resultTypes, axe lists all that it has checked, which takes it as long as to check it.
        result = AxeResults(page.evaluate(RUN_AXE, [within, {**checks, "resultTypes": ["violations"]}]))
        assert result.violations_count == 0, f"{page.url} ({scheme}):\n{result.generate_report()}"
    page.emulate_media(color_scheme="light")
