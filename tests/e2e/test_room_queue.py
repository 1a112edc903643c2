"""Test the queue of the room as a pure module: no server, no page of ours, jobs that the test resolves."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

MODULE = Path(__file__).resolve().parents[2] / "static" / "js" / "room-queue.js"
pytestmark = pytest.mark.complains(r"^http://queue\.test/")  # served by the test

# `log` lists the jobs that left the queue; `answer` resolves them in turn.
SETUP = """async () => {
  const { createQueue, DONE, RETRY } = await import("/room-queue.js");
  Object.assign(window, { DONE, RETRY, log: [], pending: [], pauses: 0, alive: true });
  const pass = (name) => (job) => {
    log.push([name, structuredClone(job)]);
    return new Promise((resolve) => pending.push(resolve));
  };
  window.queue = createQueue({
    save: pass("save"), leave: pass("leave"), move: pass("move"), active: () => alive,
    pause: async () => { pauses += 1; },
  });
  window.answer = async (outcome) => {
    pending.shift()(outcome);
    await new Promise((resolve) => setTimeout(resolve));
  };
}"""


@pytest.fixture
def queue(page: Page) -> Page:
    """Return a blank page with a queue in `window.queue`."""
    page.route("http://queue.test/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.route("http://queue.test/room-queue.js", lambda route: route.fulfill(path=MODULE))
    page.goto("http://queue.test/")
    page.evaluate(SETUP)
    return page


def after(page: Page, *steps: str) -> list[Any]:
    """Return the jobs that have left the queue after these steps."""
    result: list[Any] = page.evaluate(f"async () => {{ {'; '.join(steps)}; return log; }}")
    return result


def test_one_job_runs_at_a_time_in_order(queue: Page) -> None:
    two = ("queue.enqueue({position: 1})", "queue.enqueue({position: 2})")
    assert after(queue, *two) == [["save", {"position": 1}]]
    assert after(queue, "await answer(DONE)") == [["save", {"position": 1}], ["save", {"position": 2}]]


def test_a_later_save_of_a_question_joins_the_waiting_one(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({position: 1})",
        "queue.enqueue({position: 2, values: {flag: 'on'}})",
        "queue.enqueue({position: 2, values: {strike: 4}})",
        "await answer(DONE)",
        "await answer(DONE)",
    )
    assert log == [["save", {"position": 1}], ["save", {"position": 2, "values": {"flag": "on", "strike": 4}}]]


def test_a_running_save_is_not_changed(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({position: 1})",
        "queue.enqueue({position: 1, values: {flag: 'on'}})",
        "await answer(DONE)",
    )
    assert log == [["save", {"position": 1}], ["save", {"position": 1, "values": {"flag": "on"}}]]


def test_without_a_response_the_same_job_is_sent_again_after_a_pause(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({position: 1})",
        "queue.enqueue({position: 2})",
        "await answer(RETRY)",
        "await answer(DONE)",
    )
    assert log == [["save", {"position": 1}], ["save", {"position": 1}], ["save", {"position": 2}]]
    assert queue.evaluate("pauses") == 1


def test_a_question_is_left_once_but_the_end_of_time_is_never_dropped(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({move: {move: 'next'}})",
        "queue.enqueue({move: {move: 'next'}})",
        "queue.enqueue({move: {finish: 'time'}})",
        "await answer(DONE)",
        "await answer(DONE)",
    )
    assert log == [["move", {"move": "next"}], ["move", {"finish": "time"}]]


def test_after_a_refusal_waiting_moves_are_dropped_and_saves_stay(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({position: 1})",
        "queue.enqueue({move: {move: 'next'}})",
        "queue.enqueue({position: 2})",
        "queue.dropWaitingMoves()",
        "await answer(DONE)",
    )
    assert log == [["save", {"position": 1}], ["save", {"position": 2}]]
    assert queue.evaluate("queue.hasMove()") is False


def test_nothing_is_sent_after_the_exam(queue: Page) -> None:
    log = after(
        queue, "queue.enqueue({position: 1})", "queue.enqueue({position: 2})", "alive = false", "await answer(DONE)"
    )
    assert log == [["save", {"position": 1}]]


def test_a_question_that_is_left_is_sent_in_its_order_and_ends_the_joining_of_saves(queue: Page) -> None:
    log = after(
        queue,
        "queue.enqueue({position: 2})",
        "queue.enqueue({position: 3})",
        "queue.enqueue({leave: 3, values: {go: 4}})",
        "queue.enqueue({position: 3, values: {flag: 'on'}})",
        "queue.enqueue({position: 3, values: {strike: 4}})",
        *["await answer(DONE)"] * 4,
    )
    assert log == [
        ["save", {"position": 2}],
        ["save", {"position": 3}],
        ["leave", {"leave": 3, "values": {"go": 4}}],
        ["save", {"position": 3, "values": {"flag": "on", "strike": 4}}],
    ]


def test_a_question_is_being_left_until_the_server_has_answered(queue: Page) -> None:
    after(queue, "queue.enqueue({leave: 3, values: {go: 4}})", "await answer(RETRY)")
    assert queue.evaluate("[queue.isLeaving(), queue.isLeaving(3), queue.isLeaving(4)]") == [True, True, False]
    after(queue, "await answer(DONE)")
    assert queue.evaluate("queue.isLeaving()") is False


def test_a_move_behind_an_unanswered_save_can_be_taken_but_not_the_end_of_time(queue: Page) -> None:
    after(queue, "queue.enqueue({position: 1})", "queue.enqueue({move: {move: 'next'}})")
    assert queue.evaluate("queue.takeMove()") == {"move": "next"}
    after(queue, "queue.enqueue({move: {finish: 'time'}})")
    assert queue.evaluate("queue.takeMove()") is None
    assert after(queue, *["await answer(DONE)"] * 2) == [["save", {"position": 1}], ["move", {"finish": "time"}]]
