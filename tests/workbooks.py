"""Small workbooks with a table, for tests of reading, checking and importing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine
from openpyxl.worksheet.table import Table

from cvm_xl.book.addresses import Area
from cvm_xl.figures import APART


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


UNCLEAR = re.compile(r"\d,\d{3}\b|(?<![\d.])[1-9]\d{0,2}\.\d{3}(?!\d)")
"""A figure that is a thousand to one reader and a little more than one to another: 1,234 or 1.234."""


def unclear(path: Path) -> list[str]:
    """The texts of a workbook with such a figure, after their sheet's name; formulas shown as text hold none."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    cells = (
        (name, cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    )
    texts = [(name, cell) for name, cell in cells if isinstance(cell, str) and not cell.startswith("=")]
    assert any(APART in text for _, text in texts)
    return [f"{name}: {text}" for name, text in texts if UNCLEAR.search(text)]
