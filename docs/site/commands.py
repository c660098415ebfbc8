"""The reference of commands, read off the command line's own parser."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from cvm_xl.cli import parser
from docs.site.words import code, plain, table

__all__ = ["commands", "pages"]


def commands(of: argparse.ArgumentParser | None = None) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command as it is typed ("cvm-xl calc recalc"), and its parser."""
    of = of or parser()
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for made in action.choices.values():
                yield made.prog, made
                yield from commands(made)


def pages() -> dict[str, str]:
    """The page by its path."""
    lines = [
        "# Commands",
        "",
        "Every command answers `--help`. Exit codes: 0 done, 1 not done (the message says why and",
    ]
    lines += ["what to do), 2 a mistyped command.", ""]
    for name, made in commands():
        if any(isinstance(action, argparse._SubParsersAction) for action in made._actions):
            continue
        usage = re.sub(r"\s+", " ", made.format_usage().removeprefix("usage: ")).strip()
        lines += [f"## {name}", "", plain(made.description or ""), "", f"```text\n{usage}\n```", ""]
        rows = [_row(action) for action in made._actions if "--help" not in action.option_strings]
        if rows:
            lines += [table(("argument", "meaning"), rows)]
    return {"reference/commands.md": "\n".join(lines)}


def _row(action: argparse.Action) -> tuple[str, str]:
    typed = ", ".join(map(code, action.option_strings)) or code(str(action.metavar or action.dest))
    if action.option_strings and action.nargs != 0:
        typed += f" {code(_value(action))}"
    said = plain(action.help or "")
    if action.choices and action.option_strings:
        said += f" ({', '.join(map(code, map(str, action.choices)))})"
    return typed, said


def _value(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())
