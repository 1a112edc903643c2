"""A real `manage.py serve` with the shipped bank, and pages that tell of every fault they see."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.mlsprep.served import Served, served
from tests.services import free_port


class Site:
    """The server under test, its address and, for what only time would bring about, its database."""

    def __init__(self, server: Served, data_dir: Path) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.file = data_dir / "mlsprep.sqlite3"

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("site") / "data"
    with served(data_dir, free_port()) as server:
        yield Site(server, data_dir)


@pytest.fixture
def faults(page: Page) -> Iterator[list[str]]:
    """What the browser complained of: script errors, refused styles and scripts, requests to other hosts."""
    found: list[str] = []
    watch(page, found)
    yield found
    assert found == []


def watch(page: Page, found: list[str]) -> None:
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: found.append(request.url) if "127.0.0.1" not in request.url else None)


def start(page: Page, site: Site) -> str:
    """From the front page into the room, by two clicks; returns the address of the attempt."""
    page.goto(site.url)
    page.get_by_role("link", name="Start an exam").click()
    page.get_by_role("button", name="Start exam").click()
    page.wait_for_selector("html.scripted #room[data-position='1']")
    return page.url.split("/questions/")[0] + "/"


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
    page.wait_for_selector(f"#room[data-position='{position + 1}']")


def accessible(page: Page, within: str | None = None) -> None:
    """No fault that axe can see, in the light and in the dark; `within`: of what lies over the page, alone."""
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result = Axe().run(
            page, context=within, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        )
        assert result.violations_count == 0, f"{page.url} ({scheme}):\n{result.generate_report()}"
    page.emulate_media(color_scheme="light")
