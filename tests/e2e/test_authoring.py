"""Test the page of a question in a browser: combo boxes, movable rows, two versions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import Site, assert_accessible, wait_for
from tests.e2e.instructor import account, fill_in_question, signed_in
from tests.pictures import picture

ADD = "/admin/questions/question/add/"
STEM = (
    "A ferry line keeps the time of each landing in one table, and its planner wants all rows of the last day counted "
    "every morning at the lowest cost. Which solution meets these requirements?"
)
OPTIONS = (
    ("A nightly job that reads all rows of the day.", "Every row is read once a night."),
    ("A sampling job that reads some rows of the day.", "Rows that are not sampled are missed."),
    ("A copy of the whole table in a second bucket.", "A copy by itself counts nothing."),
    ("An alarm on the size of the newest table file.", "The size of a file is no count of rows."),
)
DENSE: dict[str, Any] = {"viewport": {"width": 1280, "height": 1400}}


@pytest.fixture(scope="module")
def staff(site: Site) -> None:
    """Create two authors, a reviewer and an instructor, as an administrator would."""
    for name, group in (("alma", "Author"), ("bela", "Author"), ("cora", "Reviewer"), ("ines", "Instructor")):
        account(site, name, group)


def scripted(page: Page, url: str) -> None:
    """Open the page of a question and wait for its scripts."""
    page.goto(url)
    page.wait_for_selector("html.scripted")


def written(page: Page, site: Site, code: str) -> str:
    """Write and save a question with this code; return its URL. Its page is open with scripts running."""
    scripted(page, site.url + ADD)
    fill_in_question(page, code, f"{STEM} ({code})", OPTIONS)
    saved(page)
    page.wait_for_url("**/change/")
    page.wait_for_selector("html.scripted")
    return page.url


def saved(page: Page) -> None:
    with page.expect_navigation():  # the page may show an earlier save already
        page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(".messagelist")).to_contain_text("is saved.")
    page.wait_for_selector("html.scripted")


def texts(page: Page) -> list[str]:
    """Return the options in their order."""
    return [row.locator("textarea").first.input_value() for row in page.locator(".option-row:visible").all()]


def test_a_topic_is_found_by_typing_and_chosen_by_keyboard(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    scripted(alma, site.url + ADD)
    topic = alma.get_by_role("combobox", name="Topic")
    shown = alma.locator("#id_topic-list [role=option]")
    topic.focus()
    alma.keyboard.type("CONFUSION")
    expect(shown.first).to_contain_text("onfusion")
    expect(topic).to_have_attribute("aria-expanded", "true")
    expect(topic).to_have_attribute("aria-activedescendant", "id_topic-list-0")
    title = shown.first.inner_text()
    assert_accessible(alma)
    topic.focus()
    alma.keyboard.press("Control+A")
    alma.keyboard.type("confusion")
    expect(shown.first).to_have_text(title)
    alma.keyboard.press("Enter")
    expect(topic).to_have_value(title)
    expect(topic).to_have_attribute("aria-expanded", "false")
    expect(alma.locator("#points input").first).to_be_visible()
    assert alma.url == site.url + ADD, "Enter chooses the topic and does not save"
    alma.keyboard.press("Control+A")
    alma.keyboard.type("zzz nothing")
    expect(alma.locator("#content")).to_contain_text("No topic contains these words.")
    alma.keyboard.press("Tab")
    expect(topic).to_have_value(title)
    topic.fill("")
    alma.keyboard.press("Tab")
    expect(alma.locator("#points")).to_contain_text("Choose a topic first")
    alma.context.close()


def test_enemies_are_found_by_their_words_and_shown_as_chips(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    written(alma, site, "ferry-one")
    written(alma, site, "ferry-two")
    enemies = alma.get_by_role("combobox", name="Questions that must not meet")
    shown = alma.locator("#id_enemies-list [role=option]")
    chips = alma.locator("#enemies li")
    alma.get_by_text("Points, tags, collection and more").click()
    enemies.focus()
    alma.keyboard.type("LANDING ferry-one")
    expect(shown).to_have_count(1)
    expect(shown.first).to_contain_text("ferry-one A ferry line keeps")
    alma.keyboard.press("Enter")
    expect(chips).to_have_count(1)
    expect(enemies).to_have_value("")
    assert_accessible(alma)
    saved(alma)
    expect(chips).to_contain_text("ferry-one A ferry line keeps")
    alma.get_by_role("button", name="Remove ferry-one").focus()
    alma.keyboard.press("Enter")
    expect(chips).to_have_count(0)
    expect(enemies).to_be_focused()
    saved(alma)
    expect(chips).to_have_count(0)
    alma.context.close()


def test_options_are_moved_by_dragging(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    written(alma, site, "ferry-drag")
    rows = alma.locator(".option-row:visible")
    status = alma.locator("#options-status")

    def grab(place: int) -> None:
        rows.nth(place).locator("[data-drag]").hover()
        alma.mouse.down()

    def drag_over(place: int, part: float) -> None:
        box = rows.nth(place).bounding_box()
        assert box
        alma.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] * part, steps=8)

    grab(2)
    drag_over(0, 0.2)
    alma.mouse.up()
    expect(status).to_have_text("Option C is at place 1 of 4 now.")
    assert texts(alma)[:4] == [OPTIONS[place][0] for place in (2, 0, 1, 3)]
    grab(0)
    drag_over(1, 0.9)
    alma.keyboard.press("Escape")
    alma.mouse.up()
    expect(status).to_have_text("Option A was not moved.")
    assert texts(alma)[:4] == [OPTIONS[place][0] for place in (2, 0, 1, 3)]
    rows.first.locator("textarea").first.focus()
    alma.keyboard.press("Alt+ArrowDown")
    expect(status).to_have_text("Option A is at place 2 of 4 now.")
    saved(alma)
    assert texts(alma)[:4] == [OPTIONS[place][0] for place in (0, 2, 1, 3)]
    alma.context.close()


def test_a_finding_links_to_its_field_and_references_are_added(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    written(alma, site, "ferry-checks")
    alma.locator("#id_options-2-text").fill("All of the above")
    alma.get_by_role("link", name="To option C").first.click()
    expect(alma.locator("#id_options-2-text")).to_be_focused()
    alma.locator("#id_options-2-text").fill(OPTIONS[2][0])
    boxes = alma.locator(".reference")
    before = boxes.count()
    alma.get_by_role("button", name="Add a reference").click()
    expect(boxes).to_have_count(before + 1)
    expect(boxes.last.get_by_label("Title")).to_be_focused()
    alma.keyboard.type("More jobs")
    boxes.last.get_by_label("Address").fill("https://docs.aws.amazon.com/glue/")
    assert_accessible(alma)
    saved(alma)
    expect(alma.locator("#id_references-1-title")).to_have_value("More jobs")
    alma.context.close()


@pytest.mark.complains("status of 409")
def test_the_second_of_two_authors_chooses_part_by_part(browser: Browser, site: Site, staff: None) -> None:
    alma, bela = (signed_in(browser, site, name, **DENSE) for name in ("alma", "bela"))
    url = written(alma, site, "ferry-both")
    scripted(bela, url)
    alma.get_by_label("Stem").fill(STEM.replace("ferry", "tram"))
    saved(alma)
    bela.get_by_label("Stem").fill(STEM.replace("ferry", "bus"))
    bela.get_by_label("Explanation").fill("Of bela: one pass over all rows is enough and costs the least of them.")
    with bela.expect_response(lambda answer: answer.request.method == "POST" and answer.url == url) as answer:
        bela.get_by_role("button", name="Save", exact=True).last.click()
    assert answer.value.status == 409
    expect(bela.locator("#content-main")).to_contain_text("alma saved this question")
    assert_accessible(bela)
    bela.get_by_role("group", name="Stem").get_by_label("Saved by alma").check()
    bela.get_by_role("button", name="Save these choices").last.click()
    expect(bela.locator(".messagelist")).to_contain_text("is saved.")
    assert "tram" in bela.get_by_label("Stem").input_value()
    assert bela.get_by_label("Explanation").input_value().startswith("Of bela")
    alma.context.close()
    bela.context.close()


def test_changes_of_a_new_shipped_version_are_chosen(browser: Browser, site: Site, staff: None) -> None:
    (pk, rating), *_more = site.sql(
        "SELECT id, rating FROM questions_question WHERE origin = 'shipped' AND status = 'live' ORDER BY code LIMIT 1"
    )
    theirs = rating - 1 if rating > 50 else rating + 1
    conflict = json.dumps({"rating": theirs, "explanation": "The shipped words."})
    site.sql("UPDATE questions_question SET conflict = ? WHERE id = ?", conflict, pk)
    ines = signed_in(browser, site, "ines", **DENSE)
    ines.goto(f"{site.url}/admin/questions/question/{pk}/change/")
    ines.get_by_role("link", name="Choose versions").click()
    expect(ines.locator(".savebar")).to_contain_text("2 parts differ")
    assert_accessible(ines)
    ines.get_by_role("group", name="Rating").get_by_label("Local, in use").focus()
    ines.keyboard.press("ArrowRight")
    ines.keyboard.press("Enter")
    expect(ines.locator(".messagelist")).to_contain_text("Your choices for")
    assert site.sql("SELECT rating, conflict FROM questions_question WHERE id = ?", pk) == [(theirs, None)]
    ines.context.close()


def test_keyboard_shortcuts_of_the_review_stay_switched_off(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    pk = written(alma, site, "ferry-keys").split("/")[-3]
    site.sql("UPDATE questions_question SET status = 'review', rating = 60, raters = 1 WHERE id = ?", pk)
    cora = signed_in(browser, site, "cora", **DENSE)
    cora.goto(f"{site.url}/admin/review/{pk}/?ticked=0")
    switch = cora.get_by_label("Keyboard: S moves")
    switch.uncheck()
    cora.reload()
    expect(switch).not_to_be_checked()
    cora.locator("h1").click()
    for key in ("s", "a"):
        cora.keyboard.press(key)
    expect(cora.locator("#text")).not_to_be_focused()
    switch.check()
    cora.locator("h1").click()
    cora.keyboard.press("s")
    expect(cora.locator("#text")).to_be_focused()
    assert site.sql("SELECT status FROM questions_question WHERE id = ?", pk) == [("review",)]
    alma.context.close()
    cora.context.close()


def test_a_submission_is_taken_back_and_a_question_copied(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    written(alma, site, "kiosk-tally")
    site.sql("UPDATE questions_question SET status = 'review' WHERE code = 'kiosk-tally'")
    alma.reload()
    alma.get_by_role("button", name="Take back").click()
    expect(alma.locator(".messagelist")).to_contain_text("was taken back from review")
    expect(alma.get_by_role("button", name="Take back")).to_have_count(0)
    alma.get_by_text("Copy as a new question").first.click()
    expect(alma.get_by_label("Code of the copy")).to_have_value("kiosk-tally-2")
    alma.get_by_role("button", name="Copy as a new question").click()
    expect(alma.locator(".messagelist")).to_contain_text("This is your copy of kiosk-tally.")
    expect(alma.locator("h1")).to_have_text("kiosk-tally-2")
    expect(alma.locator("#enemies")).to_contain_text("kiosk-tally A ferry line keeps")
    assert_accessible(alma)
    alma.context.close()


def test_without_scripts_all_fields_are_there(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", java_script_enabled=False, **DENSE)
    alma.goto(site.url + ADD)
    alma.get_by_label("Code", exact=True).fill("ferry-plain")
    alma.get_by_label("Stem").fill(STEM)
    alma.locator("select#id_topic").select_option(index=2)
    alma.get_by_text("Points, tags, collection and more").click()
    expect(alma.locator("input#id_enemies")).to_be_visible()
    rows = alma.locator(".option-row").count()
    alma.get_by_role("button", name="Add an option").click()
    expect(alma.locator(".option-row")).to_have_count(rows + 1)
    expect(alma.locator(".bubble").last).to_have_text("ABCDEFGH"[rows])
    references = alma.locator(".reference").count()
    alma.get_by_role("button", name="Add a reference").click()
    expect(alma.locator(".reference")).to_have_count(references + 1)
    expect(alma.get_by_label("Stem")).to_have_value(STEM)
    alma.get_by_role("button", name="Save", exact=True).last.click()
    expect(alma.locator(".messagelist")).to_contain_text("erry-plain is saved.")
    alma.context.close()


def test_edits_of_two_questions_are_autosaved_one_after_the_other(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    alma.clock.install()
    scripted(alma, site.url + ADD)
    requests: list[Route] = []
    alma.route("**/add/autosave/", lambda route: requests.append(route))
    alma.get_by_label("Stem").fill("The older text")
    wait_for(alma, lambda: len(requests) == 1)
    alma.get_by_label("Stem").fill("The newer text")
    alma.clock.run_for(2500)  # ms; longer than the pause before an autosave
    alma.evaluate("fetch(location.href).then((page) => page.text())")  # a request before this one is heard by now
    assert len(requests) == 1, "the newer text is sent after the older one"
    requests[0].continue_()
    wait_for(alma, lambda: len(requests) == 2)
    assert "The newer text" in (requests[1].request.post_data or "")
    requests[1].continue_()
    expect(alma.locator("#save-state")).to_contain_text("Unsaved edit stored")
    alma.context.close()


def test_an_author_signed_out_while_writing_gets_a_message_and_loses_nothing(
    browser: Browser, site: Site, staff: None
) -> None:
    alma = signed_in(browser, site, "alma", **DENSE)
    scripted(alma, site.url + ADD)
    cookies = {cookie["name"]: cookie for cookie in alma.context.cookies() if "session" in cookie["name"]}
    alma.context.clear_cookies(name=next(iter(cookies)))
    alma.get_by_label("Stem").fill("Written while nobody is signed in")
    expect(alma.locator("#save-state")).to_contain_text("signed out")
    alma.context.add_cookies(list(cookies.values()))  # type: ignore[arg-type]
    expect(alma.locator("#save-state")).to_contain_text("Unsaved edit stored", timeout=30_000)
    alma.context.close()


def test_findings_stay_visible_above_the_bar(browser: Browser, site: Site, staff: None) -> None:
    alma = signed_in(browser, site, "alma", viewport={"width": 1280, "height": 800})
    scripted(alma, site.url + ADD)
    box = alma.locator("input#id_topic")
    box.evaluate("box => window.scrollTo(0, box.getBoundingClientRect().bottom + scrollY - innerHeight + 100)")
    box.press("ArrowDown")
    options = alma.locator("#id_topic-list")
    expect(options).to_be_visible()
    bar = alma.locator(".savebar")
    wait_for(alma, lambda: bottom(options) <= (bar.bounding_box() or {})["y"])
    alma.context.close()


def bottom(part: Locator) -> float:
    box = part.bounding_box()
    return box["y"] + box["height"] if box else float("inf")


def test_a_picture_is_uploaded_and_inserted_where_the_author_writes(
    browser: Browser, site: Site, staff: None, tmp_path: Path
) -> None:
    (tmp_path / "red.png").write_bytes(picture())
    page = signed_in(browser, site, "alma")
    scripted(page, site.url + ADD)
    fill_in_question(page, "red-field", f"{STEM} (red)", OPTIONS)
    explanation = page.locator("[name=explanation]")
    explanation.fill("See ")
    page.get_by_text("Insert a picture").click()
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#picture-result")).to_contain_text("Choose a file.")
    page.set_input_files("#picture-file", tmp_path / "red.png")
    page.locator("#picture-alt").fill("A red field")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#picture-result img")).to_have_js_property("naturalWidth", 8)
    expect(explanation).to_have_value(re.compile(r"See !\[A red field\]\(images/[0-9a-f]{64}\.png\)"))
    assert_accessible(page)
    saved(page)
    page.get_by_label("After the exam").check()
    image = page.frame_locator("#preview").get_by_role("img", name="A red field")
    expect(image).to_have_js_property("naturalWidth", 8)
    expect(image).to_have_attribute("width", "8")
