"""A command of `cvm-xl`, killed by SIGKILL at one moment after another.

    python killed.py REPORT BOOK [--times N] [--without-links] [--stop] COMMAND ARGUMENT...

The moments are those at which it touches the disk: before each file that is opened for writing, linked, renamed,
removed or given another mode, before each flush to the disk, halfway through each write and after it. At the first of
them the process becomes the parent of one child per moment, each of which goes on until it is killed at its own; the
last one ends by itself. With `--times` they are N moments spread evenly over the time that the command takes, whatever
it does. With `--stop` it is SIGINT, that is Ctrl-C, instead. What lies then in the book's folder is noted in REPORT,
a line of JSON per moment with what was being done, and kept beside REPORT when it is new.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from cvm_xl.cli import STOPPED, main

EVENTS = ("os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "os.truncate", "os.utime", "shutil.copyfile")
LINK = os.link
CALLERS = (
    "cvm_xl.cli",
    "cvm_xl.refresh",
    "cvm_xl.filling",
    "cvm_xl.report",
    "cvm_xl.console",
    "cvm_xl.answers",
    "cvm_xl.intake",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Killer:
    """Counts the moments, and ends the process at the one that is its own."""

    TRIES = 10  # for a moment that the command did not live to see

    def __init__(self, report: Path, folder: Path, times: int = 0, number: int = signal.SIGKILL) -> None:
        self.report, self.folder, self.times, self.signal = report, folder, times, number
        self.count = 0
        self.mine: int | None = None
        self.awake = not times
        self.began, self.took = 0.0, float("inf")
        self.killed = False  # the child before

    def moment(self, what: str) -> None:
        if not self.awake:
            return
        if self.mine is None:
            self.awake = False
            self.one_child_each(self._moments())
            self.awake = True
        self.count += 1
        if self.count - 1 == self.mine:
            self._end(what)

    def _end(self, what: str) -> None:
        os.write(2, what.encode())
        os.kill(os.getpid(), self.signal)

    def ended(self) -> None:
        """Say how long the command took: the process itself lasts longer, but nothing is done any more."""
        os.write(2, f"\ntook {time.perf_counter() - self.began}".encode())

    def _moments(self) -> Iterator[Callable[[], None]]:
        number = 0
        while True:
            yield lambda mine=number: setattr(self, "mine", mine)
            number += 1

    def spread(self) -> Iterator[Callable[[], None]]:
        """Moments by the clock; two children are left alone first, and the quicker tells how long they have."""
        yield from (lambda: None, lambda: None)

        def set_clock(share: float) -> None:
            signal.signal(signal.SIGALRM, lambda _, frame: self._end(doing(frame)))
            signal.setitimer(signal.ITIMER_REAL, self.took * share)

        for number in range(self.times):
            for _ in range(self.TRIES):
                yield lambda share=(number + 0.5) / self.times: set_clock(share)
                if self.killed:
                    break

    def one_child_each(self, ways: Iterator[Callable[[], None]]) -> None:
        """Returns in the children only."""
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        same = self.report.with_name(f"{self.report.name}.same")  # the files themselves, to be put back as they were
        same.mkdir()
        for name in before:
            LINK(self.folder / name, same / name)
        seen: dict[str, str] = {}
        found: list[str] = []
        unharmed = ""
        for way in ways:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                self.began = time.perf_counter()
                os.dup2(writing, 2)
                way()
                return
            os.close(writing)
            with io.FileIO(reading) as pipe:
                said = pipe.readall().decode()
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            self.killed = code < 0 or code == STOPPED
            if not self.killed:
                self.took = min(self.took, float(said.rpartition("took ")[2]))
            there = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self.folder.iterdir()}
            state = json.dumps(sorted(("a temporary file",) if n.endswith(".tmp") else (n, there[n]) for n in there))
            if state not in seen:
                seen[state] = f"{self.report}.{len(seen)}"
                shutil.copytree(self.folder, seen[state])
            line = json.dumps({"said": said, "code": code, "files": there, "kept": seen[state]})
            for name in there:
                (self.folder / name).unlink()
            for name, content in before.items():
                assert (same / name).read_bytes() == content, f"{name} was written in place"
                LINK(same / name, self.folder / name)
            if self.killed:
                found.append(line)
            else:
                unharmed = line
                if not self.times:
                    break
        self.report.write_text("\n".join([*found, unharmed]), encoding="utf-8")
        os._exit(0)

    def audit(self, event: str, details: tuple[Any, ...]) -> None:
        if self.awake and (event in EVENTS or event == "open"):
            reads = event == "open" and not (isinstance(details[2], int) and details[2] & WRITING)
            if not reads and any(str(word).startswith(str(self.folder)) for word in details[:2]):
                self.moment(f"before {event}")


class Halved:
    """A binary file whose writes reach the disk in two halves."""

    def __init__(self, file: Any, killer: Killer) -> None:
        self._file, self._killer = file, killer

    def write(self, content: bytes) -> int:
        middle = len(content) // 2
        for half, when in ((content[:middle], "halfway through a write"), (content[middle:], "after a write")):
            self._file.write(half)
            self._file.flush()
            self._killer.moment(when)
        return len(content)

    def __enter__(self) -> Halved:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def doing(frame: FrameType | None) -> str:
    """What part of the package is at work: the outermost module that does not only call others."""
    found = "starting"
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("cvm_xl.") and name not in CALLERS:
            found = name.removeprefix("cvm_xl.")
        frame = frame.f_back
    return found


def _refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no links on this disk")


def run(report: Path, book: Path, command: list[str]) -> int:
    times = 0
    if command[0] == "--times":
        times, command = int(command[1]), command[2:]
    without_links, stop = ("--without-links" in command), ("--stop" in command)
    command = [word for word in command if word not in ("--without-links", "--stop")]
    if stop:  # a shell's background jobs ignore it from the start
        signal.signal(signal.SIGINT, signal.default_int_handler)
    killer = Killer(report, book.parent, times, signal.SIGINT if stop else signal.SIGKILL)
    fdopen, fsync, copyfileobj = os.fdopen, os.fsync, shutil.copyfileobj

    def flush(descriptor: int) -> None:
        killer.moment("before a flush")
        fsync(descriptor)

    os.fdopen = lambda *args, **options: Halved(fdopen(*args, **options), killer)
    os.fsync = flush
    shutil.copyfileobj = lambda source, target, length=0: copyfileobj(source, Halved(target, killer), length)
    shutil._USE_CP_SENDFILE = False  # type: ignore[attr-defined]
    if without_links:
        os.link = _refuse
    sys.addaudithook(killer.audit)
    if times:
        if not stop:  # what each child would import first: then the kills fall into its work
            from cvm_xl import functions, intake, refresh, report  # noqa: F401

            functions.load()
        killer.one_child_each(killer.spread())
    code = main(command)
    if code != STOPPED:
        killer.ended()
    return code


if __name__ == "__main__":
    os._exit(run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
