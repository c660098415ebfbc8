"""Excel's Python server, over stubs for pywin32: the first answer after a cold start, and a long column there and back.

python -m benchmarks.excel first-ours | first-pandas      one process, one answer
python -m benchmarks.excel column                         prints JSON: [[title, [[name, seconds], ...]], ...]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "hosts"))

RUNS = 7
ROWS = 10_000


def main() -> None:
    """Measure what the arguments say."""
    from windows import windows

    with windows() as udfs:
        if sys.argv[1] == "first-ours":
            assert udfs.call_udf("cvm_xl.hosts.com.udfs", "CVM_EVC", (100.0, 40.0, 10.0)) == [[130.0]]
        elif sys.argv[1] == "first-pandas":
            assert udfs.call_udf("benchmarks.excel_bare", "plus", (100.0, 40.0)) == [[140.0]]
        else:
            json.dump(_column(udfs), sys.stdout)


def _column(udfs: Any) -> list[tuple[str, list[tuple[str, float]]]]:
    """A column of numbers to a function and back, beside a function of xlwings that gives it back as it came."""
    column = tuple((100.0 + i,) for i in range(ROWS))

    def ours() -> None:
        assert udfs.call_udf("cvm_xl.hosts.com.udfs", "CVM_EVC", (column, 40.0, 10.0))[-1] == [ROWS + 129.0]

    def bare() -> None:
        assert udfs.call_udf("benchmarks.excel_bare", "same", (column,))[-1] == [ROWS + 99.0]

    rows = [("CVM_EVC of a column", _median(ours)), ("xlwings alone: the column there and back", _median(bare))]
    return [(f"In Excel's Python: {ROWS:,} rows converted, computed, returned", rows)]


def _median(action: Callable[[], None]) -> float:
    action()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
