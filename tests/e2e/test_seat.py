"""Test in browsers that one of them writes an exam of a class: the question before a take-over, and the refusal."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, answer, assert_accessible, next_question, wait_for, wait_for_room
from tests.e2e.instructor import instructor
from tests.e2e.rooms import CONFLICT, stored, unsent
from tests.e2e.test_classes import ONE_REFRESH_MS, create, join
from tests.e2e.test_room_offline import kept

QUESTION = "Continue here? The other browser stops."
ELSEWHERE = "This exam continues in another browser"
SAVED = "What you had not sent from here is saved."

# The first browser may ask for its service worker when the second one has the seat already.
LATE_WORKER = "script resource is behind a redirect"


def open_by_link(ines: Page, change: str, name: str, page: Page) -> None:
    """Open a personal link that the instructor makes, and the running exam."""
    ines.goto(change)
    ines.get_by_role("button", name=f"New link for {name}").click()
    page.goto(ines.get_by_label(f"New link of {name}, for one browser").input_value())
    page.get_by_role("button", name=f"Continue as {name}").click()
    page.get_by_role("link", name="Back to question").click()


def press_next(page: Page) -> None:
    page.locator(".room-moves .next").click()


@pytest.mark.complains(CONFLICT, LATE_WORKER)
def test_another_browser_asks_and_the_first_one_stops_after_its_last_answer(browser: Browser, site: Site) -> None:
    ines = instructor(browser, site)
    code = create(ines, site, "Seats 7b")
    change = ines.url
    ana = browser.new_context().new_page()
    join(ana, site, code, "Ana Silva")
    answer(ana)
    next_question(ana)
    ana.get_by_role("button", name="Flag for review").click()
    wait_for(ana, lambda: unsent(ana) == 0)
    attempt = ana.url.split("/questions/")[0]
    wait_for(ana, lambda: ana.evaluate("Boolean(navigator.serviceWorker.controller)"))

    other = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    open_by_link(ines, change, "Ana Silva", other)
    expect(other.get_by_role("heading", name=QUESTION)).to_be_visible()
    assert_accessible(other)
    other.get_by_role("button", name="Continue here").click()
    wait_for_room(other, 2)

    ana.locator(".option label").first.click()  # what it had not sent
    expect(ana.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    expect(ana.get_by_role("alert")).to_contain_text(SAVED)
    assert stored(site, attempt, 2)[0]
    assert_accessible(ana)
    wait_for(ana, lambda: kept(ana) == [])  # neither the paper, nor the queue, nor the worker with its cache

    ines.goto(change)
    ines.get_by_role("link", name="Board").click()
    row = ines.get_by_role("row", name=re.compile("Ana Silva"))
    expect(row).to_contain_text("in another browser since", timeout=ONE_REFRESH_MS)
    expect(row).to_contain_text("from 127.0.0.x")
    assert_accessible(ines)


@pytest.mark.complains(CONFLICT, LATE_WORKER)
@pytest.mark.parametrize("scripts", [True, False])
def test_the_refusal_is_a_sentence_in_the_room_and_nothing_is_lost(browser: Browser, site: Site, scripts: bool) -> None:
    ines = instructor(browser, site)
    code = create(ines, site, f"Seats {scripts}")
    learner = browser.new_context(java_script_enabled=scripts).new_page()
    learner.goto(f"{site.url}/accounts/signup/")
    name = f"seated-{scripts}".lower()
    learner.locator("[name=username]").fill(name)
    learner.locator("[name=password1]").fill("a long and quiet password")
    learner.locator("main form button").first.click()
    learner.goto(f"{site.url}/join/{code}/")
    learner.locator("#gate form button.primary").first.click()
    learner.wait_for_selector("#room[data-position='1']")
    room, attempt = learner.url, learner.url.split("/questions/")[0]

    second = browser.new_context(java_script_enabled=scripts).new_page()
    second.goto(f"{site.url}/accounts/login/")
    second.locator("[name=login]").fill(name)
    second.locator("[name=password]").fill("a long and quiet password")
    second.locator("main form button").first.click()
    second.goto(room)
    second.get_by_role("button", name="Continue here").click()
    second.wait_for_selector("#room[data-position='1']")

    if scripts:
        learner.locator(".option label").first.click()  # saved at once: the first request since
    else:
        answer(learner)
        press_next(learner)
    expect(learner.get_by_role("alert")).to_contain_text(SAVED)
    before = stored(site, attempt, 1)

    learner.get_by_role("button", name="Continue here").click()  # and the second browser stops in turn
    learner.wait_for_selector("#room[data-position='1']")
    learner.locator(".room-moves .next").click()
    learner.wait_for_selector("#room[data-position='2']")
    expect(learner.locator("#room")).to_be_visible()
    if scripts:
        second.locator(".option label").first.click()
    else:
        press_next(second)
    expect(second.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    second.go_back()
    expect(second.get_by_role("heading", name=QUESTION)).to_be_visible()
    assert stored(site, attempt, 1) == before
