"""Markdown of what the declarations say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

__all__ = ["anchor", "code", "plain", "table"]


def plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown; what stands between backticks stays code."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if part[:1] == "`" else re.sub(r"([\\*_<>|\[\]{}$#~])", r"\\\1", part) for part in parts)


def code(text: str) -> str:
    """Text as code, in a table too."""
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def anchor(name: str) -> str:
    """The anchor of a heading, as Sphinx makes it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """A table of cells that are Markdown already; `right` says which columns are numbers, by their place."""
    lines = [f"| {' | '.join(heads)} |", f"|{''.join('---:|' if i in right else '---|' for i in range(len(heads)))}"]
    lines += [f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"
