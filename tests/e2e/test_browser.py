"""A page brings everything it needs from this server: nothing is asked of another host."""

from typing import Any

import pytest


@pytest.mark.django_db(transaction=True)
def test_a_page_asks_nothing_of_another_host(page: Any, live_server: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("[name=login]").fill("somebody")
    assert len(asked) > 1, "not even the style sheet was asked for"
    assert [url for url in asked if not url.startswith(live_server.url)] == []
