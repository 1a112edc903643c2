"""One network with hundreds of connections beside a candidate of another: `python -m tests.benchmarks crowd`.

Each connection asks for its page again at once. Meanwhile a candidate of another network saves an answer every second.
"""

import asyncio
import multiprocessing
import random
import re
import statistics
import time
from collections import Counter
from functools import partial
from multiprocessing.connection import Connection

from tests.benchmarks.browser import LENGTH, Browser
from tests.benchmarks.candidates import OPTION, Candidate, event
from tests.stack.topology import running_stack

CROWD, CONNECTIONS = "127.0.0.2", 400
PAGES = ("/", "/guide/", "/practice/")
STATUS = re.compile(rb"HTTP/1\.1 (\d+)")


class Visitor(asyncio.Protocol):
    """One connection, which asks for the same page again and again."""

    def __init__(self, path: str, seen: Counter[str]) -> None:
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self.seen, self.head, self.left = seen, b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self.left:
            self.left -= len(data)
        else:
            head, blank, body = (self.head + data).partition(b"\r\n\r\n")
            self.head = b"" if blank else head
            if not blank:
                return
            status, length = STATUS.match(head), LENGTH.search(head)
            self.seen[status[1].decode() if status else "none"] += 1
            self.left = int(length[1]) - len(body) if length else 0
        if self.left <= 0:
            self.left = 0
            self.transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        self.seen["closed"] += 1


def crowd(port: int, paths: list[str], channel: Connection) -> None:
    """Keep all connections busy until the channel says to stop; send back how many responses had which status."""
    seen: Counter[str] = Counter()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in range(CONNECTIONS):
            visitor = partial(Visitor, paths[number % len(paths)], seen)
            await loop.create_connection(visitor, "127.0.0.1", port, local_addr=(CROWD, 0))
        while not channel.poll():
            await asyncio.sleep(0.2)

    asyncio.run(run())
    channel.send(seen)


def measure(port: int, exam: str, paths: list[str], seconds: int) -> str:
    """Return how long the saves of a candidate took beside the crowd, in one line."""
    candidate = Candidate(Browser(port), exam, random.Random(1))
    attempt, _page = candidate.start()
    question = candidate.paper(attempt)[0]
    options, version = OPTION.findall(question["html"]), question["version"]
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=crowd, args=(port, paths, there))
    candidate.browser.times.clear()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        click = event("answer", 1, ticked=[int(candidate.chance.choice(options))], version=version, seconds=1)
        click["id"] = str(began)
        version = candidate.sync(attempt, [click])[-1]["version"]
        if len(candidate.browser.times) == 3:
            process.start()
        time.sleep(max(0.0, began + 1 - time.monotonic()))
    here.send("stop")
    seen = here.recv()
    process.join()
    times = sorted(seconds for _name, seconds, _bytes in candidate.browser.times[3:])
    p50, p95 = statistics.median(times), times[int(0.95 * (len(times) - 1))]
    first = max(seconds for _name, seconds, _bytes in candidate.browser.times[3:8])
    later = max((seconds for _name, seconds, _bytes in candidate.browser.times[8:]), default=0)
    return (
        f"{' '.join(paths)}: {len(times)} saves, p50 {p50:.2f} s, p95 {p95:.2f} s, max {times[-1]:.2f} s "
        f"(first five {first:.2f} s, later {later:.2f} s); responses to the crowd: "
        f"{', '.join(f'{n} x {status}' for status, n in seen.most_common())}"
    )


def report(paths: list[str], seconds: int = 30) -> str:
    """Return what a crowd does to the large installation."""
    with running_stack(LIMIT_EXCEPTIONS="") as site:
        return f"{site.description}\n{measure(site.ports[0], '/exams/mls-c01/', paths or list(PAGES), seconds)}"
