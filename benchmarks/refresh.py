"""Refresh of a workbook, ours and as one would write it with pandas and openpyxl: same answers, same sheets."""

from __future__ import annotations

import sys
from copy import copy
from pathlib import Path
from typing import Any


def ours(book: Path, out: Path, only: str) -> None:
    from cvm_xl.answers import QUESTIONS
    from cvm_xl.refresh import refresh

    refresh(book, out, only.split(",") if only else QUESTIONS)


def peer(book: Path, out: Path, engine: str, only: str) -> None:
    """Read with pandas, compute with our answers, load, fill and save with openpyxl. Nothing is checked."""
    import openpyxl
    import pandas as pd
    from openpyxl.utils import get_column_letter

    from cvm_xl.answers import QUESTIONS, answer
    from cvm_xl.book.read import Book, SheetTable
    from cvm_xl.book.schema import inputs, table
    from cvm_xl.book.settings import settings

    header = 3  # the templates' headers stand in row 4
    texts = {c.header: str for t in inputs() for c in t if c.kind in ("id", "text", "choice")}
    there = pd.ExcelFile(book, engine=engine).sheet_names  # type: ignore[call-overload]
    sheets = [t.name for t in inputs() if t.name in there]
    frames = pd.read_excel(book, sheet_name=sheets, header=header, dtype=texts, engine=engine)  # type: ignore[call-overload]
    read = Book(book, {})
    for name, frame in frames.items():
        declared = table(name)
        frame = frame.rename(columns={c.header: c.name for c in declared})
        for column in frame.select_dtypes(exclude="number"):
            if frame[column].dtype.kind != "M":
                values = frame[column].astype(object)
                frame[column] = values.where(values.notna(), None)
        if "discount" in frame:
            frame["discount"] = frame["discount"].astype(float)
        read.tables[name] = SheetTable(declared, name, "", frame, frame.index.to_numpy() + header + 2)
    answers = answer(read, settings(read), only.split(",") if only else QUESTIONS)

    workbook = openpyxl.load_workbook(book)
    for name, frame in answers.tables.items():
        if table(name).sheet not in workbook.sheetnames:
            continue
        sheet = workbook[table(name).sheet]
        there = sheet.tables[name]
        first, last = sheet[there.ref][0][0], sheet[there.ref][-1][-1]
        headers = [sheet.cell(first.row, c).value for c in range(first.column, last.column + 1)]
        for i, title in enumerate(headers):
            column = first.column + i
            model = sheet.cell(first.row + 1, column)
            style = copy(model._style)
            values: list[Any] = [] if title not in frame else frame[title].astype(object).tolist()
            for row, value in enumerate(values, first.row + 1):
                cell = sheet.cell(row, column, None if value != value else value)
                cell._style = style
            for row in range(first.row + 1 + len(values), last.row + 1):
                sheet.cell(row, column).value = None
        end = first.row + max(len(frame), 1)
        there.ref = f"{first.coordinate}:{get_column_letter(last.column)}{end}"
    workbook.save(out)


def same(one: Path, other: Path) -> None:
    """Raise `SystemExit` unless the output tables of two workbooks hold the same values."""
    import pandas as pd

    from cvm_xl.book import parts
    from cvm_xl.book.package import Package
    from cvm_xl.book.schema import normal, outputs

    areas = [{normal(t.name): t for t in parts.tables(Package.open(path))} for path in (one, other)]
    written = [declared for declared in outputs() if normal(declared.name) in areas[0]]
    names = list(dict.fromkeys(declared.sheet for declared in written))
    read = [pd.read_excel(path, sheet_name=names, header=None, engine="calamine") for path in (one, other)]
    for declared in written:
        mine, yours = (there[normal(declared.name)] for there in areas)
        if (mine.area, mine.columns) != (yours.area, yours.columns):
            raise SystemExit(f"{declared.name} lies in {mine.area} and {yours.area}")
        a, b = (
            sheets[declared.sheet].iloc[mine.area.top - 1 : mine.area.bottom, mine.area.left - 1 : mine.area.right]
            for sheets in read
        )
        pd.testing.assert_frame_equal(a, b, rtol=1e-9, atol=1e-9, check_dtype=False, obj=declared.name)


if __name__ == "__main__":
    what, book, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    only = sys.argv[4] if len(sys.argv) > 4 else ""
    if what == "ours":
        ours(book, out, only)
    elif what == "same":
        same(book, out)
    else:
        peer(book, out, what, only)
