"""A report of 100,000 customers: pages, charts and tables in full, beside the same cells by XlsxWriter and by openpyxl.

The peers write what the finished report holds, with the number format of each column; they draw no chart and compute
nothing.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

CUSTOMERS, LINES = 100_000, 500_000


def prepare(folder: Path) -> None:
    """The report's content, and the cells of the finished report."""
    import datetime

    import openpyxl
    import pandas as pd

    from cvm_xl.answers import answer
    from cvm_xl.answers.pages import content
    from cvm_xl.book.read import Book, SheetTable
    from cvm_xl.book.report import spread_of, write
    from cvm_xl.book.report.content import VOLUMES, About
    from cvm_xl.book.schema import table
    from cvm_xl.book.settings import settings
    from cvm_xl.book.sheets import columns_of
    from cvm_xl.book.style import number_format

    tables = {}
    for name, frame in company().items():
        declared = table(name)
        tables[name] = SheetTable(declared, declared.sheet, "A4", frame, frame.index.to_numpy() + 5)
    book = Book(Path("book.xlsx"), tables)
    end = datetime.date(2025, 12, 31)
    about = About("Large", "", datetime.date(2025, 1, 1), end, "EUR", 2, "book.xlsx", "0" * 16)
    said = content(answer(book, settings(book)), about)
    (folder / "report.pickle").write_bytes(pickle.dumps(said))
    pages = openpyxl.load_workbook(_saved(folder / "report-pages.xlsx", write(said, full=False)))
    cells: dict[str, tuple[list[str], list[list[Any]]]] = {}
    for sheet in pages:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        cells[sheet.title] = ([], rows)
    for name, frame in said.tables.items():
        declared = VOLUMES if name == VOLUMES.name else table(name)
        frame = frame[[one.header for one in columns_of(declared, spread_of(said.tables)) if one.header in frame]]
        known = [declared.column(header) for header in frame.columns]
        formats = [number_format(column, "output", 2) if column else "#,##0.00" for column in known]
        values = frame.astype(object).where(pd.notna(frame), None).to_numpy().tolist()
        cells[name] = (formats, [list(map(str, frame.columns)), *values])
    (folder / "report-cells.pickle").write_bytes(pickle.dumps(cells))


def company() -> dict[str, Any]:
    """Customers who buy now and then until they leave, in ten segments, with two cost pools."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(1)
    ids = np.array([f"C{i:06}" for i in range(CUSTOMERS)], dtype=object)
    rate, leaves = rng.gamma(0.8, size=CUSTOMERS), rng.exponential(300, CUSTOMERS)
    who = np.concatenate([np.arange(CUSTOMERS), rng.choice(CUSTOMERS, LINES - CUSTOMERS, p=rate / rate.sum())])
    days = np.concatenate([rng.integers(0, 60, CUSTOMERS), rng.integers(0, 365, LINES - CUSTOMERS)])
    there = np.flatnonzero((days <= leaves[who]) | (np.arange(LINES) < CUSTOMERS))  # the first purchase of each stays
    there = there[np.argsort(days[there], kind="stable")]
    who, days, lines = who[there], days[there].astype("timedelta64[D]"), len(there)
    quantity = rng.integers(1, 9, lines).astype(float)
    sales = pd.DataFrame({"date": (np.datetime64("2025-01-01") + days).astype("datetime64[s]"), "customer": ids[who]})
    sales["product"] = np.array([f"P{i:02}" for i in range(50)], dtype=object)[rng.integers(0, 50, lines)]
    sales["quantity"] = quantity
    sales["net_revenue"] = (quantity * rng.uniform(5, 40, lines)).round(2)
    sales["cost_of_goods"] = (quantity * 12).round(2)
    names = np.array([f"Customer number {i}" for i in range(CUSTOMERS)], dtype=object)
    segments = np.array([f"Segment {i}" for i in range(10)], dtype=object)[rng.integers(0, 10, CUSTOMERS)]
    pools = pd.DataFrame({"pool": ["Delivery", "Selling"], "amount": [9e5, 4e5], "level": ["order", "customer"]})
    return {
        "Sales": sales,
        "Customers": pd.DataFrame({"customer": ids, "name": names, "segment": segments}).astype(object),
        "CostPools": pools.astype({"pool": object, "level": object}).assign(driver=np.array(["orders"] * 2, object)),
    }


def _saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def ours(folder: Path, out: Path) -> None:
    from cvm_xl.book.report import write

    out.write_bytes(write(pickle.loads((folder / "report.pickle").read_bytes())))


def xlsxwriter(folder: Path, out: Path) -> None:
    from xlsxwriter import Workbook

    book = Workbook(out)
    for name, (formats, rows) in _cells(folder).items():
        sheet = book.add_worksheet(name)
        looks = [book.add_format({"num_format": one}) for one in formats]
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.write(i, j, value, looks[j] if looks else None)
    book.close()


def openpyxl(folder: Path, out: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, (formats, rows) in _cells(folder).items():
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows, 1):
            for j, value in enumerate(row, 1):
                if value is not None:
                    cell = sheet.cell(i, j, value)
                    if formats:
                        cell.number_format = formats[j - 1]
    book.save(out)


def _cells(folder: Path) -> dict[str, tuple[list[str], list[list[Any]]]]:
    return pickle.loads((folder / "report-cells.pickle").read_bytes())


def same(one: Path, other: Path) -> None:
    """Raise `SystemExit` unless the customers are the same in both."""
    import pandas as pd

    a, b = (pd.read_excel(path, sheet_name="Tiers", header=None, engine="calamine") for path in (one, other))
    pd.testing.assert_frame_equal(
        a.iloc[4:].reset_index(drop=True), b.iloc[1:].reset_index(drop=True), check_dtype=False
    )


if __name__ == "__main__":
    what, folder, *rest = sys.argv[1:]
    if what == "prepare":
        prepare(Path(folder))
    elif what == "same":
        same(Path(folder), Path(rest[0]))
    else:
        {"ours": ours, "xlsxwriter": xlsxwriter, "openpyxl": openpyxl}[what](Path(folder), Path(rest[0]))
