"""Test authors and reviewers in a browser: write, submit, approve, revise, compare, roll back; export every format."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from questions.formats import registry
from tests.e2e.conftest import Site, assert_accessible, wait_for
from tests.e2e.instructor import account, fill_in_question, signed_in
from tests.mlsprep.processes import manage

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
    """Create an author, a reviewer and a user with both roles, as an administrator would."""
    for name, group in (("ada", "Author"), ("rob", "Reviewer")):
        account(site, name, group)


def typed(page: Page) -> None:
    """Fill in the form of a new question, with a rating."""
    fill_in_question(page, "own-lighthouse", STEM, OPTIONS)
    page.get_by_label("Your rating").fill("65")


# A published question of ada's in the shipped syllabus, for tests that start with one.
LIVE = """
from questions.models import User
from django.utils import timezone
from questions.models import Topic
from questions.services import ratings, approval
from tests import authoring
authoring.place = lambda: Topic.objects.get(slug="imbalance-aware-metrics")
ada, rob, now = User.objects.get(username="ada"), User.objects.get(username="rob"), timezone.now()
question = authoring.question(ada, "own-bakery")
ratings.rate([question], 60, now=now, by=ada)
approval.submit([question], now=now, by=ada)
approval.approve([question], pilot=False, now=now, by=rob)
"""


def approve(page: Page, site: Site, code: str) -> None:
    """Approve the wording in review as reviewer, without solving it first."""
    page.goto(f"{site.url}/admin/review/")
    page.get_by_role("link", name=code).click()
    page.get_by_role("link", name="Show the key without answering").click()
    page.get_by_role("button", name="Approve and next").click()
    expect(page.locator(".messagelist")).to_contain_text("is approved.", ignore_case=True)


def wordings(site: Site, code: str) -> list[tuple[int, str, bool]]:
    """Return number and stem of each revision, and whether new exams use it."""
    return site.sql(
        "SELECT r.number, r.stem, r.id = q.current_id FROM questions_question q"
        " JOIN questions_revision r ON r.question_id = q.id WHERE q.code = ? ORDER BY r.number",
        code,
    )


def test_a_question_is_written_checked_previewed_submitted_approved_and_revised(
    browser: Browser, site: Site, staff: None
) -> None:
    ada = signed_in(browser, site, "ada")
    ada.goto(f"{site.url}/admin/questions/question/add/")
    expect(ada.locator("#checks")).to_contain_text("The checks start when you type.")
    typed(ada)
    expect(ada.locator("#checks")).to_contain_text("One key:")
    expect(ada.locator("#save-state")).to_contain_text("Unsaved edit stored")
    frame = ada.frame_locator("#preview")
    expect(frame.locator(".stem")).to_contain_text("lighthouse museum")
    expect(frame.locator("#card")).not_to_contain_text("Every row is read once a night.")
    ada.get_by_label("After the exam").check()
    expect(frame.locator("#card")).to_contain_text("Every row is read once a night.")
    ada.get_by_label("Dark").check()
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    ada.get_by_label("Phone").check()
    wait_for(ada, lambda: (ada.locator("#preview").bounding_box() or {"width": 999})["width"] <= 390)

    ada.locator("#id_options-1-text").focus()
    with ada.expect_response("**/lint/"):  # the last checks, before their warning is waived
        ada.keyboard.press("Alt+ArrowUp")
    expect(ada.locator(".option-row").first.locator("textarea").first).to_have_value(OPTIONS[1][0])
    assert_accessible(ada)
    # The warning is waived with a reason, typed while the checks run.
    for waiver in ada.locator("#checks details").all():
        waiver.locator("summary").click()
        waiver.get_by_label("Reason").fill("Short on purpose.")
    ada.get_by_role("button", name="Submit for review").click()
    expect(ada.locator(".messagelist")).to_contain_text("was submitted for review.")

    rob = signed_in(browser, site, "rob")
    rob.goto(f"{site.url}/admin/review/")
    assert_accessible(rob)
    rob.get_by_role("link", name="own-lighthouse").click()
    expect(rob.locator("#content-main")).not_to_contain_text("Every row is read once a night.")
    assert_accessible(rob)
    rob.get_by_text(OPTIONS[0][0]).click()
    rob.get_by_label("Of 100 candidates").fill("60")
    rob.get_by_role("button", name="Submit answer and show the key").click()
    expect(rob.locator("#content-main")).to_contain_text("63%, by 2 raters")
    assert_accessible(rob)
    rob.locator("h1").click()
    rob.keyboard.press("a")
    rob.keyboard.press("s")
    expect(rob.get_by_label("Your comment")).to_be_focused()
    assert site.sql("SELECT status FROM questions_question WHERE code = 'own-lighthouse'") == [("review",)]
    rob.get_by_role("button", name="Approve and next").click()
    expect(rob.locator(".messagelist")).to_contain_text("is approved.", ignore_case=True)
    assert site.sql("SELECT status, rating FROM questions_question WHERE code = 'own-lighthouse'") == [("live", 63)]

    ada.reload()
    ada.get_by_label("Stem").fill(STEM.replace("lighthouse museum", "harbor museum"))
    ada.get_by_label("Reason for the new revision").fill("It is a harbor.")
    ada.get_by_label("Stem").press("Tab")
    ada.get_by_role("button", name="Save", exact=True).last.click()
    expect(ada.locator("#content-main")).to_contain_text("In work: revision 2, live: revision 1.")
    assert_accessible(ada)
    assert site.sql(
        "SELECT r.number FROM questions_question q JOIN questions_revision r ON r.id = q.current_id"
        " WHERE q.code = 'own-lighthouse'"
    ) == [(1,)]
    ada.get_by_role("link", name="History").click()
    expect(ada.locator("#content-main ins").first).to_have_text("harbor")
    assert_accessible(ada)


def test_a_published_wording_is_revised_compared_published_and_rolled_back(
    browser: Browser, site: Site, staff: None
) -> None:
    made = manage(site.file.parent, "shell", "--no-imports", "--verbosity", "0", "--command", LIVE)
    assert made.returncode == 0, made.stderr
    [(_, first, _)] = wordings(site, "own-bakery")
    second = first.replace("bakery", "mill")
    ada, rob = signed_in(browser, site, "ada"), signed_in(browser, site, "rob")

    ada.goto(f"{site.url}/admin/questions/question/?q=own-bakery")
    ada.get_by_role("link", name="own-bakery").first.click()
    ada.get_by_label("Stem").fill(second)
    ada.get_by_label("Reason for the new revision").fill("A mill is meant.")
    ada.get_by_role("button", name="Save and submit the new revision").click()
    expect(ada.locator(".messagelist")).to_contain_text("was submitted for review.")
    assert wordings(site, "own-bakery") == [(1, first, 1), (2, second, 0)]
    approve(rob, site, "own-bakery")
    assert wordings(site, "own-bakery") == [(1, first, 0), (2, second, 1)]

    ada.get_by_role("link", name="History").click()
    newest = ada.locator("section.version").first
    expect(newest).to_contain_text("Why: A mill is meant.")
    expect(newest.locator("del").first).to_have_text("bakery")
    expect(newest.locator("ins").first).to_have_text("mill")
    ada.get_by_text("Go back to revision 1").click()
    assert_accessible(ada)
    ada.get_by_label("Reason").fill("It was a bakery.")
    ada.get_by_role("button", name="Create a new revision").click()
    expect(ada.locator(".messagelist")).to_contain_text("The older text is restored as a new revision.")
    expect(ada.get_by_label("Stem")).to_have_value(first)
    ada.get_by_role("button", name="Submit for review").click()
    expect(ada.locator(".messagelist")).to_contain_text("was submitted for review.")
    approve(rob, site, "own-bakery")
    assert wordings(site, "own-bakery") == [(1, first, 0), (2, second, 0), (3, first, 1)]


def test_the_bank_is_downloaded_in_each_format_and_read_again(browser: Browser, site: Site, staff: None) -> None:
    ada = signed_in(browser, site, "ada")
    export_page = f"{site.url}/admin/questions/importbatch/export/"
    ada.goto(export_page)
    assert_accessible(ada)
    for format in registry.FORMATS.values():
        if not format.writes:
            continue
        with ada.expect_download() as download:
            ada.get_by_role("link", name=f"Download {format.title}", exact=True).click()
            if format.name == "aiken":  # it cannot hold all questions: a page lists what is left out
                ada.get_by_role("link", name=re.compile(r"Download \d+ questions")).click()
        ada.goto(export_page)
        assert download.value.suggested_filename == f"questions{format.ending}"
        parsed = format.read(download.value.path().read_bytes(), download.value.suggested_filename)
        assert parsed.faults == ()
        assert sum(question.content is not None for question in parsed.questions) > 50, format.name
