"""The room's script as a client: it gets the paper and posts batches of events."""

import itertools
import json
from typing import Any

from django.test import Client
from django.urls import reverse

from exams.models import Attempt

_ids = itertools.count(1)


def event(kind: str, position: int | None = 1, **fields: Any) -> dict[str, Any]:
    """Return an event with an id of its own."""
    place = {} if position is None else {"position": position}
    return {"id": f"e{next(_ids)}", "kind": kind, "ago": 0, **place, **fields}


def answer(position: int, *ticked: int, version: int = 0, seconds: int = 5, steps: Any = ()) -> dict[str, Any]:
    return event("answer", position, ticked=list(ticked), version=version, seconds=seconds, steps=list(steps))


def post(client: Client, attempt: Attempt, *events: Any, **batch: Any) -> Any:
    """Post a batch and return the response."""
    body = json.dumps({"protocol": 1, "events": list(events)} | batch)
    return client.post(reverse("sync", args=[attempt.uuid]), body, content_type="application/json")


def outcomes(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [result["outcome"] for result in response.json()["events"]]


def paper(client: Client, attempt: Attempt) -> dict[str, Any]:
    """Return the paper of an open attempt."""
    response = client.get(reverse("paper", args=[attempt.uuid]))
    assert response.status_code == 200, response.content
    return dict(response.json())


def question(client: Client, attempt: Attempt, position: int) -> dict[str, Any]:
    return dict(paper(client, attempt)["questions"][position - 1])


def single(attempt: Attempt, n: int = 0) -> int:
    """Return the position of a question with one key."""
    return int(attempt.responses.filter(choose=1).order_by("position")[n].position)
