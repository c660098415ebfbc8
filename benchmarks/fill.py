"""New rows for a styled table of 100,000 x 5: inside the zip, and through openpyxl."""

from __future__ import annotations

import sys
from pathlib import Path

ROWS = 100_000
HEADERS = ("Customer", "Segment", "Revenue", "Share", "Orders")


def write(book: Path) -> None:
    """A workbook with the table filled, and new values for it beside the workbook."""
    import numpy as np
    import xlsxwriter

    rng = np.random.default_rng(1)
    customer = np.array([f"C{i}" for i in range(ROWS)])
    segment = np.array(["Hospitals", "Laboratories", "Food & drink"])[rng.integers(0, 3, ROWS)]
    revenue, share = rng.gamma(2, 500, ROWS).round(2), rng.random(ROWS)
    orders = rng.integers(1, 100, ROWS)
    np.savez(book.with_suffix(".npz"), **dict(zip(HEADERS, (customer, segment, revenue, share, orders), strict=True)))
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet("Data")
        formats = [made.add_format({"num_format": text}) for text in ("@", "@", "#,##0.00", "0.0%", "0")]
        columns = (customer, segment, revenue / 2, share / 2, orders + 1)
        for i, (values, style) in enumerate(zip(columns, formats, strict=True)):
            sheet.write_column(1, i, values.tolist(), style)
        names = [{"header": name} for name in HEADERS]
        sheet.add_table(0, 0, ROWS, len(HEADERS) - 1, {"name": "Data", "columns": names})


def ours(book: Path, out: Path) -> None:
    import numpy as np

    from cvm_xl.book.fill import fill
    from cvm_xl.book.package import Package

    package = Package.open(book)
    values = np.load(book.with_suffix(".npz"))
    fill(
        package,
        "Data",
        {name: values[name].astype(object) if i < 2 else values[name] for i, name in enumerate(HEADERS)},
    )
    package.save(out)


def peer(book: Path, out: Path) -> None:
    import numpy as np
    import openpyxl

    workbook = openpyxl.load_workbook(book)
    values = np.load(book.with_suffix(".npz"))
    for column, name in enumerate(HEADERS, 1):
        for row, value in enumerate(values[name].tolist(), 2):
            workbook["Data"].cell(row, column).value = value
    workbook.save(out)


if __name__ == "__main__":
    {"write": write, "ours": ours, "openpyxl": peer}[sys.argv[1]](*map(Path, sys.argv[2:]))
