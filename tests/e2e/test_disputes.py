"""Test a key dispute in a browser: a report, a ruling, re-scoring by the worker, and the message to the candidate."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import TIMEOUT_MS, Site, assert_accessible, next_question, served, wait_for_room
from tests.e2e.instructor import instructor

ASKED = 5
RATING = 70  # of each question: the pass line is 3.50, so three correct answers fail and four pass
FAILS, PASSES = 657, 833  # 100 + 650 * 3 / 3.5, and 750 + 250 * 0.5 / 1.5


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a server for this module, with a quiz that always has the same five questions with one key, all scored."""
    with served(prepared, tmp_path_factory.mktemp("disputes")) as site:
        site.sql(
            "UPDATE questions_question SET collection = 'quiz', rating = ? WHERE id IN (SELECT q.id FROM"
            " questions_question q JOIN questions_examdomain d ON d.id = q.exam_domain_id JOIN questions_revision r"
            " ON r.id = q.current_id WHERE d.exam = 'MLS-C01' AND d.number = 3 AND q.status = 'live' AND r.choose = 1"
            " AND r.n_options = 4"
            " AND NOT EXISTS (SELECT 1 FROM questions_enemy e WHERE q.id IN (e.low_id, e.high_id))"
            " ORDER BY q.code LIMIT ?)",
            RATING,
            ASKED,
        )
        spec = json.loads(site.sql("SELECT spec FROM questions_blueprint WHERE code = 'MLS-C01'")[0][0])
        spec |= {"code": "QUIZ", "title": "A quiz of five", "short_title": "Quiz", "retired_on": None}
        spec |= {"successors": [], "scored": ASKED, "unscored": 0, "collections": ["quiz"], "syllabus": "MLS-C01"}
        spec["exam_domains"] = [{"number": 3, "title": "Modeling", "weight": 100}]
        site.sql(
            "INSERT INTO questions_blueprint (code, version, spec, sha256, origin, offered, admits, loaded_at)"
            " VALUES ('QUIZ', 1, ?, '', 'local', 1, 1, '2026-01-01')",
            json.dumps(spec),
        )
        site.sql("UPDATE questions_bank SET version = version + 1")
        yield site


def tick(page: Page, bit: int) -> None:
    page.locator(f"li.option:has(input[value='{bit}']) label").click()
    expect(page.locator(f"input[name=option][value='{bit}']")).to_be_checked()


