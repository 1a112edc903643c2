"""Measure pages in headless Chromium on a slow machine and a slow line: `make bench FRONT_END=1`.

The processor is slowed to a quarter, the line is that of Lighthouse's slow 4G. The cache is empty before each page.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.mlsprep.processes import manage, running_server
from tests.servers import AS_ROOT, CHROMIUM_FLAGS, chromium_path, free_port

CPU_SLOWDOWN = 4
LINE = {"latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8, "offline": False}
ROUNDS = 5
QUIET_MS = 1500  # after the load, so that late shifts and tasks are counted
OBSERVE = """
window.shift = 0; window.tasks = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.tasks.push(entry.duration); })
  .observe({ type: "longtask", buffered: true });
"""
READ = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {
    "first contentful paint, ms": performance.getEntriesByName("first-contentful-paint")[0].startTime,
    "requests": entries.length,
    "bytes": entries.reduce((sum, entry) => sum + entry.transferSize, 0),
    "layout shift": window.shift,
    "longest task, ms": Math.max(0, ...window.tasks),
    "blocked by tasks, ms": window.tasks.reduce((sum, task) => sum + task - 50, 0),
  };
}"""
MOVES = 200
# The milliseconds of each move, through all questions and back: from the click on Next or Previous until the question
# that is shown and all around it are laid out. Painting is not in it, and neither are the mark in the answer sheet, the
# address and the title, which follow after the frame. Two thirds are style and layout of a question that was not on the
# page. The marks are for the time that the thread of the page ran: by the clock, whatever else the machine does counts.
MOVE = """async (n) => {
  const room = document.getElementById("room"), times = [];
  const [previous, next] = [room.querySelector("[name=move][value=previous]"), room.querySelector(".room-moves .next")];
  for (let turn = next; times.length < n; ) {
    await new Promise((rested) => setTimeout(rested, 50));
    await new Promise(requestAnimationFrame);
    const before = room.dataset.position;
    if (before === "1") turn = next;
    if (before === "65") turn = previous;
    const began = performance.mark("move-begins").startTime;
    turn.click();
    while (room.dataset.position === before) await null;
    document.body.getBoundingClientRect();
    times.push(performance.mark("move-ends").startTime - began);
  }
  return times;
}"""


def run(say: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Return the figures of each page: the medians of several visits."""
    with tempfile.TemporaryDirectory(prefix="mlsprep-front-end-") as name, sync_playwright() as playwright:
        data = Path(name) / "data"
        data.mkdir()
        for command in ("migrate", "load_bank"):
            manage(data, command)
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=[*CHROMIUM_FLAGS, *(["--no-sandbox"] if AS_ROOT else [])]
        )
        with running_server(data, free_port()) as server:
            site, visits = f"http://127.0.0.1:{server.port}", []
            for number in range(ROUNDS):
                say(f"visit {number + 1} of {ROUNDS}")
                context = browser.new_context(viewport={"width": 1280, "height": 800})
                visits.append(_visit(context.new_page(), site))
                context.close()
        browser.close()
    return {
        page: {figure: sorted(visit[page][figure] for visit in visits)[ROUNDS // 2] for figure in figures}
        for page, figures in visits[0].items()
    }


def _visit(page: Page, site: str) -> dict[str, dict[str, float]]:
    """Sit an exam as a guest without an answer, and read its report."""
    page.add_init_script(OBSERVE)
    client = page.context.new_cdp_session(page)
    for method, values in (
        ("Network.enable", {}),
        ("Network.emulateNetworkConditions", LINE),
        ("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN}),
    ):
        client.send(method, values)

    def figures(url: str) -> dict[str, float]:
        client.send("Network.clearBrowserCache")
        page.goto(url, wait_until="load")
        page.wait_for_timeout(QUIET_MS)
        measured: dict[str, float] = page.evaluate(READ)
        return measured

    found: dict[str, Any] = {"front page": figures(site)}
    page.get_by_role("link", name="Start an exam").click()
    page.get_by_role("button", name="Start exam").click()
    page.wait_for_selector("html.scripted #room")
    room = page.url
    found["room"] = figures(room)
    page.wait_for_selector("html.scripted #room[data-position='1']")
    page.locator(".option label").first.click()
    page.wait_for_timeout(QUIET_MS)
    found["room"] |= _moves(page)
    page.goto(f"{room.partition('/questions/')[0]}/finish/")
    page.get_by_role("button", name="Finish exam").click()
    page.wait_for_selector(".result")
    found["report"] = figures(page.url)
    return found


def _moves(page: Page) -> dict[str, float]:
    """Return the median and the 95th percentile of moves, by the clock and of the page's thread alone."""
    browser = page.context.browser
    assert browser
    browser.start_tracing(page=page, categories=["blink.user_timing"])
    by_clock = page.evaluate(MOVE, MOVES)
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    began, ended = (
        sorted(mark["tts"] for mark in trace if mark["name"] == name) for name in ("move-begins", "move-ends")
    )
    of_thread = [(end - begin) / 1000 for begin, end in zip(began, ended, strict=True)]
    figures = {}
    for name, times in (("", sorted(by_clock)), (" of the thread", sorted(of_thread))):
        figures[f"median of 200 moves, ms{name}"] = times[MOVES // 2]
        figures[f"p95 of 200 moves, ms{name}"] = times[MOVES * 95 // 100]
    return figures


def table(result: dict[str, dict[str, float]]) -> str:
    return "\n".join(
        f"{page:12}{figure:36}{value:10.3f}" for page, figures in result.items() for figure, value in figures.items()
    )
