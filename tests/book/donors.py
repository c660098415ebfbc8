"""Sheets such as ours, made by XlsxWriter in memory."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from typing import Any

import openpyxl
import xlsxwriter

from cvm_xl.book.package import Package

HEADERS = ["Customer", "Revenue", "Tier", "Since", "Active"]


def donor(*, rows: int = 3, sheets: tuple[str, ...] = ("Tiers", "Dashboard"), **options: Any) -> bytes:
    """A workbook with a table of customers, with all that hangs on one, and a sheet of charts over it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    money = book.add_format({"num_format": '#,##0.00 "EUR"', "font_color": "#1F3864", "font_name": "Arial"})
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    head = book.add_format({"bold": True, "bg_color": "#DDE3EA", "bottom": 1})
    good = book.add_format({"font_color": "#006100", "bg_color": "#C6EFCE", "num_format": '0.0 "k"'})
    for name in sheets:
        book.add_worksheet(name)
    sheet = book.get_worksheet_by_name("Tiers")
    if sheet:
        last = 3 + rows
        sheet.write("A1", "Tiers of customers", head)
        sheet.write_rich_string("A2", "with ", head, "bold", " words & <signs>")
        sheet.write_comment("B1", "A note of ours")
        data = [[f"C{i}", 100.5 * (i + 1), "AB"[i % 2], dt.date(2020, 1, i + 1), i % 2 == 0] for i in range(rows)]
        columns = [
            {"header": header, "format": form}
            for header, form in zip(HEADERS, [None, money, None, dates, None], strict=True)
        ]
        sheet.add_table(
            3, 0, last, 4, {"name": "Tiers", "data": data, "columns": columns, "style": "Table Style Light 1"}
        )
        sheet.conditional_format(4, 1, last, 1, {"type": "cell", "criteria": ">", "value": 150, "format": good})
        sheet.conditional_format(4, 1, last, 1, {"type": "data_bar", "data_bar_2010": True})
        sheet.data_validation(4, 2, last, 2, {"validate": "list", "source": ["A", "B", "C"]})
        sheet.data_validation(4, 3, last, 3, {"validate": "date", "criteria": ">", "value": dt.date(2000, 1, 1)})
        sheet.freeze_panes(4, 1)
        sheet.set_column("A:E", 14)
        sheet.write_url("G1", "https://example.org/", string="Help")
        sheet.repeat_rows(3)
        sheet.print_area(0, 0, last, 4)
        book.define_name("TierNames", f"=Tiers!$C$5:$C${last + 1}")
    board = book.get_worksheet_by_name("Dashboard")
    if board:
        board.write("A1", "Total", head)
        board.write_formula("B1", "=SUM(Tiers[Revenue])", money, sum(100.5 * (i + 1) for i in range(rows)))
        chart = book.add_chart({"type": "column"})
        last = 4 + rows
        chart.add_series(
            {
                "name": "=Tiers!$B$4",
                "categories": f"=Tiers!$A$5:$A${last}",
                "values": f"=Tiers!$B$5:$B${last}",
            }
        )
        board.insert_chart("D2", chart)
    book.close()
    return buffer.getvalue()


def saved(package: Package) -> bytes:
    """The package as a file."""
    buffer = io.BytesIO()
    package.write(buffer)
    return buffer.getvalue()


def opened(package: Package) -> openpyxl.Workbook:
    """The package as another reader sees it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells what it would lose
        return openpyxl.load_workbook(io.BytesIO(saved(package)))
