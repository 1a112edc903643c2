"""Test in the browser that a second factor is set up and asked for: an app, and passkeys of a virtual device."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, assert_accessible
from tests.second_factors import app_code

PASSWORD = "a long and quiet password"  # of learners


@pytest.fixture
def passkey_device(page: Page) -> Iterator[None]:
    """Give the browser a device with passkeys whose owner always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    options |= {"automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.detach()


def check(page: Page) -> None:
    """Check the page with axe, and that it fits a phone."""
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
    page.set_viewport_size({"width": 1280, "height": 800})


def confirm_password(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    check(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def sign_out_and_in(page: Page, site_url: str, name: str) -> None:
    page.goto(f"{site_url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "logout" not in url)  # after the browser has deleted what it keeps
    page.goto(f"{site_url}/accounts/login/")
    page.get_by_label("Name or email").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()


def test_an_app_is_set_up_asked_for_and_removed(page: Page, site: Site, learner: str) -> None:
    page.goto(f"{site.url}/account/")
    page.get_by_role("link", name="Set up a second factor").click()
    check(page)
    page.get_by_role("link", name="Set up an app").click()
    confirm_password(page)
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    check(page)
    secret = page.locator(".key").inner_text()
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("This is not accepted.")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(app_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    check(page)
    recovery_code, second_code = page.locator(".codes li").all_inner_texts()[:2]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the codes").click()
    assert recovery_code in download.value.path().read_text()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_text("10 codes are left.")).to_be_visible()
    check(page)

    sign_out_and_in(page, site.url, learner)
    check(page)
    page.get_by_role("textbox", name="Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "second-factor" not in url)
    page.goto(f"{site.url}/account/second-factor/")
    expect(page.get_by_text("9 codes are left.")).to_be_visible()
    page.get_by_role("link", name="Remove the app").click()
    check(page)
    page.get_by_role("textbox", name="Code").fill(second_code)
    page.get_by_role("button", name="Continue").click()
    check(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()


@pytest.mark.complains("^http://localhost")  # passkeys belong to a name, not to 127.0.0.1
@pytest.mark.usefixtures("passkey_device")
def test_a_passkey_is_added_asked_for_and_removed(page: Page, site: Site) -> None:
    url = site.url.replace("127.0.0.1", "localhost")
    page.goto(f"{url}/accounts/signup/")
    page.locator("[name=username]").fill("passkey-owner")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: "signup" not in address)
    page.goto(f"{url}/account/second-factor/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page)
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    check(page)
    page.get_by_label("Name of the passkey").fill("Blue key")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_text("Blue key").first).to_be_visible()
    check(page)

    sign_out_and_in(page, url, "passkey-owner")
    check(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda address: "second-factor" not in address)
    page.goto(f"{url}/account/second-factor/")
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("link", name="Use a passkey instead").click()
    check(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Remove the passkey Blue key?")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Blue key")).to_have_count(0)


@pytest.mark.complains("^http://localhost")
def test_a_refused_passkey_and_an_address_without_a_name_are_sentences(page: Page, site: Site, learner: str) -> None:
    page.goto(f"{site.url}/account/second-factor/passkeys/add/")
    confirm_password(page)
    expect(page.get_by_text("Passkeys need a browser that knows them")).to_be_visible()
    expect(page.get_by_role("button", name="Add passkey")).to_be_hidden()
    check(page)
