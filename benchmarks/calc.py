"""LibreOffice Calc, all in one run of one program: functions beside native ones, arrays beside moving their cells, the
xlwings engine beside UNO alone, a live refresh beside the headless one.

Prints JSON: [[title, [[name, seconds], ...]], ...].
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUNS = 5
Timed = tuple[str, list[tuple[str, float]]]


def main() -> None:
    """Measure and print."""
    from cvm_xl.hosts.calc import engine

    with engine.start(add_in=True) as app:
        book = app.books.add()
        sheet = book.sheets[0]
        found = [_scalars(book, sheet), _array(book, sheet.book.sheets.add()), *_engine(sheet.book.sheets.add())]
        book.close()
        found.append(_refresh(app))
    json.dump(found, sys.stdout)


def _median(action: Callable[[], Any], runs: int = RUNS) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _scalars(book: Any, sheet: Any) -> Timed:
    """10,000 formulas with three arguments each, recalculated warm."""
    sheet["A1"].value = [[100.0 + i, 40.0, 10.0] for i in range(10_000)]
    times = []
    for name, text in (("=CVM_EVC(A1,B1,C1)", "=CVM_EVC(A1,B1,C1)"), ("native =SUM(A1,B1,-C1)", "=SUM(A1,B1,-C1)")):
        sheet["D1:D10000"].formula = text
        book.api.calculateAll()
        times.append((name, _median(book.api.calculateAll)))
        assert sheet["D10000"].value == 10_129
    sheet["D1:D10000"].clear_contents()
    return "In LibreOffice Calc: 10,000 formulas in cells, recalculated warm", times


def _array(book: Any, sheet: Any) -> Timed:
    """One array formula over 100,000 rows, and those cells out and in again."""
    cells = sheet["A1:A100000"]
    cells.value = [[100.0 + i] for i in range(100_000)]
    data = cells.api.getDataArray()
    moved = _median(lambda: sheet["C1:C100000"].api.setDataArray(data) or cells.api.getDataArray())
    sheet["B1:B100000"].formula_array = "=CVM_EVC(A1:A100000,40,10)"
    computed = _median(book.api.calculateAll)
    assert sheet["B100000"].value == 100_129
    return "In LibreOffice Calc: one array formula of 100,000 rows", [
        ("=CVM_EVC(A1:A100000,40,10)", computed),
        ("moving the cells alone", moved),
    ]


def _engine(sheet: Any) -> list[Timed]:
    """100,000 x 8 numbers through `range.value` and through UNO alone."""
    rows = [[float(i * j) for j in range(8)] for i in range(100_000)]
    data, target = tuple(map(tuple, rows)), sheet["A1:H100000"]

    def write() -> None:
        target.value = rows

    return [
        (
            "In LibreOffice Calc: write 100,000 x 8 numbers",
            [
                ("xlwings range.value", _median(write, 3)),
                ("UNO alone", _median(lambda: target.api.setDataArray(data), 3)),
            ],
        ),
        (
            "In LibreOffice Calc: read 100,000 x 8 numbers",
            [
                ("xlwings range.value", _median(lambda: target.value, 3)),
                ("UNO alone", _median(target.api.getDataArray, 3)),
            ],
        ),
    ]


def _refresh(app: Any) -> Timed:
    """The demo company, refreshed where it is open (saved before, as the command does) and as a file."""
    from cvm_xl.hosts.ribbon.commands import run
    from cvm_xl.hosts.ribbon.refreshing import refresh as refresh_open
    from cvm_xl.new import demo
    from cvm_xl.refresh import refresh

    with tempfile.TemporaryDirectory() as folder:
        path = demo(Path(folder))
        refresh(path)
        book = app.books.open(path)
        times = [("the command in Calc, saving included", _median(lambda: run("refresh", book), 3))]
        times.append(("without saving", _median(lambda: refresh_open(book), 3)))
        copy = Path(folder, "copy.xlsx")
        book.save(copy)
        book.close()
        times.append(("headless cvm_xl.refresh", _median(lambda: refresh(copy, Path(folder, "out.xlsx")), 3)))
    return "In LibreOffice Calc: refresh of the demo company", times


if __name__ == "__main__":
    main()
