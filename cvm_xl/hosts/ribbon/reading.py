"""The tables of a workbook that is open in a spreadsheet program, read in whole blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xlwings as xw

from cvm_xl.book import parts, schema
from cvm_xl.book.addresses import Area
from cvm_xl.book.read import Book, read_tables
from cvm_xl.errors import EXCEL_ERRORS
from cvm_xl.progress import Progress

__all__ = ["OpenTable", "read", "tables"]


@dataclass(frozen=True)
class OpenTable:
    """A table of an open workbook, and how `parts` would describe it in a file (where columns' formulas are known)."""

    described: parts.Table
    table: xw.main.Table


def tables(book: xw.Book) -> dict[str, OpenTable]:
    """The tables of an open workbook, by their normal names."""
    found: dict[str, OpenTable] = {}
    for number, sheet in enumerate(book.sheets):
        place = parts.Sheet(sheet.name, "", number, "visible", "worksheet")
        for table in sheet.tables:
            found[schema.normal(table.name)] = OpenTable(_described(table, place), table)
    return found


def _described(table: xw.main.Table, sheet: parts.Sheet) -> parts.Table:
    whole = table.range
    area = Area(whole.row, whole.column, whole.row + whole.shape[0] - 1, whole.column + whole.shape[1] - 1)
    heads = table.header_row_range
    columns = tuple(str(cell) for cell in heads.options(ndim=1).value) if heads is not None else ()
    totals = 0 if table.totals_row_range is None else 1
    return parts.Table(
        table.name, sheet, "", 0, area, 0 if heads is None else 1, totals, columns, (None,) * len(columns)
    )


def read(
    book: xw.Book,
    there: Mapping[str, OpenTable] | None = None,
    names: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Book:
    """Read tables of an open workbook, all input tables when no names are given; as `book.read.read_book` does.

    `there` is what `tables` gave, where it was asked already: asking takes time.
    """
    sheets = {sheet.name: _Sheet(sheet) for sheet in book.sheets}
    found = Book(Path(book.fullname), {})
    known = [one.described for one in (tables(book) if there is None else there).values()]
    return read_tables(
        found, known, list(sheets), sheets.__getitem__, lambda name: sheets[name].errors, names, progress
    )


class _Sheet:
    """A sheet's used cells, as calamine would give them: '' where there is nothing, errors apart."""

    merged_cell_ranges: Sequence[Any] = ()

    def __init__(self, sheet: xw.Sheet) -> None:
        self._sheet = sheet
        self.name = sheet.name

    @cached_property
    def _used(self) -> tuple[int, int, list[list[Any]]]:
        used = self._sheet.used_range
        rows = _rows(used.options(ndim=2, err_to_str=True).value)
        return used.row - 1, used.column - 1, rows

    @property
    def start(self) -> tuple[int, int] | None:
        top, left, rows = self._used
        return (top, left) if rows else None

    @property
    def end(self) -> tuple[int, int] | None:
        top, left, rows = self._used
        return (top + len(rows) - 1, left + len(rows[0]) - 1) if rows else None

    @cached_property
    def errors(self) -> dict[tuple[int, int], str]:
        """The error cells: (row, column), from 1 -> the error."""
        top, left, rows = self._used
        return {
            (top + i + 1, left + j + 1): cell
            for i, row in enumerate(rows)
            for j, cell in enumerate(row)
            if type(cell) is str and cell[:1] == "#" and cell in EXCEL_ERRORS
        }

    def iter_rows(self) -> Iterator[Sequence[Any]]:
        top, left, rows = self._used
        errors = self.errors
        for _ in range(top):
            yield ("",) * (len(rows[0]) if rows else 0)
        rows_with_errors = {row for row, _ in errors}
        for i, row in enumerate(rows):
            if top + i + 1 in rows_with_errors:
                yield [
                    "" if cell is None or (top + i + 1, left + j + 1) in errors else cell for j, cell in enumerate(row)
                ]
            elif None in row:
                yield ["" if cell is None else cell for cell in row]
            else:
                yield row


def _rows(value: Any) -> list[list[Any]]:
    """What xlwings gives for a range as rows, none for an empty one."""
    return [] if value is None else value if isinstance(value[0], list) else [value]
