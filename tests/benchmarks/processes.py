"""CPU time and memory of process trees, from /proc."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third one on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parent(pid: int) -> int:
    return int(_stat(pid)[1])


def tree(root: int) -> list[int]:
    """Return a process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(parent(int(entry.name)), []).append(int(entry.name))
            except OSError:  # it has ended
                continue
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a process tree, with that of its children that have ended."""
    total = 0
    for pid in tree(root):
        try:
            total += sum(map(int, _stat(pid)[11:15]))
        except OSError:
            continue
    return total / TICKS


def memory_bytes(root: int) -> int:
    """Return the proportional set size (PSS) of a process tree."""
    total = 0
    for pid in tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def machine_busy_seconds() -> float:
    """Return the CPU time of everything on this machine."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICKS


@dataclass
class Usage:
    """What some work has cost: seconds, CPU-seconds by process tree, those of this client and of everything else."""

    seconds: float
    cpu: dict[str, float]
    client: float
    others: float

    @property
    def total(self) -> float:
        return sum(self.cpu.values())


def measured(roots: dict[str, int], work: Callable[[], None]) -> Usage:
    """Do some work, and return what it has cost in these process trees."""
    cpu = {name: cpu_seconds(pid) for name, pid in roots.items()}
    busy, client, started = machine_busy_seconds(), time.process_time(), time.perf_counter()
    work()
    seconds, client = time.perf_counter() - started, time.process_time() - client
    cpu = {name: cpu_seconds(pid) - cpu[name] for name, pid in roots.items()}
    busy = machine_busy_seconds() - busy
    return Usage(seconds, cpu, client, max(0.0, busy - client - sum(cpu.values())))
