"""How long the suites run that could run for ever: short in `make test`, long in `make torture`."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("TORTURE"))


def times(short: int, long: int) -> int:
    return long if LONG else short
