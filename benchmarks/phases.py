"""Where the time of a refresh of the P&L alone goes: reading, checking, computing, writing."""

from __future__ import annotations

import json
import time
from pathlib import Path

OUT = Path(__file__).parent / "out"
COMPUTED = ("sales", "cost to serve", "profit and loss")


def main() -> None:
    """Print the phases of one run; the last is the whole."""
    from cvm_xl.refresh import refresh

    phases = dict.fromkeys(("Reading", "Checking", "Computing", "Writing and saving"), 0.0)
    now, since = "Reading", time.perf_counter()

    def say(what: str, *_: int) -> None:
        nonlocal now, since
        phases[now] += time.perf_counter() - since
        since = time.perf_counter()
        if what == "check":
            now = "Checking"
        elif what in COMPUTED:
            now = "Computing"
        elif what == "save" or what.startswith("write "):
            now = "Writing and saving"

    refresh(OUT / "sales.xlsx", OUT / "refresh-pnl.xlsx", only=["pnl"], progress=say)
    say("done")
    rows = [*phases.items(), ("Refresh of the P&L", sum(phases.values()))]
    print(json.dumps([["Refresh of the P&L alone, 200,000 sales lines", rows]]))


if __name__ == "__main__":
    main()
