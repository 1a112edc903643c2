"""Test that a report of an error tells where the code failed and nothing about a person."""

import json
from typing import Any

import sentry_sdk
from django.test import RequestFactory
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from mlsprep import error_reports


class Kept(Transport):
    """A transport that keeps what would be sent."""

    sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.payload.json]  # type: ignore[misc]


def test_an_error_is_reported_without_answers_names_and_tokens(monkeypatch: Any) -> None:
    real = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: real(**options, transport=Kept))
    error_reports.start("https://public@sentry.example.org/1")
    try:
        answer, request = "secret-answer", RequestFactory().get("/accounts/link/s3cret/?name=Ana")
        try:
            raise ValueError(f"Key (name)=(Ana Lopez), {answer}, {request.path}")
        except ValueError as error:
            sentry_sdk.set_user({"username": "ana"})
            sentry_sdk.capture_exception(error)
        sentry_sdk.flush()
    finally:
        real()
    (event,) = Kept.sent
    text = json.dumps(event)
    assert "ValueError" in text
    assert "test_error_reports.py" in text
    for private in ("secret-answer", "Ana", "ana", "s3cret"):
        assert private not in text.replace("analy", "")


def test_the_address_of_a_request_is_kept_without_query_and_token() -> None:
    request = {"method": "GET", "url": "https://x.example/join/link/s3cret/?q=1", "cookies": "a", "headers": {"A": "b"}}
    event = error_reports.cleaned({"request": request, "user": {"id": 1}}, None)
    assert event == {"request": {"method": "GET", "url": "/join/link/..."}}
