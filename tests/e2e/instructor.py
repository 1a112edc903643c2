"""Members of staff who are signed in to the admin, each in a separate browser."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Browser, Page, StorageState

from tests.e2e.conftest import TIMEOUT_MS, Site

PASSWORD = "correct horse battery"


def account(site: Site, name: str, group: str) -> None:
    """Create a member of staff in this group, once, as an administrator would."""
    if site.sql("SELECT 1 FROM questions_user WHERE username = ?", name):
        return
    site.sql(
        "INSERT INTO questions_user (username, password, is_staff, is_active, is_superuser, first_name, last_name,"
        " display_name, email, had_role, date_joined) VALUES (?, ?, 1, 1, 0, '', '', '', '', 1, '2026-01-01')",
        name,
        hashed_password(),
    )
    site.sql(
        "INSERT INTO questions_user_groups (user_id, group_id) SELECT u.id, g.id FROM questions_user u, auth_group g"
        " WHERE u.username = ? AND g.name = ?",
        name,
        group,
    )


@cache
def hashed_password() -> str:
    """Return the hash that the site uses, whatever hash the tests use."""
    return PBKDF2PasswordHasher().encode(PASSWORD, "salt")


def signed_in(browser: Browser, site: Site, name: str, **more: Any) -> Page:
    """Return an empty page of a new browser in which the account is signed in; `more` are options of the browser.

    The first browser of an account signs in with the password, and later ones take its session, because the server
    hashes a password for most of a second.
    """
    if name not in site.sessions or not session_exists(site, site.sessions[name]):
        site.sessions[name] = sign_in(browser, site, name)
    page = browser.new_context(storage_state=site.sessions[name], **more).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    return page


def sign_in(browser: Browser, site: Site, name: str) -> StorageState:
    """Sign in on the page for it; return what the browser stores."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(f"{site.url}/accounts/login/?next=/admin/")
        page.locator("[name=login]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/admin/", wait_until="commit")
        return context.storage_state()


def session_exists(site: Site, state: StorageState) -> bool:
    """Return False if the account signed out in another browser with this session."""
    [key] = [cookie["value"] for cookie in state["cookies"] if cookie["name"] == "sessionid"]
    return bool(site.sql("SELECT 1 FROM django_session WHERE session_key = ?", key))


def instructor(browser: Browser, site: Site, name: str = "ines", group: str = "Instructor", **more: Any) -> Page:
    """Create an account in this group, once, and sign it in."""
    account(site, name, group)
    return signed_in(browser, site, name, **more)


def fill_in_question(page: Page, code: str, stem: str, options: Sequence[tuple[str, str]]) -> None:
    """Fill in the form of a new question, whose first option is the key. A rating is left to the test."""
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_label("Stem").fill(stem)
    for place, (text, rationale) in enumerate(options):
        page.locator(f"#id_options-{place}-text").fill(text)
        page.locator(f"#id_options-{place}-rationale").fill(rationale)
    page.locator("#id_options-0-correct").check()
    page.get_by_label("Explanation").fill("The nightly job reads every row, and runs only once, so it costs little.")
    page.locator("#id_references-0-title").fill("Jobs")
    page.locator("#id_references-0-url").fill("https://docs.aws.amazon.com/databrew/")
    page.get_by_role("combobox", name="Topic").click()
    page.locator("#id_topic-list [role=option]").nth(3).click()
    page.locator("#points input").first.check()
    page.get_by_label("Facts checked on").fill("2026-11-20")
    page.locator("#id_license").select_option("CC-BY-SA-4.0")
