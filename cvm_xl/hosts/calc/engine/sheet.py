"""Sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.book.addresses import LAST_ROW, column_number
from cvm_xl.hosts.calc.engine.carried import carry
from cvm_xl.hosts.calc.engine.charts import Charts
from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.names import Names
from cvm_xl.hosts.calc.engine.notes import Note
from cvm_xl.hosts.calc.engine.pictures import Pictures
from cvm_xl.hosts.calc.engine.range import Range
from cvm_xl.hosts.calc.engine.tables import Tables, structured
from cvm_xl.hosts.calc.engine.unsupported import sealed
from cvm_xl.hosts.calc.engine.views import FreezePanes

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.app import Book

__all__ = ["Range", "Sheet", "Sheets"]

COLUMNS = (1024, 16384)
"""Of a sheet in older and newer versions."""

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)")
_COLUMN = re.compile(r"\$?([A-Za-z]{1,3})")
_ROW = re.compile(r"\$?(\d+)")


@sealed("Sheets")
class Sheets(Collected, base_classes.Sheets):
    """The sheets of a book, in the order of their tabs."""

    book: Book

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def api(self) -> Any:
        return self.book.api.Sheets

    @property
    def active(self) -> Sheet:
        controller = self.book.api.CurrentController
        if controller is None or not hasattr(controller, "ActiveSheet"):
            return self(1)
        return Sheet(self.book, controller.ActiveSheet)

    def __call__(self, key: str | int) -> Sheet:
        # Quickly by number, and where the name is spelled as it is: a workbook may have hundreds.
        if isinstance(key, int):
            if 1 <= key <= len(self):
                return Sheet(self.book, self.api.getByIndex(key - 1))
            raise KeyError(key)
        if self.api.hasByName(key):
            return Sheet(self.book, self.api.getByName(key))
        return super().__call__(key)

    def __len__(self) -> int:
        return self.api.Count

    def __iter__(self) -> Iterator[Sheet]:
        for i in range(len(self)):
            yield Sheet(self.book, self.api.getByIndex(i))

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        place = _place(before, after, self.active.index - 1)
        taken = {known.lower() for known in self.api.ElementNames}
        free = next(f"Sheet{i}" for i in range(1, len(taken) + 2) if f"sheet{i}" not in taken)
        self.api.insertNewByName(name or free, place)
        return self(place + 1)


def _place(before: Sheet | None, after: Sheet | None, otherwise: int) -> int:
    """Where a sheet goes, counted from 0."""
    if before is not None:
        return before.index - 1
    return after.index if after is not None else otherwise


@sealed("Sheet")
class Sheet(base_classes.Sheet):
    """One sheet."""

    book: Book

    def __init__(self, book: Book, sheet: Any) -> None:
        self.book = book
        self._sheet = sheet

    @property
    def api(self) -> Any:
        """The sheet, a UNO object; anew where cells that were deleted have taken rows or columns off the old one."""
        area = self._sheet.RangeAddress
        if area.EndRow + 1 < LAST_ROW or area.EndColumn + 1 not in COLUMNS:
            self._sheet = self.book.api.Sheets.getByIndex(area.Sheet)
        return self._sheet

    @property
    def name(self) -> str:
        return self.api.Name

    @name.setter
    def name(self, value: str) -> None:
        if value.lower() != self.name.lower() and value in self.book.sheets:
            raise ValueError(f"Sheet named '{value}' already present in workbook")
        self.api.Name = value

    @property
    def names(self) -> Names:
        return Names(self.book, self.api.NamedRanges)

    @property
    def index(self) -> int:
        return self.api.RangeAddress.Sheet + 1

    # Ranges

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        """A range by address, name, (row, column), or two corners."""
        if isinstance(arg1, tuple) and len(arg1) == 4:
            return Range(self, *arg1)
        first = self._corner(arg1)
        if arg2 is None:
            return first
        second = self._corner(arg2)
        top, left = min(first.row, second.row), min(first.column, second.column)
        bottom = max(first.row + first.shape[0], second.row + second.shape[0])
        right = max(first.column + first.shape[1], second.column + second.shape[1])
        return Range(self, top, left, bottom - top, right - left)

    def _corner(self, given: Any) -> Range:
        if isinstance(given, Range):
            return given
        if isinstance(given, tuple):
            if 0 in given:
                raise IndexError("Attempted to access 0-based Range. xlwings/Excel Ranges are 1-based.")
            return Range(self, given[0], given[1], 1, 1)
        if isinstance(given, str):
            return self._addressed(given)
        raise ValueError("Invalid parameters")

    def _addressed(self, text: str) -> Range:
        """By an address (A1, A:C, 2:5, Sheet2!A1), a name, or a table."""
        sheet, mark, rest = text.rpartition("!")
        if mark:
            return self.book.sheets(sheet.strip("'").replace("''", "'")).range(rest)
        first, _, last = text.partition(":")
        rows, columns = self.api.Rows.Count, self.api.Columns.Count
        spans = []
        for corner in (first, last or first):
            if cell := _CELL.fullmatch(corner):
                spans.append(
                    (int(cell[2]), int(cell[2]), column_number(cell[1].upper()), column_number(cell[1].upper()))
                )
            elif last and (column := _COLUMN.fullmatch(corner)):
                spans.append((1, rows, column_number(column[1].upper()), column_number(column[1].upper())))
            elif last and (row := _ROW.fullmatch(corner)):
                spans.append((int(row[1]), int(row[1]), 1, columns))
            else:
                return self._named(text)
        top, left = min(s[0] for s in spans), min(s[2] for s in spans)
        bottom, right = max(s[1] for s in spans), max(s[3] for s in spans)
        if bottom > rows or right > columns:
            raise ValueError(f"the sheet has no cells {text}")
        return Range(self, top, left, bottom - top + 1, right - left + 1)

    def _named(self, text: str) -> Range:
        for names in (self.names, self.book.names):
            if names.contains(text):
                found = names(text).refers_to_range
                if found is not None:
                    return found
        found = structured(self.book, text)
        if found is None:
            raise ValueError(f"there is no range {text!r}: neither an address nor a name nor a table")
        return found

    @property
    def cells(self) -> Range:
        return Range(self, 1, 1, self.api.Rows.Count, self.api.Columns.Count)

    @property
    def used_range(self) -> Range:
        cursor = self.api.createCursor()
        cursor.gotoStartOfUsedArea(False)
        cursor.gotoEndOfUsedArea(True)
        area = cursor.RangeAddress
        rows, columns = area.EndRow - area.StartRow + 1, area.EndColumn - area.StartColumn + 1
        return Range(self, area.StartRow + 1, area.StartColumn + 1, rows, columns)

    def clear_contents(self) -> None:
        self.used_range.clear_contents()

    def clear_formats(self) -> None:
        self.used_range.clear_formats()

    def clear(self) -> None:
        self.used_range.clear()

    def autofit(self, axis: str | None = None) -> None:
        self.used_range.autofit(axis)

    # The tab

    def activate(self) -> None:
        controller = self.book.api.CurrentController
        if controller is not None:
            controller.setActiveSheet(self.api)

    def select(self) -> None:
        self.activate()

    def delete(self) -> None:
        if len(self.book.sheets) == 1:
            raise ValueError("a workbook needs a sheet; this is its last")
        self.book.api.Sheets.removeByName(self.name)

    def copy(self, before: Sheet | None = None, after: Sheet | None = None) -> None:
        """Within the book, or into another of the same LibreOffice; tables stay behind, as their names must be free."""
        target = (before or after or self).book
        place = _place(before, after, len(target.sheets))
        if target.api == self.book.api:
            taken = {name.lower() for name in self.book.api.Sheets.ElementNames}
            free = next(f"{self.name} ({i})" for i in range(2, 10_000) if f"{self.name} ({i})".lower() not in taken)
            self.book.api.Sheets.copyByName(self.name, free, place)
        else:
            target.api.Sheets.importSheet(self.book.api, self.name, place)
            carry(self, Sheet(target, target.api.Sheets.getByIndex(place)))

    def move(self, before: Sheet | None = None, after: Sheet | None = None) -> None:
        self.book.api.Sheets.moveByName(self.name, _place(before, after, 0))

    @property
    def visible(self) -> bool:
        return self.api.IsVisible

    @visible.setter
    def visible(self, visible: bool | int) -> None:
        self.api.IsVisible = visible in (True, -1)

    # What lies on it

    @property
    def tables(self) -> Tables:
        return Tables(self)

    @property
    def charts(self) -> Charts:
        return Charts(self)

    @property
    def pictures(self) -> Pictures:
        return Pictures(self)

    @property
    def notes(self) -> list[Note]:
        return [Note(self, note) for note in self.api.Annotations]

    @property
    def freeze_panes(self) -> FreezePanes:
        return FreezePanes(self)
