"""Test that nothing acknowledged is lost when the server is killed (SIGKILL) while answers are saved.

`make kills` does it 200 times.
"""

import json
import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing
from http.client import IncompleteRead
from http.cookiejar import CookieJar
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests import shipped
from tests.html_forms import forms
from tests.mlsprep.processes import running_server
from tests.servers import free_port

KILLS = int(os.environ.get("MLSPREP_KILLS", "8"))
LONGEST_SECONDS = 0.6  # of saving before a kill
pytestmark = [pytest.mark.laptop, pytest.mark.timeout(60 + 60 * KILLS)]


class Room:
    """A browser in the room: it answers the questions in turn, one batch at a time, as the script of the room does."""

    def __init__(self, port: int) -> None:
        self.cookies = CookieJar()
        self.browser: OpenerDirector = build_opener(HTTPCookieProcessor(self.cookies))
        self.port = port
        rules = f"/exams/{shipped.BLUEPRINT.stem}/"
        page = self._open(rules).read().decode()
        start = next(form for form in forms(page).values() if "pair" in dict(form.fields))
        self._open(rules, urlencode(start.data(), doseq=True).encode())
        self.attempt = self.address.split("/")[2]
        paper = json.load(self._open(f"/attempts/{self.attempt}/paper/"))
        self.questions = {question["position"]: question for question in paper["questions"]}
        self.numbers = count()
        self.acknowledged: dict[int, tuple[int, int]] = {}  # by position: bit and version

    def _open(self, path: str, body: bytes | None = None, **headers: str) -> Any:
        url = f"http://127.0.0.1:{self.port}{path}"
        response = self.browser.open(Request(url, body, headers={"Referer": url, **headers}), timeout=20)
        self.address = response.url.partition(str(self.port))[2]
        return response

    def save(self) -> None:
        """Answer the next question. What the server acknowledges must be there for ever."""
        number = next(self.numbers)
        position = number % len(self.questions) + 1
        question = self.questions[position]
        bit = number // len(self.questions) % 4
        event = {"id": number, "kind": "answer", "position": position, "ticked": [bit], "version": question["version"]}
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        reply = json.load(
            self._open(
                f"/attempts/{self.attempt}/sync/",
                json.dumps({"protocol": 1, "events": [event]}).encode(),
                **{"Content-Type": "application/json", "X-CSRFToken": token or ""},
            )
        )
        [result] = reply["events"]
        # A save whose acknowledgement was lost is stored, or not: the next one is based on what is there.
        question["version"] = result["version"]
        if result["outcome"] == "saved":
            self.acknowledged[position] = (bit, result["version"])
        else:
            assert result["outcome"] == "outdated"
            self.acknowledged.pop(position, None)


def stored(data_dir: Path) -> dict[int, tuple[int, int]]:
    with closing(sqlite3.connect(data_dir / "mlsprep.sqlite3", timeout=20)) as database:
        rows = database.execute("SELECT position, ticked, version FROM exams_response")
        return {position: (mask.bit_length() - 1, version) for position, mask, version in rows if mask}


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_while_saving(data_dir: Path) -> None:
    chance = random.Random(KILLS)
    port, room, total = free_port(), None, 0
    for kill in range(KILLS):
        with running_server(data_dir, port) as server:
            room = room or Room(server.port)
            room.port = server.port
            killer = threading.Timer(
                chance.uniform(0.05, LONGEST_SECONDS), server.process.send_signal, [signal.SIGKILL]
            )
            killer.start()
            saved = time.monotonic()
            while True:
                try:
                    room.save()
                except (URLError, ConnectionError, TimeoutError, IncompleteRead):
                    break  # killed, perhaps within its reply: a half of one acknowledges nothing
                total += 1
            killer.join()
            assert time.monotonic() - saved < 60
        found = stored(data_dir)
        for position, (bit, version) in room.acknowledged.items():
            now = found[position]
            # At most the one save that was on its way came after what was acknowledged.
            assert now == (bit, version) or now[1] == version + 1, f"kill {kill + 1}, question {position}"
    assert total > KILLS