def test_a_reported_key_is_corrected_and_the_candidate_is_informed(browser: Browser, page: Page, site: Site) -> None:
    page.set_default_timeout(20_000)
    page.goto(f"{site.url}/exams/QUIZ/")
    page.get_by_role("button", name="Start exam").click()
    wait_for_room(page, 1)
    attempt = page.url.split("/questions/")[0]
    uuid = UUID(attempt.rsplit("/", 1)[1])
    asked = site.sql(
        'SELECT r.key, r.revision_id, r."order" FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id'
        " WHERE a.uuid = ? ORDER BY r.position",
        uuid.hex,
    )
    assert len(asked) == ASKED
    number = "SELECT number FROM questions_revision WHERE id = ?"
    ((asked_number,),) = site.sql(number, asked[-1][1])
    # Three correct and two incorrect; the candidate reports the last one as correct.
    ticked = 0
    for position, (key, _revision, _order) in enumerate(asked, 1):
        expect(page.get_by_role("heading", name=f"Question {position} of {ASKED}")).to_be_visible()
        right = key.bit_length() - 1
        ticked = right if position <= 3 else (right + 1) % 4
        tick(page, ticked)
        if position < ASKED:
            next_question(page)
    page.locator(".room-moves .next").click()
    expect(page.get_by_text(f"{ASKED} of {ASKED} answered")).to_be_visible()
    page.get_by_role("link", name="Finish exam").click()
    page.get_by_role("button", name="Finish exam").click()
    expect(page.locator("h1 .word")).to_have_text("Not passed:", timeout=30_000)
    expect(page.locator("h1 .score")).to_have_text(str(FAILS))
    page.goto(f"{attempt}/review/")
    page.get_by_role("link", name=f"Question {ASKED}", exact=True).click()
    page.get_by_role("link", name="Report a problem with this question").click()
    page.get_by_label("What is wrong?").fill("The page of the service says what I have ticked.")
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_text("Thank you. Your report was sent")).to_be_visible()
    expect(page.get_by_text("You reported this question:")).to_be_visible()

    ines = instructor(browser, site)
    ines.goto(f"{site.url}/admin/questions/questionreport/?status__exact=open")
    ines.locator("#result_list tbody th a").first.click()
    content = ines.locator("#content-main")
    expect(content).to_contain_text("The page of the service says what I have ticked.")
    expect(content).to_contain_text("1 finished exam contains this revision")
    expect(content).to_contain_text("Selected by 1 (100%)")
    assert_accessible(ines)
    new = "ABCD"[asked[-1][2].index(str(ticked))]  # the letter that the candidate saw
    ines.get_by_label(new, exact=True).check()
    ines.get_by_label("Reason").fill("The documentation has changed.")
    ines.get_by_label("Answer to the open report").fill("You are right, thank you.")
    ines.get_by_role("button", name="Preview the changes").click()
    expect(content).to_contain_text(re.compile(rf"to {new}(\.| \(authored as [A-D]\)\.)"))
    expect(content).to_contain_text("1 of 1 affected scores is recomputed.")
    expect(content).to_contain_text("Changed to passed: 1. Changed to not passed: 0.")
    row = ines.locator("table tbody tr").first
    for words in (str(FAILS), str(PASSES), "now PASS"):
        expect(row).to_contain_text(words)
    assert_accessible(ines)
    assert site.sql("SELECT COUNT(*) FROM exams_keyruling") == [(0,)]
    ines.get_by_role("button", name="Apply ruling and recompute scores").click()
    expect(ines.locator(".messagelist").first).to_contain_text("The ruling is stored.")
    expect(ines.locator("#content-main")).to_contain_text("Answer: You are right, thank you.")
    assert_accessible(ines)

    # The worker of the site re-scores; the page refreshes itself.
    expect(content).to_contain_text("Done: 1 score changed, 1 now pass.", timeout=2 * TIMEOUT_MS)
    # The page of the question links here too; its older wording is one click further.
    links = ines.get_by_role("link", name=re.compile(r"^Revision \d+$"))
    corrected = max((name.strip() for name in links.all_inner_texts()), key=lambda name: int(name.split()[-1]))
    ines.get_by_role("link", name=corrected, exact=True).click()
    expect(content).to_contain_text("Other revisions")
    expect(content).to_contain_text("No finished exam contains this revision yet.")

    correction = f"changed from {FAILS} to {PASSES}: a question was corrected."
    page.goto(site.url)
    expect(page.get_by_text(correction)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="View the report").click()
    expect(page.locator("h1 .word")).to_have_text("Passed:")
    expect(page.get_by_text(correction)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="History").click()
    expect(page.get_by_text(correction)).to_be_visible()
    page.goto(f"{attempt}/review/")
    expect(page.get_by_text("The key of this question was corrected")).to_be_visible()
    expect(page.get_by_text("You are right, thank you.")).to_be_visible()
    reports = "SELECT r.number, r.cause, r.raw, r.scaled FROM exams_scorereport r ORDER BY r.number"
    assert site.sql(reports) == [(1, "finish", 3, FAILS), (2, "ruling", 4, PASSES)]
    # New exams use the corrected key; past exams keep their wording.
    assert site.sql(number, asked[-1][1]) == [(asked_number,)]
    assert site.sql(
        "SELECT n.number, n.key FROM questions_question q JOIN questions_revision n ON n.id = q.current_id"
        " JOIN questions_revision o ON o.question_id = q.id WHERE o.id = ?",
        asked[-1][1],
    ) == [(asked_number + 1, 1 << ticked)]
    ines.context.close()
