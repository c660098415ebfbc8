"""Sheets of tables side by side, and charts to their right."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import charts
from cvm_xl.book.schema import table
from cvm_xl.book.sheets import FIRST, HEADER, Draft, add_sheet, page, place, title, write_table
from cvm_xl.book.titles import COMPANY, CURRENCY

__all__ = ["begun", "beside", "lefts", "spots"]

WIDE, HIGH = 700, 400
ROWS_A_CHART = 21


def lefts(names: Sequence[str]) -> dict[str, int]:
    """The first column of each table, one left free between them."""
    found, col = dict[str, int](), 0
    for name in names:
        found[name] = col
        col += len(table(name).columns) + 1
    return found


def spots(names: Sequence[str]) -> dict[tuple[str, str], str]:
    """Where the columns of these tables stand in a new sheet."""
    return {key: ref for name, col in lefts(names).items() for key, ref in place(table(name), HEADER, col).items()}


def begun(draft: Draft, names: Sequence[str], named: str = "", *, frozen: int = 0) -> Worksheet:
    """A sheet with these tables; its title is that of the table `named`, else of the first, which has a filter."""
    one = table(names[0])
    heading = title(table(named or names[0]), CURRENCY, COMPANY)
    sheet = add_sheet(draft, one.sheet, one.role, heading, one.help)
    for name, col in lefts(names).items():
        for i, column in enumerate(table(name)):
            sheet.set_column(col + i, col + i, column.width)
        write_table(draft, sheet, table(name), HEADER, col, autofilter=name == names[0])
    sheet.set_row(HEADER, 32)
    sheet.freeze_panes(FIRST, frozen)
    page(sheet)
    return sheet


def beside(draft: Draft, names: Sequence[str], drawn: Sequence[Chart], size: tuple[int, int] = (WIDE, HIGH)) -> None:
    """A sheet with these tables, and charts to their right, one below the other."""
    sheet = begun(draft, names)
    right = sum(len(table(name).columns) + 1 for name in names)
    for i, made in enumerate(drawn):
        made.set_size(dict(zip(("width", "height"), size, strict=True)))
        charts.place(sheet, FIRST + ROWS_A_CHART * i, right, made)
