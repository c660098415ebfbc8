"""A refresh of a million sales lines, beside the least that it could take: the same cells only read, and only written.

Readers turn the 8 columns of the sheet Sales into columns in memory; writers turn such columns into a file. The time of
each counts from where its imports are done and its columns are there; that of the refresh is the whole process. It
checks and computes besides, and writes 0.6 million cells of answers, while the sheet Sales itself is copied as it is.

fastexcel and python-calamine are the fastest readers of sheets for Python that we know. Of writers, libraries are far
from what columns of text allow: so the one here is no library but polars, its string expressions and zlib, for cells
without formats, escapes, checks or anything else that a workbook needs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np

from benchmarks.measure import measured

HERE = Path(__file__).parent
OUT = HERE / "out"
LINES = 1_000_000
HEADER = 3  # in row 4
READERS = ("fastexcel", "python-calamine", "cvm_xl: typed, every cell checked")
WRITERS = ("polars and zlib: bare cells", "cvm_xl: into the table of a workbook")
PARTS = "tiers,pnl,clv"


def now() -> np.ndarray:
    """The clock, and the processor's."""
    return np.array([time.perf_counter(), time.process_time()])


def read(what: str, book: Path) -> list[float]:
    """Seconds on the clock and of the processor to read the sheet Sales."""
    if what == READERS[0]:
        import fastexcel
        import pyarrow  # noqa: F401

        start = now()
        sheet = fastexcel.read_excel(book).load_sheet("Sales", header_row=HEADER, schema_sample_rows=None)
        assert sheet.to_arrow().num_rows == LINES
    elif what == READERS[1]:
        from python_calamine import CalamineWorkbook

        start = now()
        rows = CalamineWorkbook.from_path(book).get_sheet_by_name("Sales").iter_rows()
        assert sum(1 for _ in rows) > LINES
    else:
        import pandas as pd  # noqa: F401

        from cvm_xl.book.read import read_book

        start = now()
        assert len(read_book(book, ["Sales"]).tables["Sales"].frame) == LINES
    return (now() - start).tolist()


def write(what: str, out: Path) -> list[float]:
    """Seconds on the clock and of the processor to write the columns of Sales."""
    from benchmarks.limit import tables

    frame = tables(LINES)["Sales"]
    if what == WRITERS[0]:
        import polars as pl

        columns = pl.from_pandas(frame)
        start = now()
        _bare(columns, out)
    else:
        from cvm_xl.book.fill import fill
        from cvm_xl.book.package import Package
        from cvm_xl.book.schema import table

        headers = {column.name: column.header for column in table("Sales")}
        arrays = {headers[name]: frame[name].to_numpy() for name in frame}
        start = now()
        package = Package.open(OUT / "limit-100.xlsx")
        fill(package, "Sales", arrays)
        package.save(out)
    return (now() - start).tolist()


def _bare(columns, out: Path) -> None:
    import polars as pl

    row = pl.col("row").cast(pl.String)
    cells = [pl.lit('<row r="'), row, pl.lit('">')]
    for letter, name in zip("ABCDEFGH", columns.columns, strict=True):
        value = pl.col(name)
        if columns[name].dtype.is_temporal():
            value = value.dt.epoch("d") + 25_569
        text = columns[name].dtype == pl.String
        opening, closing = ('" t="inlineStr"><is><t>', "</t></is></c>") if text else ('"><v>', "</v></c>")
        cells += [pl.lit(f'<c r="{letter}'), row, pl.lit(opening), value.cast(pl.String), pl.lit(closing)]
    xml = pl.concat_str([*cells, pl.lit("</row>")])
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    with out.open("wb") as file:
        for at in range(0, len(columns), 65_536):
            part = columns.slice(at, 65_536).with_row_index("row", offset=HEADER + 2 + at)
            file.write(deflate.compress(part.select(xml.str.join("")).item().encode()))
        file.write(deflate.flush())


def main() -> None:
    """Print the table; each case in turn, three times."""
    OUT.mkdir(exist_ok=True)
    book, out = OUT / f"limit-{LINES}.xlsx", OUT / "limit-cells.xlsx"
    for lines in (100, LINES):
        if not (OUT / f"limit-{lines}.xlsx").exists():
            _python("-m", "benchmarks.limit", OUT / f"limit-{lines}.xlsx", lines)
    cases = [("read", name, book) for name in READERS] + [("write", name, out) for name in WRITERS]
    taken: dict[str, list[list[float]]] = {name: [] for _, name, _ in cases}
    refreshes = []
    for _ in range(3):
        for case in cases:
            taken[case[1]].append(json.loads(_python("-m", "benchmarks.cells", *case)))
        refresh = ("-m", "benchmarks.refresh", "ours", str(book), str(OUT / "limit-ours.xlsx"), PARTS)
        refreshes += measured([refresh], 1, 100)
    seconds = {name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in taken.items()}
    refreshed = [statistics.median(getattr(one, what) for one in refreshes) for what in ("wall", "cpu")]
    print(f"## The cells of a Sales sheet of {LINES:,} x 8: read, written, refreshed\n")
    print("| | seconds | processor seconds |\n|---|--:|--:|")
    for what, names in (("Read", READERS), ("Write", WRITERS)):
        for name in names:
            print(f"| {what} by {name} | {seconds[name][0]:.2f} | {seconds[name][1]:.2f} |")
    print(f"| cvm-xl refresh of tiers, P&L and lifetime value | {refreshed[0]:.2f} | {refreshed[1]:.2f} |\n")
    for whose, readers, writers in (("other", READERS[:-1], WRITERS[:-1]), ("all", READERS, WRITERS)):
        wall, processor = (
            refreshed[i] / (min(seconds[name][i] for name in readers) + min(seconds[name][i] for name in writers))
            for i in (0, 1)
        )
        print(
            f"The refresh takes {wall:.2f} times what the fastest of {whose} readers and writers take together; "
            f"{processor:.2f} times their processor seconds."
        )


def _python(*arguments: object) -> bytes:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=True, cwd=HERE.parent, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        kind, what, path = sys.argv[1:]
        wall, processor = {"read": read, "write": write}[kind](what, Path(path))
        print(json.dumps([wall, processor]))
