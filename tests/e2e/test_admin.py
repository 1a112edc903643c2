"""Authors and reviewers in a real browser: write, checks, preview, submit, approve by a second account, revise."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, accessible, watch

PASSWORD = "correct horse battery"
OPTIONS = (
    ("A nightly job that reads all rows of the ledger.", "Every row is read once a night."),
    ("A sampling job that reads some rows of the ledger.", "Rows that are not sampled are missed."),
    ("A copy of the whole ledger in a second bucket.", "A copy by itself counts nothing."),
    ("An alarm on the size of the newest ledger file.", "The size of a file is no count of rows."),
)
STEM = (
    "A lighthouse museum keeps a ledger of all its visitors in one table. The curator wants the exact number of rows "
    "each morning at the lowest cost. Which solution meets these requirements?"
)


@pytest.fixture(scope="module")
def staff(site: Site) -> None:
    """An author, a reviewer and an author of both kinds, as an administrator would make them."""
    hashed = make_password(PASSWORD)
    for name, group in (("ada", "Author"), ("rob", "Reviewer")):
        site.sql(
            "INSERT INTO auth_user (username, password, is_staff, is_active, is_superuser, first_name, last_name,"
            " email, date_joined) VALUES (?, ?, 1, 1, 0, '', '', '', '2026-01-01')", name, hashed,
        )  # fmt: skip
        site.sql(
            "INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user u, auth_group g"
            " WHERE u.username = ? AND g.name = ?", name, group,
        )  # fmt: skip


def signed_in(browser: Browser, site: Site, name: str, faults: list[str], **viewport: Any) -> Page:
    page = browser.new_context(**viewport).new_page()
    page.set_default_timeout(10_000)
    watch(page, faults)
    page.goto(f"{site.url}/accounts/login/?next=/admin/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/")
    return page


def typed(page: Page) -> None:
    """Fills the form of a new question."""
    page.get_by_label("Code", exact=True).fill("own-lighthouse")
    page.get_by_label("Stem").fill(STEM)
    for place, (text, rationale) in enumerate(OPTIONS):
        page.locator(f"#id_options-{place}-text").fill(text)
        page.locator(f"#id_options-{place}-rationale").fill(rationale)
    page.locator("#id_options-0-correct").check()
    page.get_by_label("Explanation").fill("The nightly job reads every row, and runs only once, so it costs little.")
    page.locator("#id_references-0-title").fill("Jobs")
    page.locator("#id_references-0-url").fill("https://docs.aws.amazon.com/databrew/")
    page.get_by_role("combobox", name="Topic").click()
    page.locator("#id_topic-list [role=option]").nth(3).click()
    page.locator("#points input").first.check()
    page.get_by_label("Your rating").fill("65")
    page.get_by_label("Facts checked on").fill("2026-11-20")
    page.get_by_label("License").fill("CC-BY-SA-4.0")


def test_a_question_is_written_checked_previewed_submitted_approved_and_revised(
    browser: Browser, site: Site, staff: None
) -> None:
    faults: list[str] = []
    ada = signed_in(browser, site, "ada", faults)
    ada.goto(f"{site.url}/admin/questions/question/add/")
    expect(ada.locator("#checks")).to_contain_text("The checks start when you write.")
    typed(ada)
    expect(ada.locator("#checks")).to_contain_text("One key:")
    expect(ada.locator("#save-state")).to_contain_text("Draft kept")
    frame = ada.frame_locator("#preview")
    expect(frame.locator(".stem")).to_contain_text("lighthouse museum")
    expect(frame.locator("#card")).not_to_contain_text("Every row is read once a night.")
    ada.get_by_label("After the end").check()
    expect(frame.locator("#card")).to_contain_text("Every row is read once a night.")
    ada.get_by_label("Dark").check()
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    ada.get_by_label("Phone").check()
    assert (ada.locator("#preview").bounding_box() or {})["width"] <= 390

    ada.locator("#id_options-1-text").focus()
    ada.keyboard.press("Alt+ArrowUp")
    expect(ada.locator(".option-row").first.locator("textarea").first).to_have_value(OPTIONS[1][0])
    accessible(ada)
    # What warns is kept with a reason, typed while the checks go on.
    for waiver in ada.locator("#checks details").all():
        waiver.locator("summary").click()
        waiver.get_by_label("Reason").fill("Short on purpose.")
    ada.get_by_role("button", name="Submit for review").click()
    expect(ada.locator(".messagelist")).to_contain_text("waits for a reviewer now.")

    rob = signed_in(browser, site, "rob", faults)
    rob.goto(f"{site.url}/admin/review/")
    accessible(rob)
    rob.get_by_role("link", name="own-lighthouse").click()
    expect(rob.locator("#content-main")).not_to_contain_text("Every row is read once a night.")
    accessible(rob)
    rob.get_by_text(OPTIONS[0][0]).click()
    rob.get_by_label("Of 100 candidates").fill("60")
    rob.get_by_role("button", name="Answer and see the key").click()
    expect(rob.locator("#content-main")).to_contain_text("63%, by 2 raters")
    accessible(rob)
    rob.locator("h1").click()
    rob.keyboard.press("a")
    expect(rob.locator(".messagelist")).to_contain_text("is approved.", ignore_case=True)
    assert site.sql("SELECT status, rating FROM questions_question WHERE code = 'own-lighthouse'") == [("live", 63)]

    ada.reload()
    ada.get_by_label("Stem").fill(STEM.replace("lighthouse museum", "harbor museum"))
    ada.get_by_label("Why the wording changes").fill("It is a harbor.")
    ada.get_by_label("Stem").press("Tab")
    ada.get_by_role("button", name="Save", exact=True).last.click()
    expect(ada.locator("#content-main")).to_contain_text("Revision 2 is in work")
    accessible(ada)
    assert site.sql(
        "SELECT r.number FROM questions_question q JOIN questions_revision r ON r.id = q.current_id"
        " WHERE q.code = 'own-lighthouse'"
    ) == [(1,)]
    ada.get_by_role("link", name="History").click()
    expect(ada.locator("#content-main ins").first).to_have_text("harbor")
    accessible(ada)
    assert faults == []
    ada.context.close()
    rob.context.close()
