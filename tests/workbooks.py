"""Small workbooks with a table, for tests of reading, checking and importing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.table import Table

from cvm_xl.book.addresses import Area


def workbook(path: Path, tables: dict[str, list[list[Any]]], **options: Any) -> Path:
    """A workbook with a sheet and a table per entry: its first row are headers.

    Options
    -------
    at : (row, column) of the header's first cell, (3, 2) when left out
    named : names of table objects that differ from the sheet's; None for a sheet without one
    extent : rows of data inside the table; all when left out
    epoch : "1904"
    edit : called with the workbook before it is saved
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    if options.get("epoch") == "1904":
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    top, left = options.get("at", (3, 2))
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.cell(top + i, left + j).value = value
        called = options.get("named", {}).get(name, name)
        if called:
            extent = options.get("extent", len(rows) - 1)
            area = Area(top, left, top + max(extent, 1), left + len(rows[0]) - 1)
            sheet.add_table(Table(displayName=called, ref=str(area)))
    options.get("edit", lambda _: None)(book)
    book.save(path)
    return path
