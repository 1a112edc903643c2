"""Test that the room goes on through an outage: the next question is on the page before it is asked for."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Site, next_question, start, wait_for, wait_for_room
from tests.e2e.rooms import CONFLICT, OFFLINE, attempt_id, bit, stored, unsent


def shown(site: Site, address: str) -> list[int]:
    """Return the questions that count as shown."""
    rows = site.sql(
        "SELECT r.position FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND r.first_shown IS NOT NULL ORDER BY r.position",
        attempt_id(address),
    )
    return [position for (position,) in rows]


def tick(page: Page, place: int = 0) -> int:
    """Tick one option; return its mask."""
    mask = bit(page, place)
    page.locator(".option label").nth(place).click()
    return mask


def move(page: Page, name: str, position: int) -> None:
    page.locator(".room-moves").get_by_role("button", name=name).click()
    wait_for_room(page, position)


class TestOnline:
    def test_next_shows_the_question_before_the_server_answers_with_one_request_a_question(
        self, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        posts: list[Any] = []
        page.route("**/questions/**", lambda route: posts.append(route))
        page.locator(".room-moves .next").click()
        wait_for_room(page, 3)
        assert page.url == f"{attempt}questions/3/"
        assert page.title().startswith("Question 3 of 65")
        assert page.evaluate("document.activeElement.textContent.trim()").startswith("Question 3")
        assert page.locator(".sheet .cell[aria-current=step]").get_attribute("value") == "3"
        assert shown(site, attempt) == [1]
        wait_for(page, lambda: len(posts) == 1)
        posts[0].continue_()
        wait_for(page, lambda: shown(site, attempt) == [1, 2])
        page.wait_for_timeout(300)
        assert len(posts) == 1

    def test_a_double_click_on_next_leaves_one_question(self, page: Page, site: Site) -> None:
        attempt = start(page, site)
        next_question(page)
        page.locator(".room-moves .next").dblclick()
        wait_for(page, lambda: shown(site, attempt) == [1, 2])
        wait_for_room(page, 3)

    def test_a_question_ahead_that_another_window_answered_shows_the_stored_answer(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        other = context.new_page()
        other.goto(f"{attempt}questions/3/")
        wait_for_room(other, 3)
        tick(other, 1)
        expect(other.locator("#save")).to_contain_text("Saved")
        move(page, "Next", 3)
        expect(page.locator(".option input").nth(1)).to_be_checked()

    @pytest.mark.complains(CONFLICT)
    def test_an_answer_to_a_question_ahead_never_overwrites_one_from_another_window(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        other = context.new_page()
        other.goto(f"{attempt}questions/3/")
        wait_for_room(other, 3)
        theirs = tick(other, 1)
        expect(other.locator("#save")).to_contain_text("Saved")
        routes: list[Any] = []
        page.route("**/questions/2/", lambda route: routes.append(route))
        move(page, "Next", 3)
        tick(page, 0)
        wait_for(page, lambda: bool(routes))
        routes[0].continue_()
        expect(page.locator(".room-question [role=alert]")).to_contain_text("answered in another window")
        expect(page.locator(".option input").nth(1)).to_be_checked()
        assert stored(site, attempt, 3)[0] == theirs


@pytest.mark.complains(OFFLINE)
class TestOffline:
    def test_three_moves_with_answers_are_stored_in_their_order_when_the_line_is_back(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        next_question(page)
        wait_for(page, lambda: shown(site, attempt) == [1, 2])
        expect(page.locator("#save")).not_to_contain_text("Not saved")
        context.set_offline(True)
        masks = {3: tick(page)}
        move(page, "Next", 4)
        masks[4] = tick(page, 1)
        move(page, "Previous", 3)
        expect(page.locator(".option input").nth(0)).to_be_checked()
        move(page, "Previous", 2)
        masks[2] = tick(page, 2)
        expect(page.locator("#strip")).to_contain_text("Your answer is kept in this browser")
        assert shown(site, attempt) == [1, 2]
        context.set_offline(False)
        wait_for(page, lambda: unsent(page) == 0)
        assert {position: stored(site, attempt, position)[0] for position in masks} == masks
        assert shown(site, attempt) == [1, 2, 3, 4]
        expect(page.locator("#save")).to_contain_text("Saved")
        expect(page.locator("#strip")).to_be_hidden()
        assert site.sql("SELECT position FROM exams_attempt WHERE uuid = ?", attempt_id(attempt)) == [(2,)]
        move(page, "Next", 3)
        tick(page, 1)
        expect(page.locator("#save")).to_contain_text("Saved")

    def test_looking_ahead_and_coming_back_leaves_nothing_unsaved(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        context.set_offline(True)
        move(page, "Next", 3)
        expect(page.locator("#save")).to_contain_text("Not saved")
        move(page, "Previous", 2)
        context.set_offline(False)
        wait_for(page, lambda: shown(site, attempt) == [1, 3])
        expect(page.locator("#save")).not_to_contain_text("Not saved")
        expect(page.locator("#strip")).to_be_hidden()
        assert unsent(page) == 0

    def test_a_note_written_before_an_offline_move_is_stored(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        context.set_offline(True)
        page.get_by_text("Note on question 2").click()
        page.locator("#note").fill("compare with 7")
        move(page, "Next", 3)
        expect(page.locator("#note")).to_have_value("")
        context.set_offline(False)
        query = (
            "SELECT n.text FROM exams_note n JOIN exams_attempt a ON a.id = n.attempt_id "
            "WHERE a.uuid = ? AND n.position = 2"
        )
        wait_for(page, lambda: site.sql(query, attempt_id(attempt)) == [("compare with 7",)])

    def test_after_a_crash_offline_questions_left_are_stored_and_count_as_shown(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        wait_for_room(page, 2)
        context.set_offline(True)
        move(page, "Next", 3)
        mask = tick(page)
        expect(page.locator("#save")).to_contain_text("Not saved")
        page.close(run_before_unload=False)
        context.set_offline(False)
        back = context.new_page()
        back.goto(f"{attempt}questions/3/")
        wait_for(back, lambda: stored(site, attempt, 3)[0] == mask)
        wait_for(back, lambda: shown(site, attempt) == [1, 2, 3])

    @pytest.mark.complains(OFFLINE, CONFLICT)
    def test_answers_after_the_grace_period_are_counted_and_said(
        self, context: BrowserContext, page: Page, site: Site
    ) -> None:
        attempt = start(page, site)
        next_question(page)
        context.set_offline(True)
        tick(page)
        move(page, "Next", 3)
        tick(page)
        site.sql(
            "UPDATE exams_attempt SET started_at = datetime('now', '-181 minutes'), "
            "deadline = datetime('now', '-60 seconds') WHERE uuid = ?",
            attempt_id(attempt),
        )
        context.set_offline(False)
        expect(page.locator("h1")).to_have_text("This exam is over")
        expect(page.locator(".lead")).to_contain_text("2 answers came too late and were not saved.")
        assert unsent(page) == 0


@pytest.mark.complains(OFFLINE)
def test_study_mode_says_offline_that_the_solution_needs_a_connection(
    context: BrowserContext, page: Page, site: Site
) -> None:
    page.goto(site.url)
    page.get_by_role("button", name=re.compile("^Try 10")).click()
    wait_for_room(page, 1)
    hint = page.locator("#pick-hint")
    for place in range(int(hint.get_attribute("data-choose") or 1) if hint.count() else 1):
        page.locator(".option label").nth(place).click()
    expect(page.locator("#save")).to_contain_text("Saved")
    context.set_offline(True)
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#strip")).to_contain_text("To check it against the solution, you need a connection")
    context.set_offline(False)
    expect(page.get_by_text("How sure are you?")).to_be_visible()
