"""What the command line shows: progress on long work, findings, tables."""

from __future__ import annotations

import codecs
import io
import json
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from cvm_xl.figures import APART, visible
from cvm_xl.problems import Problem, numbered
from cvm_xl.progress import Course

__all__ = ["printable", "problems", "progress", "stoppable", "table"]

QUIET = 2.0  # seconds before a log hears of progress, and between its lines at least
LASTING = 10.0  # seconds between lines on one step
FEW = 5  # findings of one kind in one column that are shown
TWICE = 1.0  # seconds in which further Ctrl-C count as the first


def printable() -> None:
    """Let streams write a character that their encoding lacks as JSON spells it, no-break spaces as spaces."""
    codecs.register_error("cvm-xl", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="cvm-xl")


def _spelled(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(c: str) -> bytes:
    if "\udc80" <= c <= "\udcff":  # a byte of a file's name that is no text
        return c.encode("ascii", "surrogateescape")
    return b" " if c == APART else json.dumps(c)[1:-1].encode()


@contextmanager
def progress() -> Iterator[Course]:
    """Show what is being done: a moving line on a terminal, plain lines in a log, nothing for short work."""
    if not sys.stderr.isatty():
        with _lines() as course:
            yield course
        return
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TimeElapsedColumn
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    course = Course()

    class Bar(ProgressColumn):
        def render(self, task: Task) -> ProgressBar:  # noqa: ARG002
            share = course.share
            return ProgressBar(total=None if share is None else 1, completed=share or 0, width=24)

    class Line(ProgressColumn):
        def render(self, task: Task) -> Text:  # noqa: ARG002
            return Text(course.text, no_wrap=True, overflow="ellipsis")

    with Progress(
        SpinnerColumn(), Bar(), TimeElapsedColumn(), Line(), console=Console(stderr=True), transient=True
    ) as bar:
        bar.add_task("", total=None)
        yield course


@contextmanager
def _lines() -> Iterator[Course]:
    """A line now and then: soon after a step began, and while it lasts."""
    course = Course()
    started, over, said = time.monotonic(), threading.Event(), ""

    def tell() -> None:
        nonlocal said
        spoken = -LASTING
        while not over.wait(QUIET):
            name, now = course.text.split(",")[0], time.monotonic()
            if name and (name != said or now - spoken >= LASTING):
                said, spoken = name, now
                print(f"  {now - started:5.0f} s  {course.text}", file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield course
    finally:
        over.set()
        teller.join()


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


def problems(found: Sequence[Problem]) -> None:
    """Findings of a check, errors first; of those alike in one column the first few."""
    ordered = [p for p in found if p.level == "error"] + [p for p in found if p.level != "error"]
    alike: dict[object, list[Problem]] = {}
    for problem in ordered:
        kind = problem.message.partition(";")[0]
        alike.setdefault((problem.level, problem.place.sheet, problem.place.column, kind), []).append(problem)
    for same in alike.values():
        for problem in same[:FEW]:
            print(problem)
        if more := sum(problem.count for problem in same[FEW:]):
            print(f"  ... and {numbered(more, '[rows|row]')} more like these; --json names them")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns of text, numbers to the right."""
    texts = [[visible(str(cell)) for cell in row] for row in rows]
    widths = [max([len(h), *(len(row[i]) for row in texts)]) for i, h in enumerate(headers)]
    for row in [list(headers), *texts]:
        cells = [
            cell.rjust(width) if cell.replace(APART, "").replace(".", "").lstrip("-").isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip())
