"""A command of `cvm-xl`, killed by SIGKILL at one moment after another at which it touches the disk.

    python killed.py REPORT BOOK [--without-links | --stop] COMMAND ARGUMENT...

With --stop it is SIGINT, that is Ctrl-C, instead of SIGKILL.

The moments are: before each file that is opened for writing, linked, renamed, removed or given another mode, before
each flush to the disk, halfway through each write and after it. At the first of them the process becomes the parent
of one child per moment, each of which goes on until it is killed at its own; the last one ends by itself. What lies
then in the book's folder is noted in REPORT, a line of JSON per moment, and kept beside REPORT when it is new.
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
from pathlib import Path
from typing import Any

from cvm_xl.cli import main

EVENTS = ("os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "os.truncate", "os.utime", "shutil.copyfile")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Killer:
    """Counts the moments, and ends the process at the one that is its own."""

    def __init__(self, report: Path, folder: Path, number: int) -> None:
        self.report, self.folder, self.signal = report, folder, number
        self.count = 0
        self.mine: int | None = None
        self.awake = True

    def moment(self, what: str) -> None:
        if not self.awake:
            return
        if self.mine is None:
            self.awake = False
            self._one_child_each()
            self.awake = True
        self.count += 1
        if self.count - 1 == self.mine:
            os.write(2, f"{what}\n".encode())
            os.kill(os.getpid(), self.signal)

    def _one_child_each(self) -> None:
        """Returns in the children only."""
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        same = self.report.with_name(f"{self.report.name}.same")  # the files themselves, to be put back as they were
        same.mkdir()
        for name in before:
            os.link(self.folder / name, same / name)
        seen: dict[str, str] = {}
        found: list[str] = []
        ended = False
        while not ended:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                os.dup2(writing, 2)
                self.mine = len(found)
                return
            os.close(writing)
            with io.FileIO(reading) as pipe:
                said = pipe.readall().decode()
            _, status = os.waitpid(child, 0)
            ended = os.WIFEXITED(status)
            there = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self.folder.iterdir()}
            state = json.dumps(sorted(("a temporary file",) if n.endswith(".tmp") else (n, there[n]) for n in there))
            if state not in seen:
                seen[state] = f"{self.report}.{len(found)}"
                shutil.copytree(self.folder, seen[state])
            code = os.waitstatus_to_exitcode(status)
            found.append(json.dumps({"said": said, "code": code, "files": there, "kept": seen[state]}))
            for name in there:
                (self.folder / name).unlink()
            for name, content in before.items():
                assert (same / name).read_bytes() == content, f"{name} was written in place"
                os.link(same / name, self.folder / name)
        self.report.write_text("\n".join(found), encoding="utf-8")
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


def _refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no links on this disk")


def run(report: Path, book: Path, command: list[str]) -> int:
    stop = command[0] == "--stop"
    killer = Killer(report, book.parent, signal.SIGINT if stop else signal.SIGKILL)
    fdopen, fsync, copyfileobj = os.fdopen, os.fsync, shutil.copyfileobj

    def flush(descriptor: int) -> None:
        killer.moment("before a flush")
        fsync(descriptor)

    os.fdopen = lambda *args, **options: Halved(fdopen(*args, **options), killer)
    os.fsync = flush
    shutil.copyfileobj = lambda source, target, length=0: copyfileobj(source, Halved(target, killer), length)
    shutil._USE_CP_SENDFILE = False  # type: ignore[attr-defined]
    if command[0] == "--without-links":
        os.link = _refuse
    sys.addaudithook(killer.audit)
    return main(command[command[0].startswith("--") :])


if __name__ == "__main__":
    os._exit(run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
