"""Which page says what a function's method assumes: each page on limits names its functions in its last section."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["FOLDER", "of", "told"]

FOLDER = Path(__file__).parents[1] / "limits"


@cache
def told() -> dict[str, tuple[str, str]]:
    """The page, without its ending, and the page's heading, for each function.

    Raises
    ------
    ValueError
        When two pages claim one function.
    """
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        heading = text.partition("\n")[0].lstrip("# ")
        for name in re.findall(r"CVM_[A-Z_]+", text.partition("## Functions")[2]):
            if name in found:
                raise ValueError(f"limits/{path.name} and limits/{found[name][0]}.md both claim {name}")
            found[name] = (path.stem, heading)
    return found


def of(name: str) -> tuple[str, str]:
    """The page on the limits of a function, and its heading."""
    if name not in told():
        raise KeyError(f"no page in docs/limits names {name}")
    return told()[name]
