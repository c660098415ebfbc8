"""A command in a process of its own: wall time, processor time and the most memory it ever held."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Measured", "measured"]


@dataclass(frozen=True)
class Measured:
    """Medians over the runs: seconds on the clock, seconds of the processor, megabytes at the peak."""

    wall: float
    cpu: float
    peak: float
    runs: int
    said: tuple[str, ...] = ()
    """The last line that each run printed."""


def measured(commands: Sequence[Sequence[str]], runs: int, seconds: float) -> list[Measured]:
    """Measure commands, arguments to the Python interpreter, in turn, so that a busy moment hits all of them.

    Each runs `runs` times, but not again where that would take the command's runs beyond so many seconds.
    """
    taken: list[list[tuple[float, float, float]]] = [[] for _ in commands]
    said: list[list[str]] = [[] for _ in commands]
    for _ in range(runs):
        for command, mine, lines in zip(commands, taken, said, strict=True):
            if not mine or sum(run[0] for run in mine) + mine[-1][0] < seconds:
                run, line = _once(command)
                mine.append(run)
                lines.append(line)
    return [
        Measured(*(statistics.median(column) for column in zip(*mine, strict=True)), len(mine), tuple(lines))
        for mine, lines in zip(taken, said, strict=True)
    ]


def _once(command: Sequence[str]) -> tuple[tuple[float, float, float], str]:
    # The child's peak counts from the fork on, so this process must stay small: it imports nothing large.
    start = time.perf_counter()
    # As installed: compiled once, not at each start.
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    child = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, env=compiled, text=True)
    assert child.stdout is not None
    printed = child.stdout.read().splitlines()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {child.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit), printed[-1] if printed else ""
