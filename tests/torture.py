"""How long the suites run that could run for ever: short in `make test`, long in `make torture`.

`TORTURE` is the file that the long form writes its figures to, whichever process finds them.
"""

from __future__ import annotations

import os
from pathlib import Path

LONG = bool(os.environ.get("TORTURE"))


def times(short: int, long: int) -> int:
    return long if LONG else short


def figure(text: str) -> None:
    """Say what the long form found; the short form keeps silent."""
    if LONG:
        with Path(os.environ["TORTURE"]).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
