"""Test a quiz in a browser: made in the admin with one form, sat to its report, withdrawn."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from questions.content.blueprint import read
from tests.e2e.conftest import Site, answer, assert_accessible, next_question, served
from tests.e2e.instructor import instructor

OWN = ((1, 12), (3, 9), (4, 4))  # live questions of the collection by exam domain: none of the second


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a server for this module only, because the tests add an exam to its front page."""
    with served(prepared, tmp_path_factory.mktemp("blueprints")) as site:
        for domain, count in OWN:
            site.sql(
                "UPDATE questions_question SET collection = 'own-set' WHERE id IN (SELECT q.id FROM questions_question"
                " q JOIN questions_examdomain d ON d.id = q.exam_domain_id WHERE d.exam = 'MLS-C01' AND d.number = ?"
                " AND q.status = 'live'"
                " ORDER BY q.code LIMIT ?)",
                domain,
                count,
            )
        site.sql("UPDATE questions_bank SET version = version + 1")
        yield site


def test_a_quiz_is_made_sat_and_withdrawn(browser: Browser, page: Page, site: Site) -> None:
    ines = instructor(browser, site)
    ines.goto(f"{site.url}/admin/questions/blueprint/")
    ines.get_by_role("link", name="MLS-C01", exact=True).click()
    assert_accessible(ines)
    ines.get_by_role("link", name="Create a copy").click()
    stock = ines.locator("#stock")
    expect(stock).to_contain_text("The weights sum to 100%.")
    assert_accessible(ines)
    expect(ines.get_by_label("Code", exact=True)).to_have_value("MLS-C01-2")
    ines.get_by_label("Code", exact=True).fill("")  # made from the title
    ines.get_by_label("Title", exact=True).fill("Quiz of our own")
    ines.get_by_label("Minutes", exact=True).first.fill("30")
    ines.get_by_label("Scored questions", exact=True).fill("20")
    ines.get_by_label("Unscored questions", exact=True).fill("0")
    ines.locator('[name="collections"][value="mls-c01"]').uncheck()
    ines.get_by_label("own-set").check()
    # The availability is shown while typing: no question of the second exam domain, then weights that do not add up.
    expect(stock).to_contain_text("✗ 5 are missing.")
    ines.get_by_label("Exploratory Data Analysis").fill("0")
    expect(stock).to_contain_text("The weights sum to 76%. They must sum to 100: add 24")
    assert_accessible(ines)
    ines.get_by_role("button", name="Use the shares of the collections").click()
    expect(ines.get_by_label("Data Engineering")).to_have_value("48")
    expect(stock).to_contain_text("The collections have enough questions.")
    ines.get_by_label("Title", exact=True).press("Enter")  # Enter saves
    expect(ines.locator(".messagelist")).to_contain_text("“Quiz of our own” was created. It is closed")
    ines.get_by_role("link", name="Settings").click()
    assert_accessible(ines)
    ines.get_by_label("On the start page").check()
    ines.get_by_label("Open to new candidates").check()
    ines.get_by_role("button", name="Save").click()
    expect(ines.locator(".messagelist")).to_contain_text("It is open.")
    assert_accessible(ines)
    with ines.expect_download() as download:
        ines.get_by_role("link", name="Download as YAML").click()
    spec, faults = read(download.value.path(), "quiz.yaml")
    assert faults == []
    assert spec is not None
    assert (spec.code, spec.questions, spec.syllabus, spec.collections) == (
        "QUIZ-OF-OUR-OWN",
        20,
        "MLS-C01",
        ("own-set",),
    )

    page.set_default_timeout(20_000)
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Which exam do you prepare for?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Quiz of our own").click()
    expect(page.get_by_text("20, one a page")).to_be_visible()
    expect(page.get_by_text("AWS retired this exam")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("button", name="Start exam").click()
    for position in range(1, 21):
        expect(page.get_by_role("heading", name=f"Question {position} of 20")).to_be_visible()
        answer(page, position)
        if position < 20:
            next_question(page)
    page.locator(".room-moves .next").click()
    expect(page.get_by_text("20 of 20 answered")).to_be_visible()

    # Withdrawn during an exam: the exam continues, but no other can be started.
    ines.get_by_role("link", name="Settings").click()
    ines.get_by_label("On the start page").uncheck()
    ines.get_by_label("Open to new candidates").uncheck()
    ines.get_by_role("button", name="Save").click()
    expect(ines.locator(".messagelist")).to_contain_text("It is closed")
    ines.goto(site.url)
    expect(ines.get_by_role("heading", name="Which exam do you prepare for?")).to_be_visible()
    expect(ines.get_by_text("Quiz of our own")).to_have_count(0)
    ines.goto(f"{site.url}/exams/QUIZ-OF-OUR-OWN/")
    expect(ines.get_by_text("This exam is closed to new candidates.")).to_be_visible()
    assert_accessible(ines)

    page.get_by_role("link", name="Finish exam").click()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_have_text(re.compile("assed:"), timeout=30_000)
    expect(page.get_by_text("of 20 scored questions right.")).to_be_visible()
    expect(page.locator("table.domains tbody tr")).to_have_count(3)
    assert_accessible(page)
    page.get_by_role("link", name="Review all 20 questions").click()
    expect(page.locator("h1")).to_contain_text("1 of 20")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="History").click()
    expect(page.get_by_role("cell", name="Quiz of our own")).to_be_visible()
    ines.context.close()


def test_the_form_works_on_a_phone_without_scripts(browser: Browser, site: Site) -> None:
    phone = instructor(browser, site, java_script_enabled=False, viewport={"width": 390, "height": 800})
    phone.goto(f"{site.url}/admin/questions/blueprint/1/make/")
    phone.get_by_label("Title", exact=True).fill("A second quiz")
    phone.get_by_label("Code", exact=True).fill("")
    phone.get_by_label("Scored questions", exact=True).fill("10")
    phone.get_by_label("Unscored questions", exact=True).fill("0")
    phone.get_by_role("button", name="Check").click()
    expect(phone.locator("#stock")).to_contain_text("needs 4 scored")
    expect(phone.get_by_label("Title", exact=True)).to_have_value("A second quiz")
    phone.get_by_role("button", name="Create exam").last.click()
    expect(phone.locator(".messagelist")).to_contain_text("“A second quiz” was created. It is closed")
    assert site.sql("SELECT version, origin FROM questions_blueprint WHERE code = 'A-SECOND-QUIZ'") == [(1, "local")]
    phone.context.close()
