"""Functions shared by the tests of the exam room: stored answers, paused requests, expected complaints."""

import json

from playwright.sync_api import Page, Route

from tests.e2e.conftest import Site, next_question, wait_for

# Chromium also complains of the service worker whose script it was fetching when the connection went away.
OFFLINE = "ERR_INTERNET_DISCONNECTED|error occurred when fetching the script"
CONFLICT = "status of 409"


def attempt_id(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[1].replace("-", "")


def start_earlier(site: Site, address: str) -> None:
    """Move the start of an attempt back by an hour: no question can have been seen for longer than since then."""
    earlier = "UPDATE exams_attempt SET started_at = datetime(started_at, '-1 hour') WHERE uuid = ? RETURNING id"
    assert site.sql(earlier, attempt_id(address))


def stored(site: Site, address: str, position: int = 1) -> tuple[int, int, int]:
    """Return the stored state of one answer: ticked, version, flagged."""
    rows = site.sql(
        "SELECT ticked, version, flagged FROM exams_response r JOIN exams_attempt a ON a.id = r.attempt_id "
        "WHERE a.uuid = ? AND r.position = ?",
        attempt_id(address),
        position,
    )
    return tuple(rows[0])


def bit(page: Page, place: int) -> int:
    """Return the stored mask of the option at this position of the page."""
    return 1 << int(page.locator(".option input").nth(place).get_attribute("value") or 0)


def single(page: Page) -> int:
    """Move to a question with one key. Return its position."""
    while page.locator("#pick-hint").count():
        next_question(page)
    return int(page.locator("#room").get_attribute("data-position") or 0)


class PausedRequests:
    """Hold back every POST of the page until `release`, so that all actions precede any response."""

    def __init__(self, page: Page) -> None:
        self.page, self.free = page, False
        self.waiting: list[Route] = []
        page.route("**/sync/", self._take)

    def _take(self, route: Route) -> None:
        if not self.free:
            self.waiting.append(route)
        else:
            route.continue_()

    def release(self) -> None:
        wait_for(self.page, lambda: bool(self.waiting))
        self.free = True
        for route in self.waiting:
            route.continue_()


def lose_posts(page: Page, pattern: str, n: int, *, cookie: str = "") -> list[int]:
    """Let the server do what forms ask for, and lose its first n replies with their cookie. Return their statuses."""
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or len(lost) == n:
            return route.continue_()
        lost.append(route.fetch(max_redirects=0).status)
        if cookie:
            page.context.clear_cookies(name=cookie)
        return route.abort()

    page.route(pattern, lose)
    return lost


def preferences(site: Site, address: str) -> dict[str, object]:
    """Return the stored reading preferences of this candidate."""
    [(data,)] = site.sql(
        "SELECT preferences FROM exams_candidate c JOIN exams_attempt a ON a.candidate_id = c.id WHERE a.uuid = ?",
        attempt_id(address),
    )
    return json.loads(data)


def unsent(page: Page) -> int:
    """Return the number of changes that this browser stores because the server does not have them yet."""
    return page.evaluate("Object.keys(localStorage).filter((key) => /^mlsprep:.*:(?!visit)/.test(key)).length")


def send_visit(page: Page) -> None:
    """Let half a minute pass by the clock of the test; return when the page has taken the reply to its visit.

    A clock that runs on while a request is on its way would also run out the time that the page waits for a reply.
    """
    with page.expect_response("**/sync/"):
        page.clock.run_for(31_000)
    wait_until_acknowledged(page)


def wait_until_acknowledged(page: Page) -> None:
    """Wait until this browser stores no change that the server does not have, not even a visit."""
    wait_for(page, lambda: not page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('mlsprep:'))"))
