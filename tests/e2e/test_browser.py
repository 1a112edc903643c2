"""Test that a page requests nothing from other hosts."""

from playwright.sync_api import Page

from tests.e2e.conftest import Site


def test_a_page_requests_nothing_from_other_hosts(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/accounts/login/")
    page.locator("[name=login]").fill("somebody")
    assert len(asked) > 1, "the page requested nothing, not even the style sheet"
    assert [url for url in asked if not url.startswith(site.url)] == []
