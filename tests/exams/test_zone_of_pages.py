"""Test that one exam has one date on all pages: that of the reader's time zone."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import handed_in, scored
from tests.html_forms import text
from tests.sitting import browser

EVENING = datetime(2026, 3, 30, 22, 30, tzinfo=UTC)  # after midnight in Athens


@pytest.mark.django_db
def test_a_day_is_that_of_the_reader_on_every_page_once_the_browser_has_reported_a_zone() -> None:
    """The report said 31 March, the way back to it from the review 30 March, as the chart and the account did."""
    blueprint, candidate = factories.opened(factories.bank()), factories.candidate(factories.user("ana"))
    attempt = scored(handed_in(4, candidate, blueprint, now=EVENING))
    scored(handed_in(5, candidate, blueprint, now=EVENING))
    pages = [reverse("review", args=[attempt.uuid]), *(reverse(name) for name in ("progress", "history", "account"))]
    client = browser(candidate)
    client.force_login(candidate.user)
    told = [text(client.get(path)) for path in pages]
    assert ["30 Mar" in page for page in told] == [True] * 4
    assert "In the time zone UTC" in told[-1]
    client.cookies["zone"] = "Europe%2FAthens"
    told = [text(client.get(path)) for path in pages]
    assert ["31 Mar" in page and "30 Mar" not in page for page in told] == [True] * 4
    assert "In the time zone Europe/Athens" in told[-1]
