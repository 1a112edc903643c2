"""Test practice in the browser: ten questions without an account, study mode with and without keys, the builder."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, answer, assert_accessible, start_practice, wait_for, wait_for_room
from tests.e2e.rooms import OFFLINE, PausedRequests, attempt_id, bit, single, stored


def revealed(site: Site, address: str) -> list[tuple[int, int]]:
    """Return position and confidence of the responses whose solution was shown."""
    return site.sql(
        "SELECT r.position, confidence FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND revealed_at IS NOT NULL ORDER BY r.position",
        attempt_id(address),
    )


def test_try_10_without_an_account_to_the_result(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1280, "height": 1000})  # to axe, a button half behind the bar is too small
    address = start_practice(page, site)
    expect(page.locator("#ends")).to_contain_text("No time limit.")
    assert page.locator("#timer").count() == 0
    assert_accessible(page)
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".sure legend")).to_be_focused()
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 500})  # lower than a solution
    page.get_by_role("button", name="Unsure").click()
    expect(page.locator(".verdict-line")).to_contain_text("You were unsure.")
    expect(page.locator(".verdict-line")).to_be_in_viewport()
    assert_accessible(page)
    assert revealed(site, address) == [(1, 2)]
    page.reload()
    expect(page.locator(".verdict-line")).to_contain_text("You were unsure.")
    page.get_by_role("button", name="Next").click()
    wait_for_room(page, 2)
    expect(page.get_by_role("button", name="Check answer")).to_be_visible()
    page.get_by_role("button", name="End practice").click()
    expect(page.get_by_role("heading", name="End practice?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="End practice").click()
    expect(page.get_by_role("heading", name=re.compile(r"[01] of 1 right"))).to_be_visible()
    assert_accessible(page)
    page.goto(f"{site.url}/history/")
    expect(page.get_by_role("heading", name="Practice")).to_be_visible()
    assert_accessible(page)


def test_practice_whose_questions_are_all_solved_ends_with_one_click(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/settings/")
    page.get_by_label("Ask in practice how sure you are").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    start_practice(page, site)
    for position in range(1, 11):
        wait_for_room(page, position)
        answer(page)
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator(".verdict-line")).to_be_visible()
        page.locator(".room-moves .next").click()  # the last one is End practice
    expect(page.get_by_role("heading", name=re.compile(r"\d+ of 10 right"))).to_be_visible()


def test_the_button_that_checks_is_always_in_view(page: Page, site: Site) -> None:
    start_practice(page, site)
    page.get_by_role("button", name="Next").click()
    wait_for_room(page, 2)
    for width, height in ((1280, 720), (390, 700)):
        page.set_viewport_size({"width": width, "height": height})
        for name in ("Previous", "Flag for review", "Check answer", "Next"):
            expect(page.locator(".room-moves").get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


@pytest.mark.complains(OFFLINE)
def test_that_there_is_more_below_stands_on_the_line_about_an_outage(page: Page, site: Site) -> None:
    """In practice a gap of 32 pixels was between them: the styles of the report have named a part of it the same."""
    page.set_viewport_size({"width": 390, "height": 420})
    start_practice(page, site)
    page.context.set_offline(True)
    page.keyboard.press("m")
    line, more = page.locator("#message-save"), page.locator(".more-below")
    expect(line).to_be_visible()
    expect(more).to_be_visible()
    places = [part.bounding_box() for part in (more, line, page.locator(".room-moves"))]
    more_box, line_box, moves = [place for place in places if place]
    assert more_box["y"] + more_box["height"] == pytest.approx(line_box["y"], abs=1)
    assert line_box["y"] + line_box["height"] == pytest.approx(moves["y"], abs=1)


@pytest.mark.parametrize(("width", "height"), [(1280, 650), (390, 700)])
def test_the_buttons_stay_where_the_hand_is_until_the_verdict_is_seen(
    page: Page, site: Site, width: int, height: int
) -> None:
    """Next has one place, what asks how sure one is stands above it, and nothing has to be scrolled."""
    page.set_viewport_size({"width": width, "height": height})
    start_practice(page, site)
    following = page.locator(".room-moves .next")
    place = following.bounding_box()
    answer(page)
    at = page.evaluate("scrollY")
    page.get_by_role("button", name="Check answer").dispatch_event("click")  # a click of the test scrolls to the button
    expect(page.locator(".sure")).to_be_visible()
    assert page.evaluate("scrollY") == at, "the page does not jump to the question how sure one is"
    for name in ("A guess", "Unsure", "Sure"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    assert following.bounding_box() == place
    assert_accessible(page, ".room-moves")  # the bar covers what lies below it, more or less of it by the question
    page.get_by_role("button", name="Unsure").click()
    expect(page.locator(".verdict-line")).to_be_in_viewport(ratio=1)
    assert following.bounding_box() == place
    following.click()
    wait_for_room(page, 2)
    assert following.bounding_box() == place


def test_the_keyboard_checks_an_answer(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1280, "height": 1600})  # room for the verdict and all options
    address = start_practice(page, site)
    choose = page.locator("#pick-hint").get_attribute("data-choose") if page.locator("#pick-hint").count() else "1"
    for key in "abcdef"[: int(choose or 1)]:
        page.keyboard.press(key)
    page.keyboard.press("1")  # says how sure only when the page asks, and never unticks
    expect(page.locator("[name=option]:checked")).to_have_count(int(choose or 1))
    expect(page.locator("[name=option]").first).to_be_checked()
    page.keyboard.press("x")
    expect(page.locator(".sure")).to_be_visible()
    page.keyboard.press("9")
    expect(page.locator("[name=option]").first).to_be_checked()
    page.keyboard.press("3")
    expect(page.locator(".verdict-line")).to_contain_text("You were sure.")
    expect(page.locator(".option.right").last).to_be_in_viewport(ratio=0.9)
    page.keyboard.press("a")  # nothing is left to choose
    page.keyboard.press("m")
    page.keyboard.press("n")
    wait_for_room(page, 2)
    assert revealed(site, address) == [(1, 3)]


def test_enter_checks_and_goes_on_and_the_settings_switch_off_how_sure(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/settings/")
    page.get_by_label("Ask in practice how sure you are").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    address = start_practice(page, site)
    page.keyboard.press("Enter")
    expect(page.locator("#strip")).to_contain_text("then check your answer")
    answer(page)
    page.locator("h1").click()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict-line")).to_be_visible()
    page.keyboard.press("Enter")
    wait_for_room(page, 2)
    assert revealed(site, address) == [(1, None)]


def test_enter_again_shows_the_solution_without_saying_how_sure(page: Page, site: Site) -> None:
    address = start_practice(page, site)
    answer(page)
    page.locator("h1").click()
    page.keyboard.press("Enter")
    expect(page.locator(".sure")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict-line")).to_be_visible()
    page.keyboard.press("Enter")
    wait_for_room(page, 2)
    assert revealed(site, address) == [(1, None)]


def test_who_skips_how_sure_keeps_the_first_click_on_the_next_question(page: Page, site: Site) -> None:
    address = start_practice(page, site)
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="Next").click()
    wait_for_room(page, 2)
    expect(page.locator(".sure")).to_be_hidden()
    expect(page.get_by_role("button", name="Check answer")).to_be_visible()
    page.locator(".option label").first.click()
    expect(page.locator("[name=option]").first).to_be_checked()
    wait_for(page, lambda: stored(site, address, 2)[0] == bit(page, 0))
    page.get_by_role("button", name="Previous").click()
    wait_for_room(page, 1)
    expect(page.locator(".sure")).to_be_hidden()
    expect(page.get_by_role("button", name="Check answer")).to_be_visible()


def test_an_answer_changed_instead_of_saying_how_sure_counts(page: Page, site: Site) -> None:
    address = start_practice(page, site)
    position = single(page)
    page.locator(".option label").first.click()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".sure")).to_be_visible()
    page.locator(".option label").nth(1).click()
    expect(page.locator(".sure")).to_be_hidden()
    expect(page.locator("[name=option]").nth(1)).to_be_checked()
    wait_for(page, lambda: stored(site, address, position)[0] == bit(page, 1))


def test_until_the_solution_shows_the_next_question_is_not_the_primary_action(page: Page, site: Site) -> None:
    start_practice(page, site)
    following = page.locator(".room-moves .next")
    answer(page)
    expect(following).not_to_contain_class("primary")
    page.get_by_role("button", name="Check answer").click()
    for name in ("A guess", "Unsure", "Sure"):
        expect(page.get_by_role("button", name=name, exact=True)).to_contain_class("primary")
    expect(following).not_to_contain_class("primary")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")  # a key that is held does not skip the solution
    page.keyboard.up("Enter")
    expect(page.locator(".verdict-line")).to_be_visible()
    expect(following).to_contain_class("primary")
    page.keyboard.press("Enter")
    wait_for_room(page, 2)


def test_next_goes_on_from_a_question_before_the_last_one_also_after_a_reload_there(page: Page, site: Site) -> None:
    page.goto(f"{start_practice(page, site)}questions/10/")
    wait_for_room(page, 10)
    expect(page.locator(".room-moves").get_by_role("button", name="End practice")).to_be_visible()
    page.locator(".room-moves").get_by_role("button", name="Previous").click()
    wait_for_room(page, 9)
    page.locator(".room-moves").get_by_role("button", name="Next").click()
    wait_for_room(page, 10)


def test_a_note_on_a_checked_question_is_saved(page: Page, site: Site) -> None:
    address = start_practice(page, site)
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="A guess").click()
    page.locator(".note-dock label").click()
    page.locator("#note").fill("Read about this again.")
    page.get_by_role("button", name="Next").click()
    wait_for_room(page, 2)
    wait_for(page, lambda: bool(site.sql("SELECT 1 FROM exams_note WHERE text = 'Read about this again.'")))
    page.goto(f"{address}questions/1/")
    expect(page.locator("#note")).to_have_value("Read about this again.")
    expect(page.locator(".verdict-line")).to_contain_text("You guessed.")


def test_a_solution_is_starred(page: Page, site: Site) -> None:
    start_practice(page, site)
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="A guess").click()
    star = page.get_by_role("button", name="Star", exact=True)
    with page.expect_response("**/sync/"):
        star.click()
    expect(page.locator("[name=star]")).to_have_attribute("aria-pressed", "true")
    assert_accessible(page)
    page.reload()
    wait_for_room(page, 1)
    expect(page.locator("[name=star]")).to_have_attribute("aria-pressed", "true")


def test_a_note_begun_before_the_solution_shows_goes_on(page: Page, site: Site) -> None:
    start_practice(page, site)
    requests = PausedRequests(page)  # before any request: one that is on its way then is not held
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="A guess").click()
    page.locator(".note-dock label").click()
    page.keyboard.type("read ")
    requests.release()
    expect(page.locator(".verdict-line")).to_be_visible()
    page.keyboard.type("it again")
    expect(page.locator("#note")).to_have_value("read it again")
    page.get_by_role("button", name="Next").click()
    wait_for_room(page, 2)
    expect(page.locator("#note")).to_have_value("")


def test_study_mode_works_without_javascript(browser: Browser, site: Site) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site.url)
    page.get_by_role("button", name=re.compile("^Try 10")).click()
    page.wait_for_url("**/questions/1/")
    answer(page)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("button", name="Sure", exact=True).click()
    expect(page.locator(".verdict-line")).to_contain_text("You were sure.")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/questions/2/")


@pytest.mark.complains("status of 409")
def test_the_builder_updates_its_numbers_and_starts(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/practice/")
    assert_accessible(page)
    matching = page.locator("#matching")
    before = matching.inner_text()
    page.locator("[name=domain][value='1']").check()
    expect(matching).not_to_have_text(before)
    expect(page.locator("[data-count='domain:2']")).not_to_have_text("0")
    wrong = page.locator("[name=state][value=wrong]")
    expect(wrong).to_be_disabled()
    expect(page.locator("[data-count='state:wrong']")).to_have_text("0, none with the other filters")
    page.goto(f"{site.url}/practice/?domain=1&state=wrong")
    expect(matching).to_contain_text("No question matches. Drop one filter.")
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.get_by_role("alert")).to_contain_text("No question matches. Drop one filter.")
    expect(page.locator("[name=domain][value='1']")).to_be_checked()
    assert_accessible(page)
    wrong.uncheck()
    expect(wrong).to_be_disabled()
    expect(matching).to_contain_text("10 questions: 10 new.")
    page.locator("#size").fill("3")
    expect(matching).to_contain_text("3 questions: 3 new.")
    page.locator("[name=timed]").check()
    page.get_by_role("button", name="Start the quiz").click()
    wait_for_room(page, 1)
    expect(page.locator("#timer")).to_be_visible()
    page.goto(f"{site.url}/practice/")
    expect(page.get_by_role("heading", name="Open")).to_be_visible()
    page.get_by_role("button", name="Start the quiz").click()
    wait_for_room(page, 1)
    page.goto(f"{site.url}/practice/")
    expect(page.get_by_role("link", name=re.compile("^Continue"))).to_have_count(2)
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("^Discard")).first.click()
    expect(page.get_by_text("is discarded.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Continue"))).to_have_count(1)
