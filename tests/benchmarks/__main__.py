"""Measure the speed of an installation: `make bench`, or `make bench QUICK=1` for about four minutes.

Candidates sit whole exams at the same time; blocks of them alternate with blocks of the yardstick, a bare Django exam.
The measure is the CPU time of all server processes for one attempt, and its ratio to the yardstick of the same run:
requests per second and latencies depend on what else the machine does.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks import crowd, front_end, growth, learner, load, pgbench, processes
from tests.benchmarks.candidates import BareCandidate, Candidate, Question, event, expect
from tests.benchmarks.installation import ROOT, Installation, installation
from tests.benchmarks.processes import Usage, measured

RESULT = ROOT / "var" / "benchmark.json"
GROWTH_RESULT = ROOT / "var" / "growth.json"
TOGETHER = 32  # candidates at the same time
RUSH = 64  # candidates who start, or run out of time, in the same second
SAVES = 40  # by each candidate, in a block of saves only
OTHERS_CORES = 0.5  # a block during which other processes used more is disturbed
QUIET_BLOCKS = 3  # disturbed blocks count only if there are fewer quiet ones


class Series:
    """Interleaved blocks of several kinds of work, and what each has cost."""

    def __init__(self) -> None:
        self.usages: dict[str, list[Usage]] = {}
        self.units: dict[str, int] = {}
        self.requests: dict[str, list[tuple[str, float, int]]] = {}

    def block(self, name: str, trees: dict[str, int], sitters: Sequence[Any], act: Callable[[Any], None]) -> None:
        """Let all sitters act at the same time."""
        for sitter in sitters:
            sitter.browser.times.clear()
        self.usages.setdefault(name, []).append(measured(trees, lambda: together(sitters, act)))
        self.units[name] = len(sitters)
        self.requests.setdefault(name, []).extend(entry for sitter in sitters for entry in sitter.browser.times)

    def counted(self, name: str) -> list[Usage]:
        """Return the blocks that count: the quiet ones, if there are enough."""
        quiet = [usage for usage in self.usages[name] if usage.others < OTHERS_CORES * usage.seconds]
        return quiet if len(quiet) >= QUIET_BLOCKS else self.usages[name]

    def cpu(self, name: str, tree: str | None = None) -> float:
        """Return the median CPU-seconds for one unit, of all trees or of one."""
        return statistics.median(
            (usage.cpu[tree] if tree else usage.total) / self.units[name] for usage in self.counted(name)
        )

    def requests_per_second(self, name: str) -> float:
        made = sum(1 for entry in self.requests[name] if entry[2] or entry[0] != "score seen")
        return made / sum(usage.seconds for usage in self.usages[name])

    def requests_by_kind(self, name: str) -> dict[str, float]:
        """Return the requests of one unit, but not how often it asked for its score: ten times as often as the page."""
        made = Counter(kind for kind, *_ in self.requests[name] if kind not in ("poll", "score seen"))
        return {kind: count / len(self.usages[name]) / self.units[name] for kind, count in made.most_common()}

    def milliseconds(self, name: str, request: str) -> tuple[float, float]:
        """Return median and 95th percentile of the latency of a kind of request."""
        times = sorted(seconds for kind, seconds, _ in self.requests[name] if kind == request)
        return 1000 * statistics.median(times), 1000 * times[min(len(times) - 1, round(0.95 * len(times)))]

    def bytes_of(self, name: str, request: str) -> float:
        return statistics.median(size for kind, _, size in self.requests[name] if kind == request)


def together(sitters: Sequence[Any], act: Callable[[Any], None]) -> None:
    with ThreadPoolExecutor(len(sitters)) as pool:
        list(pool.map(act, sitters))


def save_often(candidate: Candidate) -> None:
    """Save the first question again and again, each time with another option."""
    options = [int(bit) for bit in candidate.open_question.options]
    for n in range(SAVES):
        answer = event("answer", 1, ticked=[options[n % 2]], version=n, seconds=n, steps=[])
        candidate.sync(candidate.open_path, [answer])


def save_often_bare(candidate: BareCandidate) -> None:
    for n in range(SAVES):
        fields = [*candidate.open_question.fields.items(), ("option", str(n % 2))]
        expect(candidate.browser.post(candidate.open_path, fields, "save"), 204)
        candidate.open_question.fields["version"] = str(n + 1)


def open_question(candidate: Candidate) -> None:
    attempt, page = candidate.start()
    candidate.open_path, candidate.open_question = attempt, Question.of(page)


def open_question_bare(candidate: BareCandidate) -> None:
    candidate.open_path = f"{candidate.start()}1/"
    candidate.open_question = Question.of(candidate.browser.get(candidate.open_path, "page"))


def run(quick: bool) -> dict[str, Any]:
    """Run all workloads and return the figures."""
    with installation() as site:
        from tests.benchmarks import fixture

        say(f"{', '.join(site.services)}; {machine()}")
        candidates = fixture.make_candidates(RUSH, site.port)
        bare = fixture.make_bare_candidates(TOGETHER, site.bare_port, site.bare_database_url)
        some, series = candidates[:TOGETHER], Series()
        Series().block("warm up", site.site, some[:8], Candidate.sit)
        Series().block("warm up", site.bare, bare[:8], BareCandidate.sit)
        wait_until_none(fixture.analyses_to_do)  # two CPU-seconds in one block, which no exam has caused
        few, few_bytes = fixture.stored()  # an empty index has a page, which is not the size of an attempt
        save_tps: list[float] = []
        for number in range(2 if quick else 5):
            say(f"block {number + 1}: whole exams, then the same in bare Django")
            series.block("exam", site.site, some, Candidate.sit)
            series.block("bare exam", site.bare, bare, BareCandidate.sit)
            save_tps.append(pgbench.guarded_saves_per_second(site.bare_database_url, seconds=3))
        for _ in range(1 if quick else 5):
            series.block("without JavaScript", site.site, some, lambda candidate: candidate.sit(scripted=False))
            if not quick:
                series.block("bare exam", site.bare, bare, BareCandidate.sit)
        say("alone: one candidate at a time")
        for candidate, yardstick in zip(some[: 2 if quick else 8], bare, strict=False):
            series.block("alone", site.site, [candidate], Candidate.sit)
            series.block("bare alone", site.bare, [yardstick], BareCandidate.sit)
        wrong = fixture.wrong_answers(some)
        many, many_bytes = fixture.stored()
        say("saves only")
        together(some, open_question)
        together(bare, open_question_bare)
        for _ in range(1 if quick else 3):
            series.block("saves", site.site, some, save_often)
            series.block("bare saves", site.bare, bare, save_often_bare)
            together(bare, open_question_bare)
        say("rush")
        fixture.let_time_run_out()
        wait_until_none(fixture.unscored)
        rush = Series()
        rush.block("start", site.site, candidates, lambda candidate: candidate.start())
        started = time.perf_counter()
        fixture.let_time_run_out()
        wait_until_none(fixture.unscored)
        all_scored = time.perf_counter() - started
        memory = {name: processes.memory_bytes(site.trees[name]) for name in ("web", "worker")}
        fixture.close()
        return figures(site, series, rush, save_tps, wrong, (many_bytes - few_bytes) / (many - few), all_scored, memory)


def ratio() -> None:
    """Print the CPU time of whole exams, beside that of the yardstick, and the numbers of their requests."""
    with installation() as site:
        from tests.benchmarks import fixture

        some = fixture.make_candidates(TOGETHER, site.port)
        bare = fixture.make_bare_candidates(TOGETHER, site.bare_port, site.bare_database_url)
        Series().block("warm up", site.site, some[:8], Candidate.sit)
        Series().block("warm up", site.bare, bare[:8], BareCandidate.sit)
        wait_until_none(fixture.analyses_to_do)  # two CPU-seconds in one block, which no exam has caused
        series = Series()
        for number in range(3):
            say(f"block {number + 1}")
            series.block("exam", site.site, some, Candidate.sit)
            series.block("bare exam", site.bare, bare, BareCandidate.sit)
            series.block("without JavaScript", site.site, some, lambda candidate: candidate.sit(scripted=False))
        wrong = fixture.wrong_answers(some)
        fixture.close()
    for name in ("exam", "without JavaScript", "bare exam"):
        trees = site.bare if name == "bare exam" else site.site
        parts = ", ".join(f"{tree} {series.cpu(name, tree):.3f}" for tree in trees)
        made = series.requests_by_kind(name)
        kinds = ", ".join(f"{count:.1f} {kind}" for kind, count in made.items())
        times = series.cpu(name) / series.cpu("bare exam")
        print(f"{name}: {series.cpu(name):.3f} CPU-s ({parts}), {times:.2f} times")
        print(f"  {sum(made.values()):.1f} requests: {kinds}")
    print(f"answers or scores that differ: {wrong}; {machine()}, {commit()}")


def wait_until_none(left: Callable[[], int]) -> None:
    while left():
        time.sleep(0.1)


def figures(
    site: Installation,
    series: Series,
    rush: Series,
    save_tps: list[float],
    wrong: int,
    stored: float,
    all_scored: float,
    memory: dict[str, int],
) -> dict[str, Any]:
    """Return all figures by name; times in milliseconds unless the name says seconds."""
    exam, bare = series.cpu("exam"), series.cpu("bare exam")
    result: dict[str, Any] = {
        "CPU-seconds an attempt": exam,
        **{f"CPU-seconds an attempt: {tree}": series.cpu("exam", tree) for tree in site.site},
        "CPU-seconds an attempt: bare Django": bare,
        "ratio: attempt": exam / bare,
        "CPU-seconds an attempt: without JavaScript": series.cpu("without JavaScript"),
        "ratio: attempt without JavaScript": series.cpu("without JavaScript") / bare,
        "ratio: CPU of a save": series.cpu("saves") / series.cpu("bare saves"),
        "CPU of a save": 1000 * series.cpu("saves") / SAVES,
        "CPU of a bare save": 1000 * series.cpu("bare saves") / SAVES,
        "requests a second, 32 candidates": series.requests_per_second("exam"),
        "requests a second, 32 candidates: bare Django": series.requests_per_second("bare exam"),
        "saves a second, 32 candidates": series.requests_per_second("saves"),
        "guarded updates a second in pgbench, 8 connections": statistics.median(save_tps),
        "requests an attempt": sum(series.requests_by_kind("exam").values()),
        "bytes: question page": series.bytes_of("exam", "page"),
        "bytes: paper": series.bytes_of("exam", "paper"),
        "bytes: review": series.bytes_of("exam", "review"),
        "bytes stored for an attempt": stored,
        "MB of two web processes (PSS)": memory["web"] / 1e6,
        "MB of the worker (PSS)": memory["worker"] / 1e6,
        "seconds until 64 exams that ran out of time at once are scored": all_scored,
        "answers or scores that differ from what was done": wrong,
    }
    for name, title in (("exam", "32 candidates"), ("alone", "alone"), ("bare exam", "bare, 32 candidates")):
        for request in ("start", "page", "paper", "save", "score seen", "review"):
            if any(kind == request for kind, _, _ in series.requests[name]):
                median, late = series.milliseconds(name, request)
                result[f"latency of {request}, {title}: median"] = median
                result[f"latency of {request}, {title}: p95"] = late
    result["latency of start, 64 at once: p95"] = rush.milliseconds("start", "start")[1]
    result["blocks that other processes disturbed"] = sum(
        usage.others >= OTHERS_CORES * usage.seconds for usages in series.usages.values() for usage in usages
    )
    result["blocks"] = sum(map(len, series.usages.values()))
    return result


def machine() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {models[0].partition(': ')[2] if models else platform.machine()}"


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_growth() -> int:
    result = growth.run(say)
    print(growth.table(result))
    GROWTH_RESULT.parent.mkdir(exist_ok=True)
    GROWTH_RESULT.write_text(json.dumps({"machine": machine(), "commit": commit(), **result}, indent=2))
    say(f"Written to {GROWTH_RESULT}.")
    return 0


def measure_load(count: int = 5000, minutes: int = 30, spread: int = 8) -> int:
    result = load.run(count, minutes, spread, say)
    for name, value in result.items():
        print(f"{name}: {value:.1f}" if isinstance(value, float) else f"{name}: {value}")
    print({"machine": machine(), "commit": commit(), "candidates": count, "minutes": minutes, "spread": spread})
    return 1 if result["acknowledged answers or exams that are not there"] or result["exams without a score"] else 0


def main() -> int:
    """Print the table, write the JSON file, and fail if an answer or a score is not what the candidates did."""
    import django

    if "growth" in sys.argv[1:]:
        return measure_growth()
    if "load" in sys.argv[1:]:
        return measure_load(*map(int, sys.argv[2:]))
    if "front-end" in sys.argv[1:]:
        print(front_end.table(front_end.run(say)))
        print({"machine": machine(), "commit": commit()})
        return 0
    if "learner" in sys.argv[1:]:
        print(learner.report())
        return 0
    if "crowd" in sys.argv[1:]:
        print(crowd.report(sys.argv[2:]))
        return 0
    if "ratio" in sys.argv[1:]:
        ratio()
        return 0
    started = time.perf_counter()
    result = run("quick" in sys.argv[1:])
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name:<{width}}  {value:>10.3f}" if isinstance(value, float) else f"{name:<{width}}  {value:>6}")
    about = {"machine": machine(), "commit": commit(), "Python": platform.python_version()}
    about |= {"Django": django.get_version(), "seconds": round(time.perf_counter() - started)}
    print(about)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({**about, "figures": result}, indent=2))
    say(f"Written to {RESULT}.")
    return 1 if result["answers or scores that differ from what was done"] else 0


if __name__ == "__main__":
    threading.stack_size(512 * 1024)
    sys.exit(main())
