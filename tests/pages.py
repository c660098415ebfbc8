"""What the pages of docs show, run: their files written, their commands given, their output compared.

A block ```console holds commands (`$ cvm-xl ...`) and what they print; a line `...` stands for any lines, and `...` at
a line's end for the rest of it. A paragraph that ends with "as `NAME`:" puts the block below it into that file.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cvm_xl.cli import main

__all__ = ["DOCS", "Block", "blocks", "matches", "perform", "run", "steps"]

DOCS = Path(__file__).parents[1] / "docs"
SET_UP = ("git clone", "cd ", "make ", ". .venv", "pip install", "python3 -m venv", "cvm-xl install", "cvm-xl doctor")
SET_UP += ("cvm-xl calc",)
"""Commands that change the machine; they are run by hand, and `make demo` by the tests of the demo."""


_DECIMAL = re.compile(r"-?\d+\.\d{8,}(?:e-?\d+)?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the file it is to be saved as, and its line in the page."""

    language: str
    text: str
    file: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for found in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", page, re.MULTILINE | re.DOTALL):
        before = page[: found.start()].rstrip()
        named = re.search(r"as `([^`/]+)`:$", before)
        text = re.sub(rf"^{found[1]}", "", found[3], flags=re.MULTILINE)
        yield Block(found[2], text, named[1] if named else "", page.count("\n", 0, found.start()) + 1)


def steps(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines it is said to print."""
    made: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            made.append((line[2:].partition("   #")[0].strip(), []))
        elif made:
            made[-1][1].append(line)
    return made


def perform(command: str) -> tuple[int, list[str]]:
    """Give a command; its exit code, and the lines it printed."""
    words = shlex.split(command)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if words[0] == "python":
            sys.argv = words[1:]
            runpy.run_path(words[1], run_name="__main__")
            return 0, printed.getvalue().splitlines()
        assert words[0] == "cvm-xl", f"neither ours nor set-up: {command}"
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = main(words[1:])
    refused = [line for line in said.getvalue().splitlines() if line.startswith("cvm-xl: ")]
    return code, [line.rstrip() for line in [*refused, *printed.getvalue().splitlines()]]


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether a page shows what was printed."""
    if not shown:
        return not printed
    first, rest = shown[0], shown[1:]
    if first == "...":
        return any(matches(rest, printed[i:]) for i in range(len(printed) + 1))
    if not printed:
        return False
    same = printed[0].startswith(first[:-3]) if first.endswith("...") else _alike(first, printed[0])
    return same and matches(rest, printed[1:])


def _alike(shown: str, printed: str) -> bool:
    """Whether two lines are the same but for the last digits of long decimals, which differ between machines."""
    if shown == printed:
        return True
    if _DECIMAL.sub("0", shown) != _DECIMAL.sub("0", printed):
        return False
    pairs = zip(_DECIMAL.findall(shown), _DECIMAL.findall(printed), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-6) for a, b in pairs)


def run(page: str) -> int:
    """Do in the working folder what a page says; gives how many commands were run."""
    done = 0
    for block in blocks(page):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        for command, shown in steps(block.text):
            if command.startswith(SET_UP):
                continue
            code, printed = perform(command)
            done += 1
            if shown:
                assert matches(shown, printed), f"line {block.line}: {command}\n" + "\n".join(printed)
            else:
                assert code == 0, f"line {block.line}: {command}\n" + "\n".join(printed)
    return done
