"""What the command line shows: progress on long work, findings, tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["problems", "progress", "table"]

QUIET = 2.0  # seconds before a log hears of progress


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
            bar.update(task, description=what, completed=done, total=total or None)

        yield say


def _lines() -> Callable[[str, int, int], None]:
    start = time.monotonic()
    last = ""

    def say(what: str, _done: int, _total: int) -> None:
        nonlocal last
        if what != last and time.monotonic() - start > QUIET:
            print(f"  {time.monotonic() - start:5.1f} s  {what}", file=sys.stderr, flush=True)
        last = what

    return say


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
