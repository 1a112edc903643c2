"""The pages around the exam: nothing that axe can see, nothing that scrolls sideways, nothing the policy refuses."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, accessible, start

PUBLIC = [
    "accounts/login/",
    "accounts/signup/",
    "accounts/password/reset/",
    "return/",
    "leave/",
    "privacy/",
    "history/",
    *(
        pytest.param(path, marks=pytest.mark.complains("status of 404"))
        for path in ("nothing-here/", "attempts/11111111-1111-4111-8111-111111111111/")
    ),
]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_stranger_s_pages_are_accessible_and_fit_a_phone(page: Page, site: Site, path: str) -> None:
    page.goto(f"{site.url}/{path}")
    expect(page.locator("h1")).to_be_visible()
    accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen


def test_a_guest_s_pages_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    attempt = start(page, site)
    page.goto(f"{site.url}/account/")
    accessible(page)
    page.goto(f"{site.url}/leave/")
    accessible(page)
    page.goto(f"{attempt}finish/?end=without-score")
    accessible(page)
    page.get_by_role("button", name="End without a score").click()
    expect(page.get_by_role("heading", name="Ended without a score")).to_be_visible()
    accessible(page)
    page.goto(f"{attempt}review/")
    accessible(page)


def test_an_account_s_pages_are_accessible(page: Page, site: Site, faults: list[str]) -> None:
    page.goto(f"{site.url}/accounts/signup/")
    page.locator("[name=username]").fill("axe-tester")
    page.locator("[name=password1]").fill("a long and quiet password")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "signup" not in url)
    page.goto(f"{site.url}/account/")
    expect(page.get_by_role("heading", name="axe-tester")).to_be_visible()
    accessible(page)
    for path in ("accounts/password/change/", "account/sign-out-everywhere/", "accounts/logout/"):
        page.goto(f"{site.url}/{path}")
        accessible(page)
