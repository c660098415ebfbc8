"""What the command line shows: progress on long work, findings, tables."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["problems", "progress", "stoppable", "table"]

QUIET = 2.0  # seconds before a log hears of progress, and between its lines
TWICE = 1.0  # seconds in which further Ctrl-C count as the first


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done: a moving line on a terminal, plain lines in a log, nothing for short work."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=None)

        def say(what: str, done: int, total: int) -> None:
            bar.update(task, description=_line(what, done, total), completed=done, total=total or None)

        yield say


def _line(what: str, done: int, total: int) -> str:
    if done:
        return f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}"
    return what


def _lines() -> Callable[[str, int, int], None]:
    start = spoken = time.monotonic()
    last = ""

    def say(what: str, done: int, total: int) -> None:
        nonlocal last, spoken
        now = time.monotonic()
        if now - start > QUIET and (what != last or now - spoken > QUIET):
            print(f"  {now - start:5.1f} s  {_line(what, done, total)}", file=sys.stderr, flush=True)
            spoken = now
        last = what

    return say


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt once, not again while what was begun is being cleared away."""
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    last = -TWICE

    def stop(*_: object) -> None:
        nonlocal last
        if time.monotonic() - last > TWICE:
            last = time.monotonic()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def problems(found: Sequence[Any], most: int = 50) -> None:
    """Findings of a check, errors first."""
    ordered = [p for p in found if p.level == "error"] + [p for p in found if p.level != "error"]
    for problem in ordered[:most]:
        print(problem)
    if len(ordered) > most:
        print(f"... and {len(ordered) - most} more; --json shows all")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns of text, numbers to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max([len(h), *(len(row[i]) for row in texts)]) for i, h in enumerate(headers)]
    for row in [list(headers), *texts]:
        cells = [
            cell.rjust(width) if cell.replace(",", "").replace(".", "").lstrip("-").isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip())
