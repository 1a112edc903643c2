"""Test the pages around the exam: no axe fault, no horizontal scrolling, no violation of the policy."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible, start

PUBLIC = [
    "accounts/login/",
    "accounts/signup/",
    "accounts/password/reset/",
    "return/",
    "leave/",
    "privacy/",
    "history/",
    "missed/",
    "practice/",
    "plan/",
    "settings/",
    "notes/",
    "guide/search/?q=firehose",
    *(
        pytest.param(path, marks=pytest.mark.complains("status of 404"))
        for path in ("nothing-here/", "attempts/11111111-1111-4111-8111-111111111111/")
    ),
]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_accessible_and_fit_a_phone(page: Page, site: Site, path: str) -> None:
    page.goto(f"{site.url}/{path}")
    expect(page.locator("h1")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    content_width, window_width = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert content_width <= window_width


@pytest.mark.parametrize("width", [320, 360, 390, 480])
def test_the_links_of_the_navigation_stay_apart_on_a_phone(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{site.url}/practice/")
    boxes = [link.bounding_box() for link in page.get_by_role("navigation", name="Main").get_by_role("link").all()]
    for left, right in pairwise(boxes):
        assert left
        assert right
        assert right["y"] >= left["y"] + left["height"] or right["x"] >= left["x"] + left["width"] + 12
        assert right["height"] >= 40
        assert right["x"] + right["width"] <= width


def test_pages_of_a_guest_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    attempt = start(page, site)
    page.goto(f"{site.url}/account/")
    assert_accessible(page)
    page.goto(f"{site.url}/account/delete/")
    assert_accessible(page)
    page.goto(f"{site.url}/leave/")
    assert_accessible(page)
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="An exam is running")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{attempt}finish/?end=without-score")
    assert_accessible(page)
    page.get_by_role("button", name="End without a score").click()
    expect(page.get_by_role("heading", name="Ended without a score")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{attempt}review/")
    assert_accessible(page)
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="Next best step")).to_be_visible()
    assert_accessible(page)


def test_pages_of_an_account_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/accounts/signup/")
    page.locator("[name=username]").fill("axe-tester")
    page.locator("[name=password1]").fill("a long and quiet password")
    expect(page.get_by_text("This server does not send email. If you forget your password, ask")).to_be_visible()
    page.get_by_label("Show the password").check()
    expect(page.locator("[name=password1]")).to_have_attribute("type", "text")
    assert_accessible(page)
    page.get_by_label("Show the password").uncheck()
    expect(page.locator("[name=password1]")).to_have_attribute("type", "password")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "signup" not in url)
    page.goto(f"{site.url}/account/")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert_accessible(page)
    for path in ("accounts/password/change/", "account/sign-out-everywhere/", "accounts/logout/"):
        page.goto(f"{site.url}/{path}")
        assert_accessible(page)


def test_a_page_requests_nothing_from_other_hosts(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/accounts/login/")
    page.locator("[name=login]").fill("somebody")
    assert len(asked) > 1, "the page requested nothing, not even the style sheet"
    assert [url for url in asked if not url.startswith(site.url)] == []
